// Files in a bucket, behind links and forms that S3 itself honours.
import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
  type S3ClientConfig,
} from "@aws-sdk/client-s3";
import { createPresignedPost } from "@aws-sdk/s3-presigned-post";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { attachment } from "./attachment.ts";
import { parseBucket } from "./publish-assets.ts";
import { pathOf, privateFolder, type Storage } from "./storage.ts";

/** @param place s3://bucket, or s3://bucket/prefix */
export function s3Storage(place: string, config: S3ClientConfig = {}): Storage {
  const { bucket: Bucket, prefix } = parseBucket(place);
  const client = new S3Client(config);
  const object = (key: string) => ({ Bucket, Key: `${prefix}${pathOf(key)}` });
  return {
    async put(key, body, contentType) {
      await client.send(new PutObjectCommand({ ...object(key), Body: body, ContentType: contentType }));
    },
    async read(key) {
      try {
        const { Body, ContentType } = await client.send(new GetObjectCommand(object(key)));
        const body = Buffer.from((await Body?.transformToByteArray()) ?? []);
        return { body, contentType: ContentType ?? "application/octet-stream" };
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    async remove(key) {
      await client.send(new DeleteObjectCommand(object(key)));
    },
    signedUrl(key, seconds, fileName) {
      const disposition = {
        ResponseContentDisposition: attachment(fileName),
        ResponseCacheControl: "private, no-store",
      };
      return getSignedUrl(client, new GetObjectCommand({ ...object(key), ...disposition }), { expiresIn: seconds });
    },
    async presignUpload({ key, contentType, maxBytes, seconds, redirect }) {
      return createPresignedPost(client, {
        ...object(key),
        Conditions: [["content-length-range", 1, maxBytes]],
        Fields: { "content-type": contentType, ...(redirect !== undefined && { success_action_redirect: redirect }) },
        Expires: seconds,
      });
    },
    async removeOlder(kind, before) {
      let removed = 0;
      const Prefix = `${prefix}${privateFolder(kind)}/`;
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix })) {
        for (const { Key, LastModified } of Contents) {
          if (Key === undefined || LastModified === undefined || LastModified >= before) continue;
          await client.send(new DeleteObjectCommand({ Bucket, Key }));
          removed += 1;
        }
      }
      return removed;
    },
  };
}
