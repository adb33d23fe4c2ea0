// Operating a stack on a real Docker host: one deployed environment, and every command that looks after it.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { capture } from "../../infra/cli/run.ts";
import { freePort } from "../../infra/embedded/postgres.ts";
import { slug } from "../../infra/naming.ts";
import type { UploadCounts } from "../../infra/vps/backups.ts";
import { ask } from "../support/ask.ts";
import { berth } from "../support/berth.ts";
import { assertComeBack, removeEarlier } from "../support/containers.ts";
import { docker, engine, engineStack } from "../support/engine.ts";
import { type MailSink, mailSink } from "../support/mail-sink.ts";
import { ownAddress } from "../support/own-address.ts";
import { changed, disagreements, probe } from "../support/probes.ts";
import { copyProject, type ProjectCopy } from "../support/project-copy.ts";
import { describeWith } from "../support/requirement.ts";

const stackFile = (port: number, https: number, mailPort: number) => `config:
  berth:environment:
    architecture: vps
    tier: development
    owner: you
    port: ${port}
    https: { certificates: local, port: ${https} }
    image: { build: ., dockerfile: app/Dockerfile }
    healthSeconds: { every: 1, start: 240 }
    web: { replicas: 1, memory: 256, cpus: 1 }
    worker: { replicas: 1, memory: 256, cpus: 0.5 }
    database: { memory: 256, cpus: 1 }
    backup: { everyHours: 24, keep: { days: 7, weeks: 4, months: 6 }, encrypt: true }
    watch:
      webhook: true
      email: { host: ${ownAddress()}, port: ${mailPort}, from: berth@example.com, to: you@example.com }
      diskPercent: 100
      memoryPercent: 100
`;

/** Files as the app keeps them: one that everybody may see, and one that nobody may. */
const picture = "media/tournaments/0197-kept.png";
const report = "private/exports/0197-report.csv";

