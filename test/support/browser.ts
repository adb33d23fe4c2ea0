// Chromium as the system has it, for tests of pages.
import { execFileSync } from "node:child_process";
import { type Browser, chromium, type Page } from "playwright-core";
import type { Requirement } from "./requirement.ts";

const executablePath = ["chromium", "chromium-browser", "google-chrome"].map(onPath).find((path) => path !== undefined);

function onPath(name: string): string | undefined {
  try {
    return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

/** For `describeWith`. */
export const chromiumIsThere: Requirement = {
  variable: "BERTH_REQUIRE_BROWSER",
  missing: executablePath === undefined ? "there is no chromium on PATH" : undefined,
};

/** Starts it, without calls to its maker. */
export function launchBrowser(): Promise<Browser> {
  const asRoot = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const offline = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
  return chromium.launch({
    executablePath,
    args: [...asRoot, ...offline, "--headless", "--disable-gpu", "--no-first-run"],
  });
}

/** Errors of a page as they come: of scripts, of its content security policy, of what it loads. */
export function problemsOf(page: Page): string[] {
  const problems: string[] = [];
  page.on("console", (message) => void (message.type() === "error" && problems.push(message.text())));
  page.on("pageerror", (error) => void problems.push(error.message));
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    // Who goes on to the next page does not wait for the last picture of this one.
    if (reason !== "net::ERR_ABORTED") problems.push(`${request.url()} failed: ${reason}`);
  });
  return problems;
}
