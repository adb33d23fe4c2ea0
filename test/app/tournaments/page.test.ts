import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadAssets } from "../../../app/platform/assets.ts";
import { actor } from "../actors.ts";
import { newTournament, startApp, type TestApp } from "../harness.ts";

let arena: TestApp;
let headers: Record<string, string>;
beforeAll(async () => {
  arena = await startApp();
  headers = (await actor(arena, { role: "manager" })).headers;
});

/** Creates one, and opens its registration: drafts are not for everybody. */
async function open(slug: string, changes = {}): Promise<void> {
  const payload = newTournament(slug, changes);
  await arena.app.inject({ method: "POST", url: "/api/v1/tournaments/", payload, headers });
  await arena.owner.query("update arena.tournaments set status = 'registration' where slug = $1", [slug]);
}
afterAll(() => arena.close());

const page = async (query = "") => (await arena.app.inject({ url: `/tournaments/${query}` })).body;

describe("the list of tournaments", () => {
  test("says so when there is none, and when none fits", async () => {
    expect(await page()).toContain("There are no tournaments yet.");
    expect(await page("?status=running")).toContain("No tournament fits.");
  });

  test("shows what people typed as text, never as HTML", async () => {
    const name = `<script>alert("1")</script> & <b>'Cup'</b>`;
    await open("typed", { name });
    const html = await page();
    expect(html).not.toMatch(/<script|<b>/);
    expect(html).toContain(
      "&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62; &#38; &#60;b&#62;&#39;Cup&#39;&#60;/b&#62;",
    );
  });

  test("has pages that lead on and back", async () => {
    for (let index = 0; index < 3; index += 1) await open(`page-${index}`);
    const first = await page("?limit=2");
    expect(first).toContain("The page-2");
    const older = /href="\/tournaments\/\?cursor&#61;([\w-]+)"/.exec(first)?.[1];
    const second = await page(`?limit=2&cursor=${older}`);
    expect(second).toContain("The page-0");
    expect(second).not.toContain("The page-2");
    expect(second).toContain(">Newest</a>");
  });

  test("a filter that is not known is an error page, with the right status", async () => {
    const response = await arena.app.inject({ url: "/tournaments/?status=open", headers: { accept: "text/html" } });
    expect([response.statusCode, response.headers["content-type"]]).toEqual([400, "text/html; charset=utf-8"]);
  });

  test("the front page leads to it", async () => {
    const response = await arena.app.inject({ url: "/" });
    expect([response.statusCode, response.headers.location]).toEqual([302, "/tournaments/"]);
  });
});

describe("static assets", () => {
  test("pages name them by their content, and browsers may keep them for 30 days", async () => {
    const address = /href="(\/static\/site-[0-9a-f]{10}\.css)"/.exec(await page())?.[1] ?? "";
    const response = await arena.app.inject({ url: address });
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      "cache-control": "public, max-age=2592000, immutable",
      "content-type": "text/css; charset=utf-8",
    });
    expect(response.body).toBe(loadAssets().get("site.css")?.body.toString());
  });

  test.each([
    "/static/site.css",
    "/static/..%2f..%2fpackage.json",
    "/static/%2e%2e/main.ts",
    "/static/site-0000000000.css",
  ])("%s is not there", async (url) => {
    expect((await arena.app.inject({ url })).statusCode).toBe(404);
  });

  test("a page with everything on it is small", async () => {
    const parts = [Buffer.from(await page()), ...[...loadAssets().values()].map((asset) => asset.body)];
    const size = parts.reduce((sum, part) => sum + gzipSync(part).length, 0);
    expect(size).toBeLessThan(100_000);
  });
});
