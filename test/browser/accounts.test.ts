// Signing up and in, in a real browser: by keyboard alone, on a small screen, and as axe sees it.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { goodPassword, registered, takeMail } from "../app/accounts/mailbox.ts";
import { startApp, type TestApp } from "../app/harness.ts";
import { faultsByAxe } from "../support/axe.ts";
import { chromiumIsThere, launchBrowser, problemsOf } from "../support/browser.ts";
import { describeWith } from "../support/requirement.ts";

describeWith("accounts in a browser", [chromiumIsThere], () => {
  let arena: TestApp;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let problems: string[];
  let address: string;

  beforeAll(async () => {
    arena = await startApp();
    address = await arena.app.listen({ port: 0, host: "127.0.0.1" });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await arena?.close();
  });
  beforeEach(async () => {
    await arena.owner.query("delete from arena.throttles");
    context = await browser.newContext({ viewport: { width: 360, height: 740 } });
    page = await context.newPage();
    problems = problemsOf(page);
  });
  afterEach(async () => {
    await context.close();
    // A page that answers with what is wrong in a form has a status of 400, which a browser notes.
    expect(problems.filter((problem) => !/status of 40[019]/.test(problem))).toEqual([]);
  });

  async function looksRight(): Promise<void> {
    expect(await faultsByAxe(page)).toEqual([]);
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(360);
  }

  async function login(email: string): Promise<void> {
    await page.goto(`${address}/login/`);
    await page.getByLabel("E-mail address").fill(email);
    await page.getByLabel("Password").fill(goodPassword);
    await page.getByRole("button", { name: "Log in" }).click();
  }

  test("registering by keyboard alone: what is wrong gets the focus, what is right leads on to the mail", async () => {
    await page.goto(`${address}/register/`);
    await looksRight();
    await page.getByLabel("Your name").focus();
    for (const text of ["Ada Lovelace", "ada@example.com", "ada@example.com"]) {
      await page.keyboard.type(text);
      await page.keyboard.press("Tab");
    }
    await page.keyboard.type("Harbour Games");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    expect(await page.locator(":focus").getAttribute("role")).toBe("alert");
    await looksRight();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await page.locator(":focus").getAttribute("name")).toBe("password");
    await page.keyboard.type(goodPassword);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Look into your mail" }).waitFor();
    await looksRight();

    const [letter] = await takeMail(arena);
    await page.goto(`${address}/verify-email/?token=${letter?.token}`);
    await looksRight();
    await page.getByLabel("Password").fill(goodPassword);
    await page.getByRole("button", { name: "This is my address" }).click();
    expect(await page.getByRole("status").textContent()).toContain("Your address is confirmed");
    await looksRight();
  });

  test("logging in leads to where people wanted to go, the header says who they are, logging out ends it", async () => {
    await registered(arena, "bob@example.com", { name: "Bob Babbage", organisation: "Bob's Games" });
    await page.goto(`${address}/account/`);
    expect(new URL(page.url()).pathname).toBe("/login/");
    await page.getByLabel("E-mail address").fill("bob@example.com");
    await page.getByLabel("Password").fill("not the password");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    expect(await page.getByLabel("E-mail address").inputValue()).toBe("bob@example.com");
    await page.getByLabel("Password").fill(goodPassword);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Your account" }).waitFor();
    await looksRight();
    await page.getByText("Found another organiser").click();
    await looksRight();
    const header = page.getByRole("banner");
    expect(await header.getByRole("link", { name: "Bob Babbage" }).count()).toBe(1);
    await header.getByRole("button", { name: "Log out" }).click();
    expect(await header.getByRole("link", { name: "Log in" }).count()).toBe(1);
    await page.goBack();
    await page.reload();
    expect(new URL(page.url()).pathname).toBe("/login/");
  });

  test("an admin asks somebody to join, gives them a role and takes them off again", async () => {
    await registered(arena, "admin@example.com", { name: "Alma Admin", organisation: "Alma's Games" });
    await registered(arena, "new@example.com", { name: "Carla Cashier" });
    await login("admin@example.com");
    await page.getByRole("link", { name: "Staff" }).click();
    await page.getByLabel("E-mail address").fill("new@example.com");
    await page.getByRole("button", { name: "Ask by mail" }).click();
    await page.getByText("new@example.com, as Cashier").waitFor();
    await looksRight();
    const [letter] = await takeMail(arena);
    const guest = await browser.newPage();
    await guest.goto(`${address}/invitation/?token=${letter?.token}`);
    await guest.getByLabel("E-mail address").fill("new@example.com");
    await guest.getByLabel("Password").fill(goodPassword);
    await guest.keyboard.press("Enter");
    await guest.getByRole("button", { name: "Join" }).click();
    await guest.getByText("Alma's Games, as cashier").waitFor();
    await guest.close();
    await page.reload();
    await page.getByLabel("Role of Carla Cashier").selectOption("manager");
    await page.getByRole("button", { name: "Change the role of Carla Cashier" }).click();
    expect(await page.getByLabel("Role of Carla Cashier").inputValue()).toBe("manager");
    await page.getByRole("button", { name: "Remove Alma Admin" }).click();
    expect(await page.getByRole("alert").textContent()).toContain("last admin");
    await looksRight();
    await page.getByRole("button", { name: "Remove Carla Cashier" }).click();
    await page.getByRole("alert").waitFor({ state: "detached" });
    expect(await page.getByLabel("Role of Carla Cashier").count()).toBe(0);
  });

  test("in dark colours too, and with forms that work without scripts", async () => {
    await registered(arena, "eve@example.com");
    await page.emulateMedia({ colorScheme: "dark" });
    await login("eve@example.com");
    for (const path of ["/account/", "/forgot-password/", "/reset-password/", "/invitation/"]) {
      await page.goto(`${address}${path}`);
      await looksRight();
    }
    expect(await page.locator("script").count()).toBe(0);
  });
});
