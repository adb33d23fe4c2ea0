// Files: uploads, and what the app makes. One port before two stores: a folder, or a bucket of S3.
import { dirname } from "node:path/posix";
import { v7 as uuid } from "uuid";
import type { Environment } from "./load-environment.ts";
import { Problem } from "./problem.ts";

/** A file as it is kept. */
export interface StoredFile {
  readonly body: Buffer;
  readonly contentType: string;
}

/** What a browser sends a file with: a form with these fields first and `file` last (multipart/form-data). */
export interface UploadForm {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface UploadRules {
  readonly key: string;
  /** What the browser says it sends; `acceptUpload` looks for itself. */
  readonly contentType: string;
  readonly maxBytes: number;
  /** How long the form may be sent. */
  readonly seconds: number;
  /** Where the browser goes once the file is there, a whole address; S3 adds a query. @default it stays where it is */
  readonly redirect?: string | undefined;
}

/** Keys are the app's own, never of what users type. Those below `media/` may be seen by everybody, others by nobody. */
export interface Storage {
  put(key: string, body: Buffer, contentType: string): Promise<void>;
  /** Undefined if there is none. */
  read(key: string): Promise<StoredFile | undefined>;
  /** No error if there is none. */
  remove(key: string): Promise<void>;
  /**
   * A link to fetch a file by, for so many seconds; whoever has it needs no account.
   * @param fileName that browsers save it under
   */
  signedUrl(key: string, seconds: number, fileName?: string): Promise<string>;
  /** A form that browsers send one file with, straight to where it is kept. */
  presignUpload(rules: UploadRules): Promise<UploadForm>;
  /** Removes what came before a moment of a kind that nobody sees without a link. @returns how many files that were */
  removeOlder(kind: string, before: Date): Promise<number>;
}

/** Key of a new file that everybody may see, at `/media/…`. @param kind such as tournaments */
export function publicKey(kind: string, extension: string): string {
  return assertKey(`media/${kind}/${uuid()}.${extension}`);
}

/** Key of a new file that nobody sees without a link. */
export function privateKey(kind: string, extension: string): string {
  return assertKey(`${kind}/${uuid()}.${extension}`);
}

export function isPublicKey(key: string): boolean {
  return key.startsWith("media/");
}

/** Where a key's file lies: what nobody may see lies apart from what CDN and web server show. */
export function pathOf(key: string): string {
  return isPublicKey(assertKey(key)) ? key : `private/${key}`;
}

/** Where the files of a kind lie that nobody sees without a link. */
export function privateFolder(kind: string): string {
  return dirname(pathOf(privateKey(kind, "any")));
}

export function isKey(key: string): boolean {
  return /^[a-z0-9-]+(\/[a-z0-9_-]+)+(\.[a-z0-9]{1,8})?$/.test(key) && key.length <= 200;
}

/** @throws Error: a key that is not of this shape is a fault of ours */
function assertKey(key: string): string {
  if (isKey(key)) return key;
  throw new Error(`${JSON.stringify(key)} is no key of a file: it must read kind/name.extension.`);
}

/** For people: 5 MB, of 1024² bytes each. */
export function sizeText(bytes: number): string {
  const megabytes = bytes / 1024 ** 2;
  return Number.isInteger(megabytes) ? `${megabytes} MB` : `${bytes} bytes`;
}

type Settings = Pick<Environment, "MEDIA_STORE" | "SECRET_KEY">;

/** The store that MEDIA_STORE names; opened with the first file. */
export function openStorage(environment: Settings): Storage {
  let opened: Promise<Storage> | undefined;
  const store = () => {
    opened ??= open(environment);
    return opened;
  };
  return {
    put: async (...args) => (await store()).put(...args),
    read: async (key) => (await store()).read(key),
    remove: async (key) => (await store()).remove(key),
    signedUrl: async (...args) => (await store()).signedUrl(...args),
    presignUpload: async (rules) => (await store()).presignUpload(rules),
    // Where no files are kept, none is old.
    removeOlder: async (...args) => (environment.MEDIA_STORE === undefined ? 0 : (await store()).removeOlder(...args)),
  };
}

async function open({ MEDIA_STORE: place, SECRET_KEY }: Settings): Promise<Storage> {
  if (place === undefined) {
    throw new Problem("CONFIGURATION", "Files cannot be kept: set MEDIA_STORE to a folder or to s3://bucket.");
  }
  if (place.startsWith("s3://")) return (await import("./storage-s3.ts")).s3Storage(place);
  return (await import("./storage-folder.ts")).folderStorage(place, SECRET_KEY);
}
