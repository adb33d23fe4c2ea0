// Files in a folder, behind links and forms that the app itself honours; for one machine.
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { signFileToken } from "./file-token.ts";
import { contentTypeOf } from "./file-types.ts";
import { pathOf, type Storage } from "./storage.ts";

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
      try {
        return { body: await readFile(fileOf(key)), contentType: contentTypeOf(key) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },
    remove: (key) => rm(fileOf(key), { force: true }),
    async signedUrl(key, seconds, fileName) {
      pathOf(key);
      return `${filesPath}${signFileToken(secret, { use: "read", key, fileName }, seconds)}/`;
    },
    async presignUpload({ key, contentType, maxBytes, seconds }) {
      pathOf(key);
      const policy = signFileToken(secret, { use: "write", key, contentType, maxBytes }, seconds);
      return { url: filesPath, fields: { "content-type": contentType, policy } };
    },
  };
}
