// Puts the app's files of a backup back into their volume. The container that has the backups may only read that, so that whoever gets
// into it cannot change what users uploaded: it sends a tar to another one, which runs as the app's user for that moment.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { appUser, mediaFolder } from "../components/docker/pure/container.ts";
import { backupContainer } from "./backups.ts";
import { HostFault } from "./fault.ts";
import { type Answer, dockerOn, type HostStack, lastLine, mustDocker } from "./host.ts";

/** What putting back came to. */
export interface FilesPutBack {
  /** Files that were missing, or had another content. */
  readonly files: number;
  readonly bytes: number;
  /** Paths of those that are damaged in the backup, and were left out. */
  readonly damaged: readonly string[];
}

const script = readFileSync(join(import.meta.dirname, "scripts/put-files.sh"), "utf8");

/**
 * Puts back what is missing or differs, and removes nothing.
 *
 * @returns undefined if the backup has no list of files: it was made before there were any in backups
 * @throws HostFault if that does not succeed
 */
export async function putFilesBack(stack: HostStack, id: string): Promise<FilesPutBack | undefined> {
  const container = await backupContainer(stack);
  const { image, volume } = await placeOf(stack, container);
  // It was made before there were files in backups, and so were its backups.
  if (volume === "") return undefined;
  const tar = new PassThrough();
  const [sent, put] = await Promise.allSettled([
    dockerOn(stack, ["exec", container, "/berth/backup.sh", "files", id], { output: tar }),
    dockerOn(stack, putting(stack, image, volume), { input: tar }).finally(() => tar.destroy()),
  ]);
  // Who cannot write says why; who sends then only finds that nobody reads any more.
  mustEnd(put, `the files of ${id} could not be put into the volume ${volume}`);
  return parsePutBack(mustEnd(sent, `the files of ${id} could not be read from ${container}`).stderr);
}

async function placeOf(stack: HostStack, container: string): Promise<{ image: string; volume: string }> {
  const mounted = `{{range .Mounts}}{{if eq .Destination "${mediaFolder}"}}{{.Name}}{{end}}{{end}}`;
  const text = await mustDocker(
    stack,
    ["inspect", "--format", `{{.Image}} ${mounted}`, container],
    `cannot inspect ${container}`,
  );
  const [image = "", volume = ""] = text.trim().split(" ");
  return { image, volume };
}

function putting({ project, name }: HostStack, image: string, volume: string): string[] {
  const labels = [`berth.part=backup`, `berth.project=${project}`, `berth.stack=${name}`];
  return [
    ...["run", "--rm", "--interactive", "--user", appUser, "--network", "none", "--read-only", "--memory", "128m"],
    ...["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--volume", `${volume}:${mediaFolder}`],
    ...labels.flatMap((label) => ["--label", label]),
    ...["--entrypoint", "bash", image, "-c", script, "put-files", mediaFolder],
  ];
}

function mustEnd(ended: PromiseSettledResult<Answer>, what: string): Answer {
  if (ended.status === "rejected") throw ended.reason;
  const { code, stderr } = ended.value;
  if (code === 0) return ended.value;
  throw new HostFault(`${what} (exit code ${code}): ${lastLine(stderr)}`);
}

/** Reads `field=value` lines: one for each damaged file, then the counts, which are not there if there is no list. */
export function parsePutBack(text: string): FilesPutBack | undefined {
  const values = (field: string) =>
    [...text.matchAll(new RegExp(`^${field}=(.*)$`, "gm"))].map(([, value = ""]) => value);
  const [files] = values("files");
  if (files === undefined) return undefined;
  return { files: Number(files), bytes: Number(values("filebytes")[0]), damaged: values("damaged") };
}
