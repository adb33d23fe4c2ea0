// Images of a tournament: uploaded straight to where files are kept, shown once somebody has looked at what came.
import { v7 as uuid } from "uuid";
import { audit } from "../../platform/audit.ts";
import type { FileType } from "../../platform/file-types.ts";
import type { Database } from "../../platform/postgres.ts";
import { Problem } from "../../platform/problem.ts";
import { inScope } from "../../platform/scope.ts";
import type { Storage } from "../../platform/storage.ts";
import { acceptUpload, lookAtUpload, offerUpload, type UploadOffer, type UploadWish } from "../../platform/uploads.ts";
import { findOwn, organising, type StaffBy, touch } from "./access.ts";

export const imageTypes = ["png", "jpg", "webp"] as const satisfies readonly FileType[];

export const imageLimits = { bytes: 5 * 1024 * 1024, images: 12 };

/** Where files are kept, and what signs receipts for them. */
export interface Media {
  readonly storage: Storage;
  readonly secret: string;
}

/** A receipt is good for one organiser's tournament only. */
const ownedBy = (media: Media, { tenant }: StaffBy, slug: string) => ({ ...media, owner: `${tenant}/${slug}` });

/** A form for one image. @throws Problem if the organiser has no such tournament */
export async function offerImage(
  database: Database,
  media: Media,
  by: StaffBy,
  slug: string,
  wish: Omit<UploadWish, "maxBytes">,
): Promise<UploadOffer> {
  await inScope(database, by, (trx) => findOwn(trx, by.tenant, slug));
  return offerUpload(ownedBy(media, by, slug), { ...wish, maxBytes: imageLimits.bytes });
}

/** Looks at an image that has been uploaded and is not shown yet. @throws Problem if it has not come, or is none */
export function lookAtImage(media: Media, by: StaffBy, slug: string, receipt: string): Promise<void> {
  return lookAtUpload(ownedBy(media, by, slug), receipt, imageTypes);
}

/** Shows an image that has been uploaded. @returns its id and address */
export async function addImage(
  database: Database,
  media: Media,
  by: StaffBy,
  slug: string,
  { receipt, alt }: { readonly receipt: string; readonly alt: string },
): Promise<{ readonly id: string; readonly url: string; readonly alt: string }> {
  await inScope(database, by, (trx) => findOwn(trx, by.tenant, slug));
  const key = await acceptUpload(ownedBy(media, by, slug), receipt, { kind: "tournaments", types: imageTypes });
  try {
    return await organising(database, by, slug, async (trx, tournament) => {
      const { id: tournament_id, tenant_id } = tournament;
      const images = trx.selectFrom("tournament_images").select("id").where("tournament_id", "=", tournament_id);
      if ((await images.execute()).length >= imageLimits.images) {
        throw new Problem("CONFLICT", `A tournament has ${imageLimits.images} images at most: remove one first.`);
      }
      const id = uuid();
      await trx.insertInto("tournament_images").values({ id, tenant_id, tournament_id, key, alt }).execute();
      await touch(trx, tournament);
      await audit(trx, { action: "tournament.add_image", entity: tournament_id, detail: { image: id } });
      return { id, url: `/${key}`, alt };
    });
  } catch (error) {
    // What no row names would stay for ever.
    await media.storage.remove(key);
    throw error;
  }
}

export async function removeImage(
  database: Database,
  media: Media,
  by: StaffBy,
  slug: string,
  image: string,
): Promise<void> {
  const key = await organising(database, by, slug, async (trx, tournament) => {
    const removed = await trx
      .deleteFrom("tournament_images")
      .where("tenant_id", "=", by.tenant)
      .where("tournament_id", "=", tournament.id)
      .where("id", "=", image)
      .returning("key")
      .executeTakeFirst();
    if (removed === undefined) throw new Problem("NOT_FOUND", "There is no such image.");
    await touch(trx, tournament);
    await audit(trx, { action: "tournament.remove_image", entity: tournament.id, detail: { image } });
    return removed.key;
  });
  await media.storage.remove(key);
}