/** Runs docker; throws with what it said. */
function run(...args: string[]): string {
  return execFileSync("docker", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

const labelled = ["--filter", "label=berth.stack=ops"];

const branchName = "feature/Fix_1";
/** As the command makes it of the branch's name. */
const branchSlug = slug(branchName, 20);

const branchFile = (from: number) => `config:
  berth:environment:
    architecture: branch
    tier: development
    owner: you
    parent: ops
    ports: { from: ${from}, to: ${from} }
    image: { build: ., dockerfile: app/Dockerfile }
    healthSeconds: { every: 1, start: 240 }
    web: { replicas: 1, memory: 256, cpus: 1 }
    worker: { replicas: 1, memory: 128, cpus: 0.5 }
`;

/** Another value, where one that is made up would not be allowed. */
const others: Readonly<Record<string, unknown>> = {
  "docker:index/container:Container.restart": "on-failure",
  "docker:index/container:Container.uploads": [{ content: "other", file: "/files/OTHER", permissions: "0444" }],
};

/** An image's properties are apart: its provider reads the folder that it is built from. */
function another(key: string, value: unknown): unknown {
  return key.startsWith("docker:index/image:Image.") ? undefined : (others[key] ?? changed(value));
}

describeWith("operating a stack on Docker", [engine, docker], () => {
  let project: ProjectCopy;
  let env: NodeJS.ProcessEnv;
  let hook: Server;
  let mail: MailSink;
  let https = 0;
  let ca = "";
  const messages: string[] = [];
  /** The first backup that was asked for: the one with all the demo data. */
  let whole = "";

  const command = (...args: string[]) => berth(project.berth, args, env);
  const part = (name: string) => run("ps", ...labelled, "--filter", `name=${name}`, "--format", "{{.Names}}");
  const query = (statement: string, database = "app") =>
    run("exec", part("database-server"), "psql", "-U", "owner", "-XAtq", "-d", database, "-c", statement);
  const backups = async () => {
    const { stdout } = await command("backup", "ops", "--json");
    return JSON.parse(stdout) as {
      backups: { id: string; tables: number; rows: number; encrypted: boolean; uploads: UploadCounts }[];
      failure?: string;
    };
  };
  /** In the container that makes backups, among them. */
  const inStore = (script: string) =>
    run("exec", part("backup-dumps"), "bash", "-ec", `cd /var/lib/postgresql/backups && ${script}`);
  /** In a container of the app, among its files, with the modes that it gives them. */
  const inMedia = (script: string) =>
    run("exec", part("web-0"), "sh", "-ec", `umask 027 && cd /srv/media && ${script}`);
  const status = async (path: string) => (await ask(`https://localhost:${https}${path}`, { ca })).status;
  const ready = () => status("/health/ready/");

  beforeAll(async () => {
    await removeEarlier(`branch-${branchSlug}`, "ops");
    project = copyProject("shared");
    https = await freePort();
    mail = await mailSink();
    project.write("Pulumi.ops.yaml", stackFile(await freePort(), https, mail.port));
    const state = join(project.folder, "state");
    mkdirSync(state);
    env = {
      ...process.env,
      PULUMI_BACKEND_URL: `file://${state.replaceAll(" ", "%20")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      NO_COLOR: "1",
    };
    hook = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on("end", () => {
        messages.push((JSON.parse(body) as { text: string }).text);
        response.end();
      });
    });
    await new Promise<void>((resolve) => hook.listen(0, "0.0.0.0", resolve));
    const secrets = {
      BACKUP_KEY: "a passphrase of several words",
      WATCH_WEBHOOK_URL: `http://${ownAddress()}:${(hook.address() as AddressInfo).port}/`,
    };
    const pulumi = async (...args: string[]) => {
      const { code, stderr } = await capture("pulumi", [...args, "--non-interactive"], { cwd: project.folder, env });
      if (code !== 0) throw new Error(`pulumi ${args.join(" ")}: ${stderr}`);
    };
    await pulumi("stack", "init", "ops");
    for (const [name, value] of Object.entries(secrets)) {
      await pulumi("config", "set", "--secret", name, value, "--stack", "ops");
    }
    const up = await command("up", "ops", "--engine");
    if (up.code !== 0) throw new Error(`berth up failed:\n${up.stdout}${up.stderr}`);
    ca = run("exec", part("certificates-agent"), "cat", "/certificates/ca.pem");
  });
  afterAll(async () => {
    hook.close();
    mail.server.close();
    const { code, stdout, stderr } = await command("destroy", "ops");
    project.remove();
    if (code !== 0) throw new Error(`berth destroy failed:\n${stdout}${stderr}`);
  });

  test("a backup is made, encrypted, and proven by restoring it", async () => {
    // What the app keeps, and what is not yet its.
    inMedia(`mkdir -m 755 -p media media/tournaments private private/exports private/incoming .mail
      printf 'a picture' >${picture}; printf 'a;b' >${report}
      for other in private/incoming/late.png .mail/1.json ${picture}.7.partial; do printf x >"$other"; done`);
    const made = await command("backup", "ops");
    expect({ code: made.code, stderr: made.code === 0 ? "" : made.stderr }).toEqual({ code: 0, stderr: "" });
    const [id = ""] = made.stdout.split("\n");
    whole = id;
    const [newest] = (await backups()).backups;
    expect(newest).toMatchObject({ id, encrypted: true });
    const tables = Number(
      query("select count(*) from pg_tables where schemaname !~ '^(pg_catalog|information_schema)$'"),
    );
    expect(newest?.tables).toBe(tables);
    expect(newest?.rows).toBeGreaterThan(10);
    const head = run("exec", part("backup-dumps"), "head", "-c", "8", `/var/lib/postgresql/backups/${id}.dump.enc`);
    expect(head).toBe("Salted__");
    const kept = inMedia(
      "find . -type f ! -path './.*' ! -path './private/incoming/*' ! -name '*.partial' -printf '%s\\n'",
    );
    const sizes = kept.split("\n").map(Number);
    const bytes = sizes.reduce((sum, one) => sum + one);
    expect(newest?.uploads).toMatchObject({ files: sizes.length, bytes });
    expect(inStore("grep --recursive --count 'a picture' uploads | grep --invert-match ':0$' || true")).toBe("");
    expect(inStore(`wc --lines <${id}.files`)).toBe(inStore("ls uploads | wc --lines"));
  });

  test("status shows all on one screen, and ends with 0 while all is well", async () => {
    // The one that the schedule makes at the start has the volume's lock until it is done.
    await expect.poll(async () => (await backups()).backups.length, { timeout: 300_000 }).toBeGreaterThanOrEqual(2);
    const { code, stdout, stderr } = await command("status", "ops");
    expect({ code, stderr: code === 0 ? "" : stderr + stdout }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^ops \(development, on this machine\), \d{4}-/);
    for (const check of ["site", "certificate", "disk", "memory", "containers", "restarts", "backup"]) {
      expect(stdout).toMatch(new RegExp(`^ {2}ok   ${check} `, "m"));
    }
    for (const name of ["backup", "certificates", "database", "proxy", "watch", "web", "worker"]) {
      expect(stdout).toMatch(new RegExp(`^${name} +${name}-\\S+ +running`, "m"));
    }
    expect(stdout.split("\n").length).toBeLessThan(24);
  });

  test("a drill measures how long a restore takes and what would be lost, and touches nothing", async () => {
    const before = query("select string_agg(datname, ',' order by 1) from pg_database");
    const { code, stdout } = await command("drill", "restore", "ops", "--json");
    expect(code).toBe(0);
    const drill = JSON.parse(stdout) as Record<string, number> & { uploads: UploadCounts };
    expect(drill.uploads.files).toBe((await backups()).backups[0]?.uploads.files);
    expect(drill.rows).toBeGreaterThan(10);
    expect(drill.recoverySeconds).toBeGreaterThanOrEqual(drill.restoreSeconds ?? Number.NaN);
    expect(drill.lostSeconds).toBeGreaterThanOrEqual(0);
    expect(query("select string_agg(datname, ',' order by 1) from pg_database")).toBe(before);
    expect((await command("drill", "restore", "ops")).stdout).toMatch(
      /^All of its \d+ files \(.*\) are whole\.\nRTO {2}\d.*\nRPO {2}\d/m,
    );
  });

  test("a restore brings back what was lost, and keeps what was there", async () => {
    const there = query("select count(*) from arena.tournaments");
    expect(Number(there)).toBeGreaterThan(0);
    query("truncate arena.tournaments cascade");
    inMedia(`rm ${picture}; printf 'c;d' >${report}; printf new >media/tournaments/0198-new.png`);
    const { code, stdout, stderr } = await command("restore", "ops", whole);
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    expect(query("select count(*) from arena.tournaments")).toBe(there);
    // What is missing and what is another content come back, as the app's own; what came later stays.
    expect(stdout).toContain("Files of the app put back: 2 (12 B), missing until now or with another content.");
    expect(inMedia(`cat ${picture} ${report} media/tournaments/0198-new.png; ls -A`)).toMatch(
      /^a picturea;bnew\.mail\n/,
    );
    expect(inMedia(`stat --format='%u:%g %a' ${picture}`)).toBe("1000:1000 640");
    // The one that was made of what is replaced stores nothing again but what is new in it.
    expect((await backups()).backups[0]?.uploads.added).toBe(2);
    const kept = /is the database (before_\w+)/.exec(stdout)?.[1] ?? "";
    expect(query("select count(*) from arena.tournaments", kept)).toBe("0");
    await expect.poll(ready, { timeout: 300_000 }).toBe(200);
    // The app's role reads it: its rights came along.
    expect(await status("/tournaments/")).toBe(200);
    query(`drop database ${kept}`);
  });

  test("a backup is carried out of the host and taken in again", async () => {
    const file = join(project.folder, "carried.tar");
    expect((await command("backup", "ops", "--id", whole, "--output", file)).code).toBe(0);
    inStore(`(cd uploads && xargs rm <../${whole}.files) && rm ${whole}.*`);
    const { code, stdout, stderr } = await command("restore", "ops", file, "--into", "taken_in");
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    expect(Number(query("select count(*) from arena.tournaments", "taken_in"))).toBeGreaterThan(0);
    query("drop database taken_in");
    expect(stdout).toContain("The app's files are as they were.");
    expect((await command("drill", "restore", "ops", "--backup", whole)).code).toBe(0);
    const again = await command("restore", "ops", file, "--into", "taken_in");
    expect(again.code).toBe(1);
    expect(again.stderr).toContain(`There is a backup ${whole} already`);
    expect(existsSync(`${file}.partial`)).toBe(false);

    // In clear, by somebody who could not sign it.
    const forged = "20260101T000000Z";
    const clear = `cd $(mktemp -d) && /berth/backup.sh open ${whole} >${forged}.dump && (
      printf 'id=%s\nfile=%s\nbytes=1\n' ${forged} ${forged}.dump
      printf 'sha256=%s\n' "$(sha256sum <${forged}.dump | cut -d' ' -f1)") >${forged}.manifest && tar -c *`;
    writeFileSync(
      file,
      execFileSync("docker", ["exec", part("backup-dumps"), "bash", "-ec", clear], { maxBuffer: 2 ** 28 }),
    );
    const refused = await command("restore", "ops", file, "--into", "taken_in");
    expect({ code: refused.code, told: /in clear and not signed.*--unsigned/.test(refused.stderr) }).toEqual({
      code: 1,
      told: true,
    });
    expect((await backups()).backups.map(({ id }) => id)).not.toContain(forged);
    expect((await command("restore", "ops", file, "--into", "taken_in", "--unsigned")).code).toBe(0);
    expect(Number(query("select count(*) from arena.tournaments", "taken_in"))).toBeGreaterThan(0);
    query("drop database taken_in");
    inStore(`rm ${forged}.*`);
    rmSync(file);
  });

  test("the database moves to a server whose owner is no superuser", async () => {
    const file = join(project.folder, "shop.dump");
    expect((await command("backup", "ops", "--id", whole, "--dump", file)).code).toBe(0);
    const other = run(
      ...["run", "--detach", "--network", "none", "--env", "POSTGRES_PASSWORD=x", "--env", "POSTGRES_USER=rdsadmin"],
      "postgres:16-bookworm",
    );
    const there = (database: string, user: string, ...statements: string[]) =>
      run(
        "exec",
        other,
        "psql",
        "-U",
        user,
        "-XAtq",
        "-v",
        "ON_ERROR_STOP=1",
        "-d",
        database,
        ...statements.flatMap((s) => ["-c", s]),
      );
    try {
      await expect
        .poll(
          async () =>
            (await capture("docker", ["exec", other, "psql", "-U", "rdsadmin", "-d", "rdsadmin", "-c", "select"])).code,
          { timeout: 300_000 },
        )
        .toBe(0);
      // What RDS gives its master user, and what the release made there before.
      there(
        "rdsadmin",
        "rdsadmin",
        "create role master login createrole createdb",
        "grant pg_read_all_stats to master",
      );
      there("postgres", "master", "create role app login", "create database app");
      run("cp", file, `${other}:/tmp/shop.dump`);
      const restore = [
        "pg_restore --list /tmp/shop.dump | grep -vE 'pg_stat_statements|DEFAULT ACL' >/tmp/list",
        "pg_restore --exit-on-error --no-owner --use-list=/tmp/list --username=master --dbname=app /tmp/shop.dump",
      ];
      run("exec", other, "bash", "-ec", restore.join("\n"));
      const counts =
        "select string_agg(relname || ' ' || (xpath('/row/n/text()', query_to_xml(format('select count(*) as n from %s', oid::regclass), false, true, '')))[1], ',' order by relname) from pg_class where relkind = 'r' and relnamespace = 'arena'::regnamespace";
      expect(there("app", "master", counts)).toBe(query(counts));
      // As the app sees them, which is not all.
      const seen = "select count(*) from arena.tournaments";
      expect(there("app", "app", seen)).toBe(query(`set role app; ${seen}`));
      expect(Number(there("app", "app", seen))).toBeGreaterThan(0);
    } finally {
      run("rm", "--force", "--volumes", other);
      rmSync(file);
    }
  });

  test("what was changed by somebody is not restored", async () => {
    const maker = part("backup-dumps");
    const [newest] = (await backups()).backups;
    const path = `/var/lib/postgresql/backups/${newest?.id}`;
    run("exec", maker, "sh", "-c", `cp ${path}.manifest /tmp/kept && sed -i 's/^rows=.*/rows=1/' ${path}.manifest`);
    const forged = await command("drill", "restore", "ops");
    expect(forged.code).toBe(1);
    expect(forged.stderr).toMatch(/not signed with the key here/);
    run(
      "exec",
      maker,
      "sh",
      "-c",
      `cp /tmp/kept ${path}.manifest && cp ${path}.dump.enc /tmp/whole && printf x >>${path}.dump.enc`,
    );
    const damaged = await command("restore", "ops", "latest", "--into", "never");
    expect(damaged.code).toBe(1);
    expect(damaged.stderr).toMatch(/is damaged/);
    expect(query("select count(*) from pg_database where datname = 'never'")).toBe("0");
    run("exec", maker, "cp", "/tmp/whole", `${path}.dump.enc`);
    const spoil = `file=uploads/$(head -n 1 ${path}.files); cp $file /tmp/whole; printf x >>$file`;
    inStore(spoil);
    const unlike = await command("drill", "restore", "ops");
    expect(unlike.code).toBe(1);
    expect(unlike.stderr).toMatch(
      /Of the \d+ files of the backup \S+, 1 are damaged or missing; the first is \S+, uploads\/\w+\.enc/,
    );
    inStore(`cp /tmp/whole uploads/$(head -n 1 ${path}.files)`);
    inMedia(`rm ${picture}`);
    const alone = await command("restore", "ops", whole, "--files");
    expect({ code: alone.code, stdout: alone.stdout }).toEqual({
      code: 0,
      stdout: "Files of the app put back: 1 (9 B), missing until now or with another content.\n",
    });
    expect(inMedia(`cat ${picture}`)).toBe("a picture");
    expect((await command("drill", "restore", "ops")).code).toBe(0);
  });

  test("a backup that fails leaves those there are, and is complained of until one succeeds", async () => {
    const password = run("exec", part("backup-dumps"), "cat", "/run/secrets/owner-password");
    const before = (await backups()).backups;
    query("alter role owner password 'another'");
    const { code, stderr } = await command("backup", "ops");
    expect(code).toBe(1);
    expect(stderr).toMatch(/password authentication failed/);
    const after = await backups();
    expect(after.backups).toEqual(before);
    expect(after.failure).toMatch(/password authentication failed/);
    const unwell = await command("status", "ops");
    expect(unwell.code).toBe(1);
    expect(unwell.stdout).toMatch(/BAD {2}backup +the last one failed/);
    query(`alter role owner password '${password}'`);
    expect((await command("backup", "ops")).code).toBe(0);
    expect((await backups()).failure).toBeUndefined();
  });

  test("a full disk is told, and the backups on it stay whole", async () => {
    const maker = part("backup-dumps");
    const inspected = run(
      "inspect",
      maker,
      "--format",
      "{{json .Config.Env}}\t{{json .Mounts}}\t{{json .NetworkSettings.Networks}}",
    );
    const [variables = [], mounts = [], networks = {}] = inspected.split("\t").map((text) => JSON.parse(text)) as [
      string[],
      { Name: string; Destination: string }[],
      Record<string, unknown>,
    ];
    const mounted = (folder: string) => mounts.find(({ Destination }) => Destination === folder)?.Name;
    const small = run(
      ...["run", "--detach", "--user", "postgres", "--tmpfs", "/var/lib/postgresql/backups:size=1m,mode=1777"],
      ...["--network", Object.keys(networks)[0] ?? "", "--volume", `${mounted("/run/database")}:/run/database:ro`],
      ...["--group-add", "1000", "--volume", `${mounted("/srv/media")}:/srv/media:ro`],
      ...variables.flatMap((variable) => ["--env", variable]),
      ...["--entrypoint", "sleep", "postgres:16-bookworm", "infinity"],
    );
    const inside = (script: string) => capture("docker", ["exec", small, "bash", "-c", script]);
    const disk = "/var/lib/postgresql/backups";
    const fill = (kibibytes: number) =>
      inside(
        `head -c $((($(df --output=avail -k ${disk} | tail -n 1) - ${kibibytes}) * 1024)) /dev/zero >${disk}/.filler`,
      );
    const secret = (name: string) => run("exec", maker, "cat", `/run/secrets/${name}`);
    try {
      run("cp", join(project.folder, "infra/vps/scripts"), `${small}:/berth`);
      run(
        "exec",
        "--user",
        "root",
        small,
        "bash",
        "-c",
        `mkdir -p /run/secrets && printf '%s' '${secret("owner-password")}' >/run/secrets/owner-password`,
      );
      await fill(12);
      const first = await inside("/berth/backup.sh now");
      expect(first.code).not.toBe(0);
      expect((await inside(`cat ${disk}/failure`)).stdout).toMatch(/No space left.*KiB are free on the disk/);
      expect((await inside(`cd ${disk} && find . -type f ! -name '.*'`)).stdout).toBe("./failure\n");
      await inside(`rm ${disk}/.filler`);
      expect(await inside("/berth/backup.sh now")).toMatchObject({ code: 0 });
      const sums = `cd ${disk} && find . -type f ! -name '.*' -print0 | sort --zero-terminated | xargs --null sha256sum`;
      const whole = (await inside(sums)).stdout;
      await fill(12);
      const second = await inside("/berth/backup.sh now");
      expect({ code: second.code, told: /The disk is too full for a backup/.test(second.stderr) }).toEqual({
        code: 1,
        told: true,
      });
      await inside(`rm ${disk}/failure`);
      expect((await inside(sums)).stdout).toBe(whole);
      expect((await inside("/berth/backup.sh drill")).code).toBe(0);
    } finally {
      run("rm", "--force", "--volumes", small);
    }
  });

  test("a backup that was killed leaves nothing that counts, and the next one cleans up", async () => {
    const maker = part("backup-dumps");
    const before = (await backups()).backups;
    // As one would leave it that is killed later.
    inStore(`printf x >uploads/${"0".repeat(64)}.enc`);
    const killed = capture("docker", ["exec", maker, "/berth/backup.sh", "now"]);
    await expect
      .poll(() => run("exec", maker, "sh", "-c", "ls /var/lib/postgresql/backups | grep -c partial || true"), {
        timeout: 300_000,
        interval: 50,
      })
      .toBe("1");
    run("kill", "--signal", "KILL", maker);
    expect((await killed).code).not.toBe(0);
    run("start", maker);
    expect((await backups()).backups).toEqual(before);
    expect((await command("backup", "ops")).code).toBe(0);
    const files = run("exec", maker, "sh", "-c", "ls /var/lib/postgresql/backups");
    expect(files).not.toContain("partial");
    const unnamed = "comm -3 <(ls uploads | sort) <(sort -u *.files)";
    expect(inStore(unnamed)).toBe("");
    inStore(`printf x >uploads/${"0".repeat(64)}.enc; /berth/backup.sh prune`);
    expect(inStore(unnamed)).toBe("");
    expect((await backups()).backups).toHaveLength(before.length + 1);
  });

  test("the watch tells when the site is gone and when it is back", async () => {
    const web = part("web-0");
    run("stop", web);
    const unwell = await command("status", "ops");
    expect({ code: unwell.code, stdout: unwell.stdout }).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/BAD {2}site +https:\/\/localhost:\d+ /),
    });
    expect(unwell.stdout).toMatch(/BAD {2}containers +web \(web-0-\w+\) is exited with exit code 0/);

    const voice = part("watch-voice");
    const settings = JSON.parse(run("exec", voice, "printenv", "WATCH")) as Record<string, unknown>;
    const hasty = JSON.stringify({ ...settings, everySeconds: 1, environment: "hasty" });
    const watching = capture("docker", [
      "exec",
      "--env",
      `WATCH=${hasty}`,
      voice,
      "timeout",
      "600",
      "node",
      "/berth/main.ts",
    ]);
    // One message may tell of several things.
    const told = (pattern: RegExp) => () =>
      messages.filter((text) => text.startsWith("*hasty:") && pattern.test(text)).length;
    await expect
      .poll(told(/^PROBLEM site: https:\/\/localhost:\d+ (answers 503|does not answer)/m), { timeout: 300_000 })
      .toBe(1);
    run("start", web);
    await expect.poll(told(/^OVER site: /m), { timeout: 300_000 }).toBe(1);
    // Everybody is told, each in his way.
    const mailed = (pattern: RegExp) =>
      mail.mails.filter((text) => pattern.test(text) && text.includes("status hasty")).length;
    await expect.poll(() => [mailed(/^PROBLEM site: /m), mailed(/^OVER site: /m)]).toEqual([1, 1]);
    run("exec", voice, "sh", "-c", "kill $(grep -al timeout /proc/[0-9]*/comm | cut -d/ -f3)");
    await watching;
  });

  test("whoever makes backups or watches comes back by itself", async () => {
    await assertComeBack(["backup-dumps", "watch-eyes", "watch-voice"].map(part));
  });

  test("a branch has its own hostname, containers and database, and leaves nothing", async () => {
    const branchPort = await freePort();
    project.write("Pulumi.branch.yaml", branchFile(branchPort));
    const up = await command("branch", "up", branchName);
    expect({ code: up.code, output: up.code === 0 ? "" : up.stdout + up.stderr }).toEqual({ code: 0, output: "" });
    const name = branchSlug;
    expect(up.stdout).toContain(`is up at https://${name}.localhost:${branchPort}\n`);
    const database = `branch_${name.replaceAll("-", "_")}`;
    // Its own certificate, by the authority of its parent.
    const question = { ca, servername: `${name}.localhost`, headers: { host: `${name}.localhost:${branchPort}` } };
    expect((await ask(`https://127.0.0.1:${branchPort}/tournaments/`, question)).status).toBe(200);
    expect(await ready()).toBe(200);

    // Each on its own data, and neither may so much as knock at the other's.
    expect(query("select count(*) from arena.tournaments", database)).toBe("0");
    const may = (role: string, where: string) =>
      query(`select has_database_privilege('${role}', '${where}', 'connect')`);
    expect([may("app", "app"), may(`${database}_app`, database)]).toEqual(["t", "t"]);
    expect([may("app", database), may(`${database}_app`, "app"), may(`${database}_owner`, "app")]).toEqual([
      "f",
      "f",
      "f",
    ]);

    const list = async () => {
      const { code, stdout, stderr } = await command("branch", "list", "--json");
      expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
      return (JSON.parse(stdout) as { branches: { branch: string; expires: string }[] }).branches;
    };
    const [listed] = await list();
    expect(listed?.branch).toBe(branchName);
    expect(Date.parse(listed?.expires ?? "")).toBeGreaterThan(Date.now() + 71 * 3_600_000);
    const full = await command("branch", "up", "another");
    expect({ code: full.code, told: /are all taken by 1 branches/.test(full.stderr) }).toEqual({ code: 1, told: true });

    expect((await command("branch", "reap")).code).toBe(0);
    expect(await list()).toHaveLength(1);
    // What it stands on does not go before it does.
    const early = await command("destroy", "ops");
    expect({ code: early.code, told: early.stderr.includes(`ops stays up, as branch-${name} use`) }).toEqual({
      code: 1,
      told: true,
    });
    expect(await ready()).toBe(200);
    const comment = query(
      `select shobj_description(oid, 'pg_database') from pg_database where datname = '${database}'`,
    );
    const ended = JSON.stringify({ ...(JSON.parse(comment) as object), expires: "2026-01-01T00:00:00Z" });
    query(`comment on database ${database} is '${ended}'`);
    // What the state does not know of goes as well.
    run("volume", "create", "--label", "berth.project=berth", "--label", `berth.stack=branch-${name}`, `stray-${name}`);
    const reaped = await command("branch", "reap");
    expect({ code: reaped.code, output: reaped.code === 0 ? "" : reaped.stderr }).toEqual({ code: 0, output: "" });
    expect(reaped.stdout).toContain(`stray-${name}`);

    const filter = ["--filter", `label=berth.stack=branch-${name}`];
    const lists = [
      ["ps", "--all", "--quiet"],
      ["network", "ls", "--quiet"],
      ["volume", "ls", "--quiet"],
    ];
    expect(lists.map((words) => run(...words, ...filter))).toEqual(["", "", ""]);
    expect(query(`select count(*) from pg_database where datname = '${database}'`)).toBe("0");
    expect(query(`select count(*) from pg_roles where rolname like 'branch\\_%'`)).toBe("0");
    expect(run("image", "ls", "--quiet", `berth-branch-${name}`)).toBe("");
    expect(await list()).toEqual([]);
    expect(await ready()).toBe(200);
  });

  test("only the container without a network holds the engine's socket", () => {
    const holders = run("ps", ...labelled, "--no-trunc", "--format", "{{.Names}}\t{{.Mounts}}\t{{.Networks}}")
      .split("\n")
      .filter((line) => line.includes("/var/run/docker") || line.includes("docker.sock"));
    expect(holders.map((line) => line.split("\t")[0]?.replace(/-\w+$/, ""))).toEqual(["watch-eyes"]);
    expect(holders[0]?.split("\t")[2]).toBe("none");
  });

  test("the table of risks says of each property what the engine does", async () => {
    const file = join(project.folder, "ops.json");
    const options = { cwd: project.folder, env };
    await capture("pulumi", ["stack", "export", "--stack", "ops", "--show-secrets", "--file", file], options);
    // Another stack of that name, with nothing of its own but this state.
    const copy = await engineStack("dev", () => {}, "ops");
    try {
      const { code, stderr } = await copy.pulumi("stack", "import", "--file", file);
      expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
      const answers = await probe(copy, another);
      expect(new Set(answers.map(({ type }) => type.split(":")[0]))).toEqual(new Set(["docker", "random"]));
      expect(disagreements(answers)).toEqual([]);
    } finally {
      copy.forget();
    }
  });
});
