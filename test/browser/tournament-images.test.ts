// Images of a tournament in a real browser, with scripts and without, on a folder and on S3; and the way to Stripe's page.
// Browsers hold forms to the page's policy, also where their answers lead.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import type { FastifyInstance } from "fastify";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { onlinePayments } from "../../app/domains/tournaments/online-payments.ts";
import { buildWeb } from "../../app/web.ts";
import { type Actor, actor, cookieFor } from "../app/actors.ts";
import { quiet, startApp, type TestApp } from "../app/harness.ts";
import { asker, makeCup, registerTeams } from "../app/tournaments/field.ts";
import { faultsByAxe } from "../support/axe.ts";
import { chromiumIsThere, launchBrowser, problemsOf } from "../support/browser.ts";
import { describeWith } from "../support/requirement.ts";
import { startBucket, type TestBucket } from "../support/s3.ts";

describeWith("images of a tournament in a browser", [chromiumIsThere], () => {
  const folder = mkdtempSync(join(tmpdir(), "arena-images-"));
  const origins: string[] = [];
  let arena: TestApp;
  let organiser: Actor;
  let browser: Browser;
  let s3: TestBucket;
  const apps: Record<string, FastifyInstance> = {};
  const addresses: Record<string, string> = {};

  beforeAll(async () => {
    s3 = await startBucket(origins);
    vi.stubEnv("AWS_ENDPOINT_URL_S3", s3.endpoint);
    vi.stubEnv("AWS_REGION", s3.region);
    vi.stubEnv("AWS_ACCESS_KEY_ID", s3.credentials.accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", s3.credentials.secretAccessKey);
    arena = await startApp({ MEDIA_STORE: folder });
    organiser = await actor(arena, { role: "manager" });
    apps.folder = arena.app;
    apps.s3 = await arena.behind({ MEDIA_STORE: "s3://media" });
    for (const [name, app] of Object.entries(apps)) {
      addresses[name] = await app.listen({ port: 0, host: "127.0.0.1" });
      origins.push(addresses[name]);
    }
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await arena?.close();
    await s3?.close();
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  async function pageOf(who: Actor, address: string, options: Parameters<Browser["newContext"]>[0]) {
    const context = await browser.newContext({ viewport: { width: 360, height: 740 }, ...options });
    const [name = "", value = ""] = (await cookieFor(arena, who)).cookie.split("=");
    await context.addCookies([{ name, value, url: address }]);
    const page = await context.newPage();
    return { page, problems: problemsOf(page), close: () => context.close() };
  }

  const shots = process.env.BERTH_SHOTS;

  async function looksRight(page: Page, what: string): Promise<void> {
    expect({ what, faults: await faultsByAxe(page) }).toEqual({ what, faults: [] });
    expect({ what, width: await page.evaluate("document.documentElement.scrollWidth") }).toEqual({ what, width: 360 });
    if (shots !== undefined) await page.screenshot({ path: `${shots}/${what}.png`, fullPage: true });
  }

  const file = (name: string, buffer: Buffer) => ({ name, mimeType: "image/png", buffer });
  const send = (page: Page) => page.getByRole("button", { name: "Send the image" }).press("Enter");

  describe.each(["folder", "s3"])("kept on %s", (store) => {
    test.each([true, false])("sent, described, seen by all and removed; scripts: %s", async (javaScriptEnabled) => {
      const address = addresses[store] ?? "";
      const slug = `${store}-${javaScriptEnabled}`;
      await makeCup(asker(arena), organiser, slug);
      const colorScheme = javaScriptEnabled ? "light" : "dark";
      const { page, problems, close } = await pageOf(organiser, address, { javaScriptEnabled, colorScheme });
      await page.goto(`${address}/organise/tournaments/${slug}/`);
      await page.getByRole("link", { name: "Images" }).click();
      await page.getByLabel("Image", { exact: true }).setInputFiles(file("harbour.png", harbour));
      if (javaScriptEnabled) await looksRight(page, `images-none-${store}`);
      await send(page);
      await page.getByLabel("What it shows, in words").fill("The harbour at dawn");
      if (javaScriptEnabled) await looksRight(page, `images-describe-${store}`);
      await page.keyboard.press("Enter");
      await page.getByRole("img", { name: "The harbour at dawn" }).waitFor();
      if (javaScriptEnabled) {
        expect(await page.evaluate("document.querySelector('.images img').naturalWidth")).toBe(96);
        await looksRight(page, `images-one-${store}`);
      }
      await page.goto(`${address}/tournaments/${slug}/`);
      expect(await page.getByRole("img", { name: "The harbour at dawn" }).count()).toBe(1);
      await page.goto(`${address}/organise/tournaments/${slug}/images/`);
      await page.getByRole("button", { name: "Remove the image: The harbour at dawn" }).press("Enter");
      await page.getByText("There are none yet.").waitFor();
      // A redirect that the script follows by itself counts as a request that came to nothing.
      expect(problems.filter((problem) => !/images\/describe\/.* failed$/.test(problem))).toEqual([]);
      await close();
    });

    test("what is wrong with a file is said on the page that it was chosen on", async () => {
      const address = addresses[store] ?? "";
      await makeCup(asker(arena), organiser, `${store}-wrong`);
      const { page, problems, close } = await pageOf(organiser, address, { colorScheme: "dark" });
      await page.goto(`${address}/organise/tournaments/${store}-wrong/images/`);
      const chosen = page.getByLabel("Image", { exact: true });
      await chosen.setInputFiles(file("large.png", Buffer.alloc(5 * 1024 * 1024 + 1)));
      await send(page);
      await page.getByText("The file is too large: it may have 5 MB.").waitFor();
      expect(await page.locator(":focus").getAttribute("id")).toBe("file");
      await looksRight(page, `images-too-large-${store}`);
      // The store finds the same where no script has looked before.
      await page.evaluate("document.querySelector('[data-upload]').dataset.most = 1e9");
      const refused = page.waitForResponse((answer) => answer.request().method() === "POST");
      await send(page);
      expect([400, 413]).toContain((await refused).status());
      await page.getByText("The file is too large: it may have 5 MB.").waitFor();
      await page.evaluate(`{
        const form = document.querySelector('[data-upload]');
        const policy = form.querySelector('[name=policy i]');
        if (policy) policy.value = 'e30=';
        else form.action = form.action.replace(/\\/files\\/../, '/files/x');
      }`);
      await chosen.setInputFiles(file("harbour.png", harbour));
      await send(page);
      await page.getByText("This page is too old: load it again").waitFor();
      await page.reload();
      await chosen.setInputFiles(file("drawing.png", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>")));
      await send(page);
      await page.getByText("The file is none of png, jpg, webp").waitFor();
      await chosen.setInputFiles(file("harbour.png", harbour));
      await send(page);
      await page.getByRole("heading", { name: "Describe the image" }).waitFor();
      expect(problems.filter((problem) => !/status of 4\d\d|images\/describe\/.* failed$/.test(problem))).toEqual([]);
      await close();
    });
  });

  test("a page lets its form and script send to the bucket, and to nobody else; other pages to nobody but us", async () => {
    await makeCup(asker(arena), organiser, "policies");
    const { cookie } = await cookieFor(arena, organiser);
    const policyOf = async (url: string) =>
      String((await apps.s3?.inject({ url, headers: { cookie } }))?.headers["content-security-policy"]);
    const images = await policyOf("/organise/tournaments/policies/images/");
    expect(images).toContain(`; form-action 'self' ${s3.endpoint};`);
    expect(images).toContain(`; connect-src 'self' ${s3.endpoint};`);
    expect(images).toContain("; img-src 'self' data:;");
    for (const path of ["", "edit/", "finance/"]) {
      expect(await policyOf(`/organise/tournaments/policies/${path}`)).not.toContain(s3.endpoint);
    }
  });

  test("a captain's button leads to Stripe's page", async () => {
    const ask = asker(arena);
    await makeCup(ask, organiser, "paid", { entry_fee: 1250 });
    const [entry] = await registerTeams(arena, ask, "paid", 1);
    if (entry === undefined) throw new Error("There is a team.");
    const answer = { id: "cs_1", object: "checkout.session", url: "https://checkout.stripe.com/c/pay/cs_1" };
    const payments = onlinePayments(
      { STRIPE_SECRET_KEY: "sk_test_nothing", STRIPE_WEBHOOK_SECRET: "whsec_test_nothing" },
      async () => Response.json(answer),
    );
    const app = await buildWeb({ environment: arena.environment, database: arena.database, logger: quiet, payments });
    const address = await app.listen({ port: 0, host: "127.0.0.1" });
    const { page, close } = await pageOf(entry.captain, address, {});
    await page.goto(`${address}/tournaments/paid/teams/${entry.team}/`);
    await looksRight(page, "team-to-pay");
    // There is no network: that the browser asks for the page is all there is to see.
    const asked = page.waitForRequest((request) => request.url().startsWith("https://checkout.stripe.com/"));
    await page.getByRole("button", { name: "Pay €12.50" }).press("Enter");
    expect((await asked).url()).toBe(answer.url);
    await close();
    await app.close();
  });
});

/** A picture of 96 × 64: the sun above the water. */
const harbour = picture(96, 64, (x, y) =>
  (x - 60) ** 2 + (y - 26) ** 2 < 144 ? [255, 214, 120] : y < 40 ? [96, 150, 190] : [20, 70, 90],
);

function picture(width: number, height: number, colour: (x: number, y: number) => readonly number[]): Buffer {
  const rows = Array.from({ length: height }, (_, y) => [
    0,
    ...Array.from({ length: width }, (_, x) => colour(x, y)).flat(),
  ]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const parts = [
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.from(rows.flat()))),
    chunk("IEND", Buffer.alloc(0)),
  ];
  return Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), ...parts]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
