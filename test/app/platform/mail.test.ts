import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { mail } from "../../../app/platform/mail.ts";
import { readMails } from "../../../app/platform/mail-folder.ts";
import { createMailer } from "../../../app/platform/mailer.ts";
import { enqueue } from "../../../app/platform/queue.ts";
import { startWorker } from "../../../app/platform/queue-worker.ts";
import { openStorage } from "../../../app/platform/storage.ts";
import { environmentFor, eventually, memoryLogger, startApp, type TestApp } from "../harness.ts";

const message = { to: "ada@example.com", subject: "Grüße", text: "Come in: http://localhost/x?a=1&b=2 <now>" };
const folder = mkdtempSync(join(tmpdir(), "arena-mail-"));
let arena: TestApp;
beforeAll(async () => {
  arena = await startApp({ MAIL_FOLDER: folder });
});
afterAll(async () => {
  await arena.close();
  rmSync(folder, { recursive: true });
});

describe("by SMTP", () => {
  const received: { from: string; to: string[]; user: string | undefined; text: string }[] = [];
  let refusals = 0;
  const server = new SMTPServer({
    authMethods: ["PLAIN"],
    disabledCommands: ["STARTTLS"],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      done(password === "secret" ? null : new Error("Invalid"), { user: username }),
    onData(stream, session, done) {
      let text = "";
      stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
      stream.on("end", () => {
        if (refusals-- > 0) return done(new Error("mailbox busy"));
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? "" : mailFrom.address;
        received.push({ from, to: rcptTo.map(({ address }) => address), user: session.user, text });
        done();
      });
    },
  });
  const port = () => {
    const address = server.server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  };
  const settings = (changes: Record<string, string> = {}) =>
    environmentFor(arena.url, {
      EMAIL_HOST: "127.0.0.1",
      EMAIL_PORT: String(port()),
      EMAIL_FROM: "Arena <arena@example.com>",
      EMAIL_HOST_USER: "arena",
      EMAIL_HOST_PASSWORD: "secret",
      ...changes,
    });
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  afterAll(() => new Promise<void>((resolve) => server.close(resolve)));
  beforeEach(() => void received.splice(0));

  test("a job sends its mail; one that was refused is sent again under the same Message-ID", async () => {
    refusals = 1;
    const mailer = createMailer(settings());
    const { logger, lines } = memoryLogger("info");
    const { database } = arena;
    const storage = openStorage(arena.environment);
    const worker = await startWorker({ database, logger, mailer, storage, jobs: [mail], stopTimeout: 5 });
    try {
      await database.db.transaction().execute((trx) => enqueue(trx, mail, message));
      await eventually(() => lines.some((line) => line.level === "error"), "the first attempt is refused");
      await arena.owner.query("update graphile_worker._private_jobs set run_at = now()");
      await eventually(() => received.length === 1, "the mail arrives");
    } finally {
      await worker.stop();
      mailer.close();
    }
    const [one] = received;
    expect(one).toMatchObject({ from: "arena@example.com", to: ["ada@example.com"], user: "arena" });
    expect(one?.text).toMatch(/^Subject: =\?UTF-8\?/m);
    expect(one?.text).toMatch(/^Message-ID: <[0-9a-f]{32}@example\.com>/im);
    expect(JSON.stringify(lines)).not.toMatch(/ada@example|Come in/);
  });

  test("the Message-ID is of the key alone", async () => {
    const mailer = createMailer(settings());
    for (const key of ["mail/1", "mail/1", "mail/2"]) await mailer.send(message, key);
    mailer.close();
    const ids = received.map(({ text }) => /^Message-ID: (.*)$/im.exec(text)?.[1]);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(ids[2]);
  });

  test("a header cannot be smuggled in by a subject", async () => {
    const mailer = createMailer(settings());
    await mailer.send({ ...message, subject: "Hello\r\nBcc: eve@example.com" }, "mail/3");
    mailer.close();
    expect(received[0]?.to).toEqual(["ada@example.com"]);
    expect(received[0]?.text).not.toMatch(/^Bcc:/im);
  });

  test.each([
    ["a wrong password", { EMAIL_HOST_PASSWORD: "wrong" }, /took no mail: .*Invalid/],
    ["no server", { EMAIL_PORT: "9" }, /The mail server at 127\.0\.0\.1:9 \(EMAIL_HOST\) took no mail: .*ECONNREFUSED/],
  ])("%s is one sentence", async (_what, changes, sentence) => {
    const mailer = createMailer(settings(changes));
    await expect(mailer.send(message, "mail/4")).rejects.toThrow(sentence);
    mailer.close();
  });

  test("where real users are, nothing goes out in clear, nor to a server whose certificate is not to be trusted", async () => {
    const inClear = createMailer({ ...settings(), ENVIRONMENT: "production" });
    await expect(inClear.send(message, "mail/5")).rejects.toThrow(/took no mail: .*STARTTLS/);
    inClear.close();
    const other = new SMTPServer({ authOptional: true });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const address = other.server.address();
    const at = typeof address === "object" && address !== null ? address.port : 0;
    const untrusted = createMailer(settings({ EMAIL_PORT: String(at) }));
    await expect(untrusted.send(message, "mail/5")).rejects.toThrow(/took no mail: .*certificate/);
    untrusted.close();
    await new Promise<void>((resolve) => other.close(resolve));
    expect(received).toEqual([]);
  });
});

describe("without a server", () => {
  test("mails lie in a folder, once for each key, and a page shows them", async () => {
    const mailer = createMailer(arena.environment);
    await mailer.send(message, "mail/6");
    await mailer.send(message, "mail/6");
    const mails = await readMails(folder);
    expect(mails).toEqual([expect.objectContaining(message)]);
    const list = await arena.app.inject("/dev/mail/");
    expect(list.body).toContain("Grüße");
    const page = await arena.app.inject(`/dev/mail/${mails[0]?.id}/`);
    expect(page.body).toContain('<a href="http://localhost/x?a&#61;1&#38;b&#61;2">');
    expect(page.body).toContain("&#60;now&#62;");
    expect((await arena.app.inject("/dev/mail/0000000000000000/")).statusCode).toBe(404);
    expect((await arena.app.inject("/dev/mail/..%2Fx/")).statusCode).toBe(400);
  });

  test("where real users are there is no such page, and a mail says what is missing", async () => {
    const other = await arena.behind({
      ENVIRONMENT: "production",
      SECRET_KEY: "u7Qd0mJx4ZkPp2sYw9LbTn6VrHc3GfEa8iOoXyKtRq5SvBhNjD1W",
      JWT_SECRET_KEY: "c1VbNm7QwErTyUiOpAsDfGhJkLz0XcVbNm2QwErTyUiOpAsDfGh4",
      ALLOWED_HOSTS: "localhost",
      CORS_ALLOWED_ORIGINS: "",
    });
    expect((await other.inject("/dev/mail/")).statusCode).toBe(404);
    const mailer = createMailer({ ...arena.environment, MAIL_FOLDER: undefined });
    await expect(mailer.send(message, "mail/7")).rejects.toThrow(
      "Mail cannot be sent without a server: set EMAIL_HOST and EMAIL_FROM.",
    );
  });
});
