// The whole life of a tournament in a real browser: an organiser, a captain and a player, each signed in, none by the API.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Actor, actor, cookieFor } from "../app/actors.ts";
import { startApp, type TestApp } from "../app/harness.ts";
import { faultsByAxe } from "../support/axe.ts";
import { chromiumIsThere, launchBrowser, problemsOf } from "../support/browser.ts";
import { describeWith } from "../support/requirement.ts";

describeWith("a tournament in a browser", [chromiumIsThere], () => {
  let arena: TestApp;
  let browser: Browser;
  let address: string;
  const contexts: BrowserContext[] = [];
  const problems: string[][] = [];
  const looked = new Set<string>();

  beforeAll(async () => {
    arena = await startApp();
    address = await arena.app.listen({ port: 0, host: "127.0.0.1" });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await arena?.close();
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
    // Refusals show the page again with their status, which a browser notes.
    expect(
      problems
        .splice(0)
        .flat()
        .filter((problem) => !/status of 4\d\d/.test(problem)),
    ).toEqual([]);
  });

  /** A page of somebody who is signed in, 360 px wide. */
  async function pageOf(who?: Actor, colorScheme: "light" | "dark" = "light"): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 360, height: 740 }, colorScheme });
    contexts.push(context);
    if (who !== undefined) {
      const [name = "", value = ""] = (await cookieFor(arena, who)).cookie.split("=");
      await context.addCookies([{ name, value, url: address }]);
    }
    const page = await context.newPage();
    problems.push(problemsOf(page));
    return page;
  }

  const shots = process.env.BERTH_SHOTS;

  /** Every kind of page is looked at once: by axe, and for what sticks out at 360 px. */
  async function looksRight(page: Page, kind: string): Promise<void> {
    if (looked.has(kind)) return;
    looked.add(kind);
    expect(await faultsByAxe(page), kind).toEqual([]);
    expect(await page.evaluate<number>("document.documentElement.scrollWidth"), kind).toBe(360);
    if (shots !== undefined) await page.screenshot({ path: `${shots}/${kind}.png`, fullPage: true });
  }

  const press = (page: Page, name: string | RegExp) => page.getByRole("button", { name }).first().click();

  test("created, registered for, joined, checked in, played, completed, archived; every page by axe and at 360 px", async () => {
    const organiser = await pageOf(await actor(arena, { role: "admin", name: "Olga Organiser" }));
    const kim = await pageOf(await actor(arena, { name: "Kim Captain" }));
    const lee = await pageOf(await actor(arena, { name: "Lee Captain" }), "dark");
    const piet = await pageOf(await actor(arena, { name: "Piet Player" }));

    // The organiser makes a draft by keyboard, with a fault at first, and publishes it.
    await organiser.goto(`${address}/organise/tournaments/`);
    await looksRight(organiser, "organise");
    await organiser.getByRole("link", { name: "New tournament" }).click();
    await organiser.getByLabel("Name in addresses").focus();
    await organiser.keyboard.type("harbour-cup");
    await organiser.keyboard.press("Tab");
    await organiser.keyboard.type("Harbour Cup");
    await organiser.getByLabel("Starts").fill("2031-05-01T10:00");
    await organiser.getByLabel("Registration closes").fill("2031-06-01T10:00");
    await organiser.getByLabel("Entry fee").fill("12.50");
    await organiser.getByLabel("Part for prizes").fill("50");
    await organiser.getByLabel("Rules").fill("Be kind.\n\nBe on time.");
    await organiser.getByLabel("Rules").press("Shift+Tab");
    await press(organiser, "Make the draft");
    expect(await organiser.getByRole("alert").textContent()).toContain("must not be after the start");
    await looksRight(organiser, "new-tournament-with-a-fault");
    await organiser.getByLabel("Registration closes").fill("2031-04-30T10:00");
    await press(organiser, "Make the draft");
    await organiser.getByRole("heading", { name: "Harbour Cup" }).waitFor();
    await looksRight(organiser, "manage-draft");
    await organiser.getByRole("link", { name: "Details" }).click();
    await looksRight(organiser, "edit");
    await organiser.getByLabel("Where").fill("Pier 3");
    await press(organiser, "Save");
    await press(organiser, /open registration/);
    await organiser.getByText("Registration open").waitFor();

    // Two captains register; a player asks to join, and is approved.
    await kim.goto(`${address}/tournaments/`);
    await looksRight(kim, "list");
    await kim.getByRole("link", { name: "Harbour Cup" }).first().click();
    expect(await kim.getByText("Pier 3").count()).toBe(1);
    await looksRight(kim, "detail-open");
    for (const [page, team] of [
      [kim, "Harbour Seals"],
      [lee, "Pier Gulls"],
    ] as const) {
      await page.goto(`${address}/tournaments/harbour-cup/register/`);
      await looksRight(page, "register");
      await page.getByLabel("Name of the team").fill(team);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: team }).waitFor();
    }
    await looksRight(lee, "team-dark");
    await piet.goto(`${address}/tournaments/harbour-cup/`);
    await piet.getByRole("link", { name: "Harbour Seals" }).click();
    await press(piet, "Ask to join this team");
    await piet.getByText("the captain decides").waitFor();
    await looksRight(piet, "team-asked");
    await kim.goto(`${address}/my/teams/`);
    expect(await kim.getByText("1 waiting for your answer").count()).toBe(1);
    await looksRight(kim, "my-teams");
    await kim.getByRole("link", { name: "Harbour Seals" }).click();
    await looksRight(kim, "team-of-captain");
    await press(kim, "Approve Piet Player");
    expect(await kim.getByRole("button", { name: "Take off the team Piet Player" }).count()).toBe(1);

    // Check-in: a team that has not paid is refused with the reason; the organiser enters the fees.
    await organiser.reload();
    await press(organiser, /open check-in/);
    await organiser.getByText("Check-in", { exact: true }).waitFor();
    await looksRight(organiser, "manage-check-in");
    await kim.reload();
    await press(kim, "Check in");
    expect(await kim.getByRole("alert").textContent()).toContain("still owes €12.50");
    await press(organiser, "Enter payment of Harbour Seals");
    await press(organiser, "Enter payment of Pier Gulls");
    await press(kim, "Check in");
    await kim.getByText("Checked in").waitFor();
    await press(organiser, "Check in Pier Gulls");
    await organiser.getByRole("link", { name: "Finance" }).click();
    expect(await organiser.locator(".facts").textContent()).toContain("€25.00");
    await looksRight(organiser, "finance");

    // It runs: the bracket shows, what changes comes to who looks, the final decides.
    const guest = await pageOf();
    await guest.goto(`${address}/tournaments/harbour-cup/`);
    await organiser.goto(`${address}/organise/tournaments/harbour-cup/`);
    await press(organiser, /start/);
    await organiser.getByRole("link", { name: "Results" }).click();
    await looksRight(organiser, "results");
    await organiser.getByLabel("Score of Harbour Seals").fill("3");
    await organiser.getByLabel("Score of Pier Gulls").fill("1");
    await press(organiser, "Enter result");
    await organiser.getByText("3 : 1").waitFor();
    await guest.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await guest.getByRole("heading", { name: "Bracket" }).waitFor();
    expect(await guest.getByRole("status").textContent()).toContain("up to date");
    expect(await guest.locator(".side.won").textContent()).toContain("Harbour Seals won");
    expect(await guest.getByRole("row", { name: "1 Harbour Seals 1" }).count()).toBe(1);
    await looksRight(guest, "detail-running");

    await organiser.goto(`${address}/organise/tournaments/harbour-cup/`);
    await press(organiser, "Complete the tournament");
    await organiser.getByText("Completed").waitFor();
    await press(organiser, "Move to the archive");
    await organiser.getByText("Archived").waitFor();
    await guest.goto(`${address}/tournaments/?status=archived`);
    expect(await guest.getByRole("link", { name: "Harbour Cup", exact: true }).count()).toBe(1);
    expect(await guest.getByText("Harbour Seals has won Harbour Cup.").count()).toBe(1);
  });
});
