// Files in a folder, behind links and forms that the app itself honours; for one machine.
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { signFileToken } from "./file-token.ts";
import { contentTypeOf } from "./file-types.ts";
import { pathOf, privateFolder, type Storage } from "./storage.ts";

/** Where the app answers links and takes forms. */
export const filesPath = "/files/";

export function folderStorage(folder: string, secret: string): Storage {
  const fileOf = (key: string) => join(folder, pathOf(key));
  return {
    async put(key, body) {
      const file = fileOf(key);
      await mkdir(dirname(file), { recursive: true });
      // Moved there whole: nobody may read half a file.
      const partial = `${file}.${process.pid}.partial`;
      await writeFile(partial, body, { mode: 0o640 });
      await rename(partial, file);
    },
    async read(key) {
      const body = await ifThere(readFile(fileOf(key)));
      return body && { body, contentType: contentTypeOf(key) };
    },
    remove: (key) => rm(fileOf(key), { force: true }),
    async signedUrl(key, seconds, fileName) {
      pathOf(key);
      return `${filesPath}${signFileToken(secret, { use: "read", key, fileName }, seconds)}/`;
    },
    async presignUpload({ key, contentType, maxBytes, seconds, redirect }) {
      pathOf(key);
      const policy = signFileToken(secret, { use: "write", key, contentType, maxBytes, redirect }, seconds);
      const back = redirect !== undefined && { success_action_redirect: redirect };
      // In the address, so that it is looked at before there is a body.
      return { url: `${filesPath}${policy}/`, fields: { "content-type": contentType, ...back } };
    },
    async removeOlder(kind, before) {
      const place = join(folder, privateFolder(kind));
      let removed = 0;
      for (const name of (await ifThere(readdir(place))) ?? []) {
        const found = await ifThere(stat(join(place, name)));
        if (found === undefined || found.mtime >= before) continue;
        await rm(join(place, name), { force: true });
        removed += 1;
      }
      return removed;
    },
  };
}

/** Undefined for a file or folder that is not there. */
async function ifThere<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
