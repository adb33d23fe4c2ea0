// The list of tournaments in a real browser: Chromium as the system has it.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { actor } from "../app/actors.ts";
import { newTournament, startApp, type TestApp } from "../app/harness.ts";

const executablePath = findChromium();
const lowestContrast = readFileSync(join(import.meta.dirname, "lowest-contrast.js"), "utf8");
if (executablePath === undefined) {
  if (process.env.BERTH_REQUIRE_BROWSER === "1")
    throw new Error("BERTH_REQUIRE_BROWSER=1, and there is no chromium on PATH.");
  console.info("Skipped: there is no chromium on PATH.");
}

function findChromium(): string | undefined {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    try {
      return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    } catch {
      // The next name.
    }
  }
  return undefined;
}

describe.skipIf(executablePath === undefined)("the list of tournaments", () => {
  let arena: TestApp;
  let browser: Browser;
  let page: Page;
  let address: string;
  let problems: string[];

  beforeAll(async () => {
    arena = await startApp();
    const { headers } = await actor(arena, { role: "manager" });
    for (let index = 0; index < 23; index += 1) {
      const payload = newTournament(`cup-${index}`, {
        name: `Regatta Masters ${index}`,
        capacity: 2 ** (1 + (index % 6)),
      });
      await arena.app.inject({ method: "POST", url: "/api/v1/tournaments/", payload, headers });
    }
    await arena.owner.query(`
      update arena.tournaments set status = (array['registration','registration','check_in','running','completed','cancelled'])[1 + substring(slug from 5)::int % 6];
      insert into arena.tournament_activity (tenant_id, tournament_id, kind, message)
        select tenant_id, id, 'announced', name || ' is announced, with room for ' || capacity || ' teams.' from arena.tournaments`);
    address = await arena.app.listen({ port: 0, host: "127.0.0.1" });
    const asRoot = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    const offline = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
    browser = await chromium.launch({
      executablePath,
      args: [...asRoot, ...offline, "--headless", "--disable-gpu", "--no-first-run"],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await arena?.close();
  });
  beforeEach(async () => {
    problems = [];
    page = await browser.newPage({ viewport: { width: 1100, height: 800 } });
    page.on("console", (message) => problems.push(message.text()));
    page.on("pageerror", (error) => problems.push(error.message));
    page.on(
      "response",
      (response) => response.status() >= 400 && problems.push(`${response.status()} ${response.url()}`),
    );
    return async () => {
      await page.close();
      // Refusals by the content security policy show up here too.
      expect(problems).toEqual([]);
    };
  });

  test("the front page leads to it; style sheet and icon are loaded", async () => {
    await page.goto(`${address}/`);
    expect(new URL(page.url()).pathname).toBe("/tournaments/");
    expect(await page.title()).toBe("Tournaments · Arena");
    expect(await page.locator(".card").count()).toBe(20);
    const radius = "getComputedStyle(document.querySelector('.card')).borderRadius";
    expect(await page.evaluate<string>(radius)).toBe("12px");
    expect(await page.evaluate<number>("document.querySelector('header img').naturalWidth")).toBeGreaterThan(0);
  });

  test("a filter and the pages are links", async () => {
    await page.goto(`${address}/tournaments/`);
    await page.getByRole("link", { name: "Older tournaments" }).click();
    expect(await page.locator(".card").count()).toBe(3);
    await page.getByRole("link", { name: "Running" }).click();
    expect(new Set(await page.locator(".status").allTextContents())).toEqual(new Set(["Running"]));
    expect(await page.locator("[aria-current=page]").textContent()).toBe("Running");
  });

  test("the keyboard reaches the content first, then every link, with a visible focus", async () => {
    await page.goto(`${address}/tournaments/`);
    await page.keyboard.press("Tab");
    expect(await page.evaluate<string>("document.activeElement.textContent")).toBe("Skip to content");
    expect((await page.locator(".skip").boundingBox())?.y).toBe(0);
    await page.keyboard.press("Enter");
    expect(await page.evaluate<string>("document.activeElement.id")).toBe("main");
    await page.keyboard.press("Tab");
    expect(await page.locator(":focus").textContent()).toBe("All");
    expect(await page.evaluate<string>("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
  });

  test.each([360, 768, 1400])("nothing overflows at %d px", async (width) => {
    await page.setViewportSize({ width, height: 800 });
    await page.goto(`${address}/tournaments/`);
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(width);
    const heights = "[...document.querySelectorAll('nav a')].map((link) => link.getBoundingClientRect().height)";
    // WCAG 2.2, 2.5.8: targets of 24 px or more.
    expect(Math.min(...(await page.evaluate<number[]>(heights)))).toBeGreaterThanOrEqual(24);
  });

  test.each(["light", "dark"] as const)("text stands out from its background, %s", async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await page.goto(`${address}/tournaments/`);
    expect(await page.evaluate<number>(lowestContrast)).toBeGreaterThanOrEqual(4.5);
  });

  test("headings, landmarks and language are there for screen readers", async () => {
    await page.goto(`${address}/tournaments/`);
    expect(await page.locator("html").getAttribute("lang")).toBe("en");
    expect(await page.locator("h1").count()).toBe(1);
    expect(await page.locator("main, header, footer").count()).toBe(3);
    expect(await page.getByRole("navigation", { name: "Filter by status" }).count()).toBe(1);
    expect(await page.getByRole("complementary", { name: "Latest news" }).count()).toBe(1);
    expect(await page.locator("img:not([alt])").count()).toBe(0);
  });
});
