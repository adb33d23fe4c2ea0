// The shop in a real browser: selling for cash and on credit, voiding, a report as a file; by keyboard, without scripts, at 360 px,
// and as axe sees each page.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pointOfSaleJobs } from "../../app/domains/point-of-sale/jobs.ts";
import { mail } from "../../app/platform/mail.ts";
import type { TenantRole } from "../../app/platform/principal.ts";
import { type QueueWorker, startWorker } from "../../app/platform/queue-worker.ts";
import { openStorage } from "../../app/platform/storage.ts";
import { cookieFor } from "../app/actors.ts";
import { eventually, quiet, startApp, type TestApp } from "../app/harness.ts";
import { faultsOf, openShop, type Shop } from "../app/point-of-sale/shop.ts";
import { faultsByAxe } from "../support/axe.ts";
import { chromiumIsThere, launchBrowser, problemsOf } from "../support/browser.ts";
import { describeWith } from "../support/requirement.ts";

describeWith("the shop in a browser", [chromiumIsThere], () => {
  let arena: TestApp;
  let shop: Shop;
  let browser: Browser;
  let address: string;
  let folder: string;
  let worker: QueueWorker;
  const mails: { to: string; text: string }[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "arena-files-"));
    arena = await startApp({ MEDIA_STORE: folder });
    shop = await openShop(arena, { creditLimit: 5_000 });
    address = await arena.app.listen({ port: 0, host: "127.0.0.1" });
    browser = await launchBrowser();
    const mailer = { send: async (message: { to: string; text: string }) => void mails.push(message), close: () => {} };
    const [storage, jobs] = [openStorage(arena.environment), [...pointOfSaleJobs, mail]];
    worker = await startWorker({ database: arena.database, logger: quiet, mailer, storage, jobs, stopTimeout: 5 });
  });
  afterAll(async () => {
    await browser?.close();
    await worker?.stop();
    expect(await faultsOf(arena)).toEqual([]);
    await arena?.close();
    await rm(folder, { recursive: true });
  });

  /** Somebody of the shop at a browser of their own. */
  async function as<T>(
    role: TenantRole,
    options: Parameters<Browser["newContext"]>[0],
    work: (page: Page, context: BrowserContext) => Promise<T>,
  ) {
    const context = await browser.newContext({ viewport: { width: 1100, height: 800 }, ...options });
    const [name = "", value = ""] = (await cookieFor(arena, shop.people[role])).cookie.split("=");
    await context.addCookies([{ name, value, url: address }]);
    const page = await context.newPage();
    const problems = problemsOf(page);
    try {
      const result = await work(page, context);
      // A browser notes what is refused, and a download as a page that it never got to.
      expect(problems.filter((problem) => !/status of 40[0-9]|\/files\/.* failed/.test(problem))).toEqual([]);
      return result;
    } finally {
      await context.close();
    }
  }

  async function looksRight(page: Page, what: string): Promise<void> {
    expect({ what, faults: await faultsByAxe(page) }).toEqual({ what, faults: [] });
    const width = page.viewportSize()?.width;
    expect({ what, width: await page.evaluate<number>("document.documentElement.scrollWidth") }).toEqual({
      what,
      width,
    });
  }

  /** A button that leads to a page. */
  async function press(page: Page, name: string): Promise<void> {
    await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name, exact: true }).click()]);
  }

  const level = async (index: number) => {
    const { rows } = await arena.owner.query("select quantity from arena.stock_levels where product_id = $1", [
      shop.products[index],
    ]);
    return rows[0].quantity as number;
  };

  test("a cashier sells for cash by scanning, sees the change, and the stock is less", async () => {
    await as("cashier", {}, async (page) => {
      await page.goto(`${address}/shop/`);
      await looksRight(page, "an empty till");
      expect(await page.locator(":focus").getAttribute("id")).toBe("code");
      // As a scanner does: a barcode and Enter, one after the other, faster than a slow line answers.
      await page.route("**/shop/sell/**", async (route) => {
        if (route.request().method() === "POST") await sleep(500);
        await route.continue();
      });
      for (const code of ["4000000000", "p1", "4000000000"]) {
        await page.keyboard.type(code);
        await page.keyboard.press("Enter");
      }
      await page.keyboard.type("p");
      await page.getByText("€31.00", { exact: true }).first().waitFor();
      expect(await page.locator("#code:focus").inputValue()).toBe("p");
      await page.unroute("**/shop/sell/**");
      expect(await page.locator(".total").textContent()).toBe("€31.00");
      await page.locator("#code").fill("nothing like it");
      await page.keyboard.press("Enter");
      await page.getByRole("alert").waitFor();
      expect(await page.getByRole("alert").textContent()).toContain(
        "Nothing is sold here by the code or name nothing like it.",
      );
      await page.locator("#code").fill("product");
      await page.getByRole("list", { name: "Products found" }).waitFor();
      await page.getByLabel("Cash received").fill("50");
      expect(await page.locator("[data-change]").textContent()).toBe("Change 19.00");
      await looksRight(page, "a till with a cart");
      await page.getByLabel("Cash received").press("Enter");
      await page.getByText("Receipt MAIN-1", { exact: true }).waitFor();
      expect(await page.locator(".change-due").textContent()).toContain("€19.00");
      await looksRight(page, "a receipt");
      await page.goto(`${address}/shop/sales/`);
      await looksRight(page, "sales");
      expect(await page.locator("tbody tr").count()).toBe(1);
      await page.getByRole("link", { name: "MAIN-1" }).click();
      expect(await page.getByText("Void this sale").count()).toBe(0);
      await page.getByLabel("E-mail address").fill("ana@example.com");
      await press(page, "Send");
      expect(await page.getByRole("status").textContent()).toBe("The receipt is on its way.");
    });
    expect([await level(0), await level(1)]).toEqual([98, 99]);
    await eventually(() => mails.length === 1, "the receipt is mailed");
    expect(mails[0]).toMatchObject({ to: "ana@example.com", text: expect.stringContaining("Total: €31.00") });
  });

  test("without scripts, on a small screen: a sale on credit, which a manager voids", async () => {
    await as("cashier", { javaScriptEnabled: false, viewport: { width: 360, height: 740 } }, async (page) => {
      await page.goto(`${address}/shop/sell/`);
      await page.getByLabel("Code, barcode or name").fill("P2");
      await page.keyboard.press("Enter");
      await page.getByLabel("Quantity of Product 2").fill("3");
      await press(page, "Set quantity of Product 2");
      expect(await page.locator(".total").textContent()).toBe("€36.00");
      await page.getByText("Discount", { exact: true }).click();
      await page.getByLabel("Off the total, in EUR").fill("1,50");
      await press(page, "Apply");
      expect(await page.locator(".total").textContent()).toBe("€34.50");
      await page.getByText("Customer", { exact: true }).first().click();
      await page.getByLabel("Find by name, e-mail or phone").fill("customer");
      await press(page, "Find");
      expect(await page.locator(":focus").getAttribute("id")).toBe("customer");
      await page.getByLabel("Customer").selectOption({ label: "A customer (credit €50.00)" });
      await press(page, "Choose");
      await press(page, "On account");
      await page.getByText("Receipt MAIN-2", { exact: true }).waitFor();
      await page.goto(`${address}/shop/sell/`);
      await page.getByLabel("Code, barcode or name").fill("P2");
      await page.keyboard.press("Enter");
      await page.getByLabel("Quantity of Product 2").fill("0");
      await press(page, "Set quantity of Product 2");
      expect(await page.getByText("Nothing in the cart.").count()).toBe(1);
    });
    expect(await level(2)).toBe(97);
    await as("manager", { viewport: { width: 360, height: 740 } }, async (page) => {
      await page.goto(`${address}/shop/customers/`);
      await looksRight(page, "customers");
      await page.getByRole("link", { name: "A customer", exact: true }).click();
      expect(await page.locator(".figures").textContent()).toContain("€34.50");
      await looksRight(page, "a customer");
      await page.getByLabel("Amount").fill("4.50");
      await press(page, "Take the payment");
      expect(await page.locator(".figures").textContent()).toContain("€30.00");
      await page.getByRole("link", { name: "Bought on account" }).click();
      await page.getByText("Void this sale").click();
      await page.getByLabel("Reason").fill("Wrong customer");
      await press(page, "Void the sale");
      await page.getByText("Voided: Wrong customer").waitFor();
      await looksRight(page, "a voided sale");
      await page.goto(`${address}/shop/customers/${shop.customer}/`);
      await page.getByRole("link", { name: "Statement to print" }).click();
      expect(await page.locator(".figures").textContent()).toMatch(/Bought on account€34\.50.*Paid€4\.50/s);
      await looksRight(page, "a statement");
      // On paper: nothing but the statement, and its table a table.
      await page.emulateMedia({ media: "print" });
      for (const name of ["Show", "Print"]) expect(await page.getByRole("button", { name }).count()).toBe(0);
      expect(await page.getByRole("navigation").count()).toBe(0);
      expect(await page.getByRole("columnheader", { name: "Owes then" }).isVisible()).toBe(true);
      // A4 between its margins. An amount in two lines would be two amounts.
      await page.setViewportSize({ width: 680, height: 1000 });
      const lines = `Math.max(...[...document.querySelectorAll("td.number")].map((cell) => {
        const range = document.createRange();
        range.selectNodeContents(cell);
        return range.getClientRects().length;
      }))`;
      expect(await page.evaluate<number>(lines)).toBe(1);
      expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(680);
    });
    expect(await level(2)).toBe(100);
    const { rows } = await arena.owner.query("select balance from arena.customers where id = $1", [shop.customer]);
    // What was paid of it, the shop owes now.
    expect(rows).toEqual([{ balance: "-450" }]);
  });

  test("a manager looks at reports and downloads all sales", async () => {
    await as("manager", { acceptDownloads: true }, async (page) => {
      await page.goto(`${address}/shop/reports/`);
      await looksRight(page, "reports");
      expect(await page.locator(".figures").first().textContent()).toContain("€31.00");
      await page.getByRole("link", { name: "By product" }).click();
      await page.waitForURL(/by=product/);
      expect(await page.locator("table").first().textContent()).toContain("Product 0");
      await press(page, "Make a CSV file");
      await page.getByText("The export is being made").waitFor();
      const file = page.getByRole("link", { name: "Download CSV" });
      await eventually(async () => {
        await page.goto(`${address}/shop/reports/`);
        return (await file.count()) === 1;
      }, "the file is made");
      const [download] = await Promise.all([page.waitForEvent("download"), file.click()]);
      expect(download.suggestedFilename()).toMatch(/^sales-\d{4}-\d\d-\d\d\.csv$/);
      const text = await readFile(await download.path(), "utf8");
      expect(text.split("\r\n")[1]).toMatch(/^MAIN-1,.*,Main shop,The cashier,,completed,paid,0\.00,5\.16,31\.00,EUR$/);
    });
  });

  test("stock, products, staff and outlets are kept by forms", async () => {
    await as("admin", { viewport: { width: 360, height: 740 }, colorScheme: "dark" }, async (page) => {
      await page.goto(`${address}/shop/products/new/`);
      for (const [label, value] of [
        ["Name", "Mug"],
        ["Code", "MUG"],
        ["Barcode", "5601111111111"],
        ["Category", "Gifts"],
        ["Price, tax included", "7.50"],
        ["Cost", "3"],
        ["Tax in per cent", "23"],
        ["Low from", "4"],
      ] as const) {
        await page
          .getByRole("main")
          .getByLabel(new RegExp(`^${label}`))
          .fill(value);
      }
      await looksRight(page, "a new product");
      await press(page, "Save");
      await page.getByRole("link", { name: "Mug" }).click();
      expect(await page.getByLabel("Category").inputValue()).toBe("Gifts");
      await page.getByLabel("Price, tax included").fill("seven");
      await press(page, "Save");
      expect(await page.getByRole("alert").textContent()).toContain("must be an amount such as 12.50");
      await page.getByLabel("Price, tax included").fill("7,95");
      await press(page, "Save");
      await page.getByLabel("Name, code or barcode").fill("mug");
      await page.keyboard.press("Enter");
      await page.waitForURL(/q=mug/);
      expect(await page.locator("tbody").textContent()).toContain("€7.95");
      await looksRight(page, "products");

      await page.goto(`${address}/shop/stock/`);
      await page.getByLabel("Take in, count or transfer").selectOption({ label: "Mug" });
      await press(page, "Choose");
      await page.getByText("Change the stock").click();
      await page.getByLabel("How many").fill("12");
      await press(page, "Enter");
      expect(await page.locator(".figures").textContent()).toContain("12");
      await looksRight(page, "stock of a product");
      await page.goto(`${address}/shop/stock/list/`);
      await page.getByLabel("Name of the list").fill("count-7");
      await page.getByLabel("The list", { exact: true }).fill("code,quantity\nMUG,3\n");
      await looksRight(page, "a list of stock");
      await press(page, "Enter");
      await page.getByText("The list is taken").waitFor();
      await eventually(async () => {
        await page.goto(`${address}/shop/stock/?low=true`);
        return (await page.getByRole("link", { name: "Mug" }).count()) === 1;
      }, "the list is applied");
      await looksRight(page, "stock");

      await page.goto(`${address}/shop/staff/`);
      await press(page, "Clock in");
      await looksRight(page, "staff");
      await press(page, "Clock out");
      expect(await page.getByRole("status").textContent()).toBe("You are clocked out.");

      await page.goto(`${address}/shop/customers/new/`);
      await page.getByLabel("Name").fill("Rui");
      await page.getByLabel("Credit limit").fill("20");
      await looksRight(page, "a new customer");
      await press(page, "Save");
      await page.getByRole("link", { name: "Rui" }).click();
      await page.getByText("Change the customer").click();
      await page.getByLabel("Is the credit blocked?").selectOption("yes");
      await press(page, "Save");
      expect(await page.locator(".figures").textContent()).toContain("Blocked");

      await page.goto(`${address}/shop/outlets/`);
      await page.getByText("Open an outlet").click();
      await page.getByLabel("Name").fill("Kiosk");
      await page.getByLabel("Code").fill("HALL");
      await looksRight(page, "outlets");
      await press(page, "Open");
      await page.getByRole("link", { name: "Kiosk" }).click();
      await page.getByLabel("Time zone").fill("Mars");
      await press(page, "Save");
      expect(await page.getByRole("alert").textContent()).toContain("Time zone is no time zone");
      await looksRight(page, "an outlet");
      await page.goto(`${address}/shop/sell/`);
      await looksRight(page, "the choice of an outlet");
      await page.getByLabel("Outlet that you sell at").selectOption({ label: "Kiosk" });
      await press(page, "Begin");
      await page.getByLabel("Code, barcode or name").fill("P0");
      await page.keyboard.press("Enter");
      await page.getByRole("list", { name: "Cart" }).waitFor();
      await looksRight(page, "a till on a small screen");
      await page.getByText("Customer", { exact: true }).first().click();
      await page.getByLabel("Find by name, e-mail or phone").fill("rui");
      await press(page, "Find");
      expect(await page.locator(":focus").getAttribute("id")).toBe("customer");
      await page.getByLabel("Customer").selectOption({ label: "Rui (credit €20.00)" });
      await looksRight(page, "a till with customers found");
    });
  });
});
