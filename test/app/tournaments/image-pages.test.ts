// Pages of a tournament's images without a browser: what they show, what they refuse and how they say it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Actor, actor, cookieFor, sendForm } from "../actors.ts";
import { deployed, startApp, type TestApp } from "../harness.ts";
import { type Ask, asker, makeCup } from "./field.ts";

const png = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
const folder = mkdtempSync(join(tmpdir(), "arena-images-"));
const home = "/organise/tournaments/pictured/images/";
let arena: TestApp;
let ask: Ask;
let organiser: Actor;
beforeAll(async () => {
  arena = await startApp({ MEDIA_STORE: folder });
  ask = asker(arena);
  organiser = await actor(arena, { role: "manager" });
  await makeCup(ask, organiser, "pictured");
});
afterAll(async () => {
  await arena.close();
  rmSync(folder, { recursive: true });
});

async function get(url: string, who = organiser) {
  const { cookie } = await cookieFor(arena, who);
  const {
    statusCode: status,
    body,
    headers,
  } = await arena.app.inject({ url, headers: { cookie, accept: "text/html" } });
  return { status, body, problem: problemIn(body), policy: String(headers["content-security-policy"]) };
}

async function post(url: string, fields: Record<string, string> = {}, who = organiser) {
  const { body, ...answer } = await sendForm(arena, who, url, fields);
  return { ...answer, body, problem: problemIn(body) };
}

const problemIn = (body: string) => /class="problem"[^>]*>\s*<p>(.*?)<\/p>/s.exec(body)?.[1];

/** Sends the page's form as a browser does without a script. @returns the path that it leads to, or what the page says */
async function send(page: string, file: Buffer): Promise<string> {
  const markup = /<form[^>]*data-upload.*?<\/form>/s.exec(page)?.[0] ?? "";
  const form = new FormData();
  for (const [, name = "", value = ""] of markup.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)) {
    form.append(name, value.replaceAll("&#38;", "&"));
  }
  form.append("file", new Blob([new Uint8Array(file)]), "a.png");
  const sent = new Response(form);
  const answer = await arena.app.inject({
    method: "POST",
    url: /action="([^"]*)"/.exec(markup)?.[1] ?? "",
    headers: { "content-type": sent.headers.get("content-type") ?? "", accept: "text/html" },
    payload: Buffer.from(await sent.arrayBuffer()),
  });
  if (answer.statusCode !== 303) return /<h1>.*?<p>(.*?)<\/p>/s.exec(answer.body)?.[1] ?? answer.body;
  return new URL(String(answer.headers.location)).pathname;
}

const receiptIn = (path: string) => /describe\/([^/]+)\//.exec(path)?.[1] ?? "";

test("an image is sent, described, shown to all, and removed", async () => {
  const empty = await get(home);
  expect(empty.body).toContain("There are none yet.");
  expect(empty.policy).toContain("form-action 'self';");
  expect(empty.policy).toContain("connect-src 'self';");
  const back = await send(empty.body, png);
  expect(back).toMatch(/^\/organise\/tournaments\/pictured\/images\/describe\/[\w.-]+\/$/);
  const receipt = receiptIn(back);
  // As S3 leads back: with a query of its own.
  expect((await get(`${back}?bucket=a&key=b&etag=c`)).body).toContain(`name="receipt" value="${receipt}"`);
  const wordless = await post(home, { receipt, alt: " " });
  expect([wordless.status, wordless.body.includes("What it shows, in words is missing")]).toEqual([400, true]);
  expect(wordless.body).toContain(`name="receipt" value="${receipt}"`);
  expect(await post(home, { receipt, alt: "The harbour at dawn" })).toMatchObject({ status: 303, location: home });
  expect((await get("/tournaments/pictured/")).body).toContain('alt="The harbour at dawn"');
  const { body } = await get(home);
  expect(body).toContain('alt="The harbour at dawn"');
  const remove = /action="([^"]*\/remove\/)"/.exec(body)?.[1] ?? "";
  expect((await post(remove, {}, await actor(arena, { role: "admin" }))).status).toBe(404);
  expect(await post(remove)).toMatchObject({ status: 303, location: home });
  expect((await get("/tournaments/pictured/")).body).not.toContain("The harbour at dawn");
  expect((await post(remove)).status).toBe(404);
});

test("what is wrong with a file is one sentence on a page", async () => {
  const { body } = await get(home);
  expect(await send(body, Buffer.alloc(5 * 1024 * 1024 + 1))).toBe("The file is too large: it may have 5 MB.");
  expect(await send(body, Buffer.alloc(0))).toBe("The file is empty: choose another one.");
  expect(await send(body.replace(/(action="\/files\/)/, "$1x"), png)).toBe(
    "This form is too old, or was not ours: begin again.",
  );
  const back = await send(body, Buffer.from("<svg>"));
  const wrong = await get(back);
  expect([wrong.status, wrong.problem]).toEqual([
    400,
    "The file is none of png, jpg, webp, whatever its name says: choose another one.",
  ]);
  expect(wrong.body).toContain("data-upload");
  expect((await post(home, { receipt: receiptIn(back), alt: "A drawing" })).problem).toBe(wrong.problem);
  expect((await get(back)).problem).toBe("The file has not arrived, or was taken already: send it first.");
  const tooOld = "This upload is too old, or was another&#39;s: choose the file again.";
  expect((await get(`${home}describe/nonsense/`)).problem).toBe(tooOld);
  expect((await post(home, { receipt: "nonsense", alt: "A drawing" })).problem).toBe(tooOld);
  // Another organiser's receipt is nobody's here.
  const other = await actor(arena, { role: "manager" });
  await makeCup(ask, other, "elsewhere");
  const theirs = await send((await get("/organise/tournaments/elsewhere/images/", other)).body, png);
  expect((await post(home, { receipt: receiptIn(theirs), alt: "Theirs" })).problem).toBe(tooOld);
});

test("twelve are enough; where no files are kept, the page says so", async () => {
  await makeCup(ask, organiser, "full");
  const receipt = receiptIn(await send((await get("/organise/tournaments/full/images/")).body, png));
  await arena.owner.query(
    `insert into arena.tournament_images (id, tenant_id, tournament_id, key, alt)
     select gen_random_uuid(), tenant_id, id, 'media/tournaments/' || n || '.png', 'x' from arena.tournaments, generate_series(1, 12) n
     where slug = 'full'`,
  );
  const { body } = await get("/organise/tournaments/full/images/");
  expect(body).toContain("12 images at most");
  expect(body).not.toContain("data-upload");
  const late = await post("/organise/tournaments/full/images/", { receipt, alt: "Thirteenth" });
  expect([late.status, late.problem]).toEqual([409, "A tournament has 12 images at most: remove one first."]);
  const bare = await arena.behind(deployed);
  const cookie = `__Host-${(await cookieFor(arena, organiser)).cookie}`;
  const answer = await bare.inject({ url: home, headers: { cookie, host: "arena.example.com" } });
  expect([answer.statusCode, answer.body.includes("Images cannot be kept here")]).toEqual([200, true]);
});
