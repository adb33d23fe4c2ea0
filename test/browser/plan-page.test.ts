// The page of a plan in a real browser: from a file, in both colour schemes, by keyboard, on a small screen.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as aws from "@pulumi/aws";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { renderHtml } from "../../infra/plan/render/html.ts";
import { committedGraph } from "../support/committed.ts";
import { report } from "../support/report.ts";
import { describeWith } from "../support/requirement.ts";

const executablePath = ["chromium", "chromium-browser", "google-chrome"].map(onPath).find((path) => path !== undefined);
const lowestContrast = readFileSync(join(import.meta.dirname, "lowest-contrast.js"), "utf8");

function onPath(name: string): string | undefined {
  try {
    return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

/** In the page: the lowest contrast of the picture's text with what lies below it, by the colours of its style. */
const pictureContrast = `(() => {
  const light = (name) => {
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.color = "var(--" + name + ")";
    const [red, green, blue] = getComputedStyle(probe).color.match(/[\\d.]+/g).map((value) => {
      const share = value / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    probe.remove();
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };
  const marks = ["public", "new", "changed", "replaced", "removed"];
  return Math.min(
    ...["back", "frame", "ground", "body"].flatMap((below) => ["ink", "soft", ...marks].map((text) => contrast(text, below))),
    ...["soft", ...marks].map((below) => contrast("on", below)),
  );
})()`;

const requirement = {
  variable: "BERTH_REQUIRE_BROWSER",
  missing: executablePath === undefined ? "there is no chromium on PATH" : undefined,
};

describeWith("the page of a plan", [requirement], () => {
  const folder = mkdtempSync(join(tmpdir(), "berth-page-"));
  const file = pathToFileURL(join(folder, "plan.html")).href;
  let browser: Browser;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    const before = await committedGraph("production", { web: { min: 2, max: 4, cpu: 256, memory: 512 } });
    const after = await committedGraph("production");
    const made = await report(
      () => new aws.sns.Topic("new", { displayName: "a" }) && {},
      () => new aws.sns.Topic("old") && new aws.sns.Topic(`<img src=x onerror="alert(1)">`) && {},
    );
    writeFileSync(join(folder, "plan.html"), renderHtml({ ...made, graph: after }));
    writeFileSync(join(folder, "hostile.html"), renderHtml({ ...made, graph: before, stack: "<b onclick=x>" }));
    const asRoot = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    const offline = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
    browser = await chromium.launch({
      ...(executablePath === undefined ? {} : { executablePath }),
      args: [...asRoot, ...offline, "--headless", "--disable-gpu", "--no-first-run"],
    });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    problems = [];
    page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    page.on("console", (message) => problems.push(message.text()));
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("dialog", (dialog) => problems.push(dialog.message()));
    page.on("request", (request) => request.url().endsWith(".html") || problems.push(request.url()));
    return async () => {
      await page.close();
      // Refusals by the page's own content security policy show up here too.
      expect(problems).toEqual([]);
    };
  });

  test("has everything on it", async () => {
    await page.goto(file);
    expect(await page.locator("h1").count()).toBe(1);
    expect(await page.locator("h2").allTextContents()).toEqual(
      expect.arrayContaining(["Architecture", "What changes", "Findings", "Who can reach and do what", "Resources"]),
    );
    expect(await page.locator(".picture .card").count()).toBeGreaterThan(20);
    expect(await page.locator("#changes ~ details").count()).toBe(3);
    expect(await page.locator(".bars .bar").count()).toBeGreaterThan(0);
    expect(await page.locator(".tree li").count()).toBeGreaterThan(150);
    expect(await page.getByRole("img", { name: /^Architecture of/ }).count()).toBe(1);
  });

  test("opens by keyboard, with a visible focus", async () => {
    await page.goto(file);
    await page.keyboard.press("Tab");
    expect(await page.evaluate<string>("document.activeElement.textContent")).toBe("Skip to content");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    expect(await page.evaluate<string>("document.activeElement.getAttribute('aria-label')")).toBe(
      "Picture of the architecture",
    );
    await page.keyboard.press("Tab");
    expect(await page.evaluate<string>("document.activeElement.tagName")).toBe("SUMMARY");
    expect(await page.evaluate<string>("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
    await page.keyboard.press("Enter");
    expect(await page.locator("details[open]").count()).toBe(1);
  });

  test.each([360, 768, 1400])("nothing overflows at %d px", async (width) => {
    await page.setViewportSize({ width, height: 800 });
    await page.goto(file);
    await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(width);
    const heights = "[...document.querySelectorAll('nav a, summary')].map((one) => one.getBoundingClientRect().height)";
    // WCAG 2.2, 2.5.8: targets of 24 px or more.
    expect(Math.min(...(await page.evaluate<number[]>(heights)))).toBeGreaterThanOrEqual(24);
  });

  test.each(["light", "dark"] as const)("text stands out from its background, %s", async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await page.goto(file);
    await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
    expect(await page.evaluate<number>(lowestContrast)).toBeGreaterThanOrEqual(4.5);
    expect(await page.evaluate<number>(pictureContrast)).toBeGreaterThanOrEqual(4.5);
    const ground = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    expect(ground).toBe(colorScheme === "light" ? "rgb(255, 255, 255)" : "rgb(13, 20, 28)");
  });

  test("a hostile name is text", async () => {
    await page.goto(file.replace("plan.html", "hostile.html"));
    expect(await page.locator("main img, b[onclick], script").count()).toBe(0);
    expect(await page.locator("h1").textContent()).toBe("berth <b onclick=x>");
  });
});
