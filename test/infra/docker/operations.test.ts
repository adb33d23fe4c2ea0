// What backup and watch register: who may reach what, and what stays when the stack goes.
import { readdirSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { Backup, type BackupArgs, copyProgram } from "../../../infra/components/docker/backup.ts";
import { Watch, type WatchArgs, watchProgram } from "../../../infra/components/docker/watch.ts";
import type { ResourceNode } from "../../../infra/plan/graph.ts";
import { synth } from "../../support/synth.ts";

const container = "docker:index/container:Container";
const labels = [
  { label: "berth.part", value: "backup" },
  { label: "berth.project", value: "shop" },
  { label: "berth.stack", value: "test" },
];
const backup: BackupArgs = {
  database: { host: "database", port: 5432, database: "app", owner: "owner" },
  ownerPassword: pulumi.secret("hunter2"),
  authorityVolume: "authority",
  mediaVolume: "media",
  network: "data",
  everyHours: 24,
  keep: { days: 7, weeks: 4, months: 6 },
  keepData: true,
  labels,
};
const watch: WatchArgs = {
  environment: "test",
  url: "https://shop.example.com",
  site: { host: "proxy-1", port: 8443 },
  network: "edge",
  thresholds: { diskPercent: 85, memoryPercent: 90, certificateDays: 14 },
  program: "program",
  labels,
};
const inputs = (node: ResourceNode) => node.inputs as Record<string, never>;
const files = (node: ResourceNode) => (node.inputs.uploads as { file: string }[]).map(({ file }) => file);

test("backups are made on the data network alone, as a user, over verified TLS", async () => {
  const result = await synth(() => new Backup("backup", backup));
  const made = inputs(result.only(container));
  expect(made).toMatchObject({
    user: "postgres",
    networksAdvanced: [{ name: "data" }],
    capabilities: { drops: ["ALL"] },
  });
  expect(made.envs).toEqual(expect.arrayContaining(["PGSSLMODE=verify-full", "PGUSER=owner", "KEEP_WEEKS=4"]));
  expect(JSON.stringify(result)).not.toContain("hunter2");
});

test("who makes backups reads the app's files by its group, and may not write them", async () => {
  const result = await synth(() => new Backup("backup", backup));
  const made = result.only(container);
  expect(inputs(made)).toMatchObject({ groupAdds: ["1000"] });
  expect(inputs(made).envs).toContain("MEDIA_FOLDER=/srv/media");
  expect(inputs(made).volumes).toContainEqual({ volumeName: "media", containerPath: "/srv/media", readOnly: true });
  expect(files(made)).toContain("/berth/uploads.sh");
});

test("backups outlive the stack where data does, and only there", async () => {
  const options = async (keepData: boolean) => {
    const result = await synth(() => new Backup("backup", { ...backup, keepData }));
    return result.only("docker:index/volume:Volume").options;
  };
  expect(await options(true)).toMatchObject({ protect: true, retainOnDelete: true });
  expect(await options(false)).toEqual({ ignoreChanges: ["labels"] });
});

test("a key and a bucket are there where they are asked for; who copies may not write backups", async () => {
  const key = pulumi.secret("passphrase");
  const copy = {
    bucket: "b",
    region: "eu-central-1",
    accessKeyId: "AKID",
    program: "copy-program",
    secrets: "copy-secrets",
    network: "edge",
  };
  const result = await synth(() => new Backup("backup", { ...backup, key, copy }));
  expect(files(result.only(container, "backup-dumps"))).toContain("/run/secrets/backup-key");
  const copies = result.only(container, "backup-copies");
  expect(inputs(copies).volumes).toEqual([
    { volumeName: "{backup-files.name}", containerPath: "/var/lib/postgresql", readOnly: true },
    { volumeName: "copy-program", containerPath: "/berth", readOnly: true },
    { volumeName: "copy-secrets", containerPath: "/run/secrets", readOnly: true },
  ]);
  expect(inputs(copies)).toMatchObject({ readOnly: true });
  expect(Object.keys(copyProgram())).toEqual(["copy-backups.ts", "s3.ts", "package.json"]);
  expect(inputs(copies).envs).toContain("S3_ENDPOINT=https://s3.eu-central-1.amazonaws.com");
  expect(JSON.stringify(result)).not.toMatch(/passphrase"/);
});

test.each([
  ["everyHours", { everyHours: 0 }, "backup: everyHours is 0; allowed: 1 to 168."],
  ["keep", { keep: { days: -1, weeks: 0, months: 0 } }, "backup: keep.days is -1; allowed: 0 to 1000."],
])("a wrong %s fails before anything registers", async (_, change, message) => {
  let failure: unknown;
  const { resources } = await synth(() => {
    try {
      new Backup("backup", { ...backup, ...change });
    } catch (error) {
      failure = error;
    }
  });
  expect(String(failure)).toContain(message);
  expect(resources).toEqual([]);
});

test("who holds the engine's socket has no network, and who has a network has no socket", async () => {
  const result = await synth(() => new Watch("watch", watch));
  const [eyes, voice] = ["watch-eyes", "watch-voice"].map((name) => inputs(result.only(container, name)));
  const mounted = (node: typeof eyes) => JSON.stringify(node?.volumes).includes("docker.sock");
  expect([mounted(eyes), eyes?.networkMode, eyes?.networksAdvanced]).toEqual([true, "none", undefined]);
  expect([mounted(voice), voice?.networksAdvanced]).toEqual([false, [{ name: "edge" }]]);
  for (const node of [eyes, voice])
    expect(node).toMatchObject({ capabilities: { drops: ["ALL"] }, securityOpts: ["no-new-privileges:true"] });
  expect(eyes?.envs).toEqual(["BERTH_PROJECT=shop", "BERTH_STACK=test"]);
});

test("all files of the watch's program come along, on a volume that its containers cannot change", async () => {
  const folder = new URL("../../../infra/vps/watch/", import.meta.url);
  const sources = readdirSync(folder).filter((name) => name.endsWith(".ts"));
  expect(Object.keys(watchProgram()).sort()).toEqual([...sources, "package.json"].sort());
  const result = await synth(() => new Watch("watch", watch));
  for (const name of ["watch-eyes", "watch-voice"]) {
    expect(inputs(result.only(container, name))).toMatchObject({ readOnly: true });
    expect(inputs(result.only(container, name)).volumes).toContainEqual({
      volumeName: "program",
      containerPath: "/berth",
      readOnly: true,
    });
  }
});

test("where messages go comes by a volume, and backups are watched where there are some", async () => {
  const result = await synth(
    () =>
      new Watch("watch", {
        ...watch,
        secrets: "told",
        backups: { volume: "backups", everyHours: 6 },
      }),
  );
  const voice = result.only(container, "watch-voice");
  expect(inputs(voice).volumes).toContainEqual({ volumeName: "told", containerPath: "/run/secrets", readOnly: true });
  const [variable] = inputs(voice).envs as unknown as string[];
  expect(JSON.parse(variable?.replace("WATCH=", "") ?? "")).toMatchObject({
    subject: { host: "proxy-1", port: 8443, backups: "/var/lib/postgresql/backups" },
    thresholds: { backupHours: 6 },
  });
});
