// Lets browsers send files to a bucket, with forms that the app signed.
//
//   new Uploads("uploads", { bucket: storage.media, origins: ["https://shop.example.com"] });
//
// What a form may hold (type, size, key) stands in the policy that the app signs with it. Monthly cost: none.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface UploadsArgs {
  readonly bucket: aws.s3.Bucket;
  /** Whose pages may send: scheme and host. */
  readonly origins: readonly pulumi.Input<string>[];
}

export class Uploads extends pulumi.ComponentResource {
  constructor(name: string, { bucket, origins }: UploadsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:storage:Uploads", name, {}, opts);
    new aws.s3.BucketCorsConfiguration(
      `${name}-cors`,
      {
        bucket: bucket.bucket,
        corsRules: [
          { allowedOrigins: [...origins], allowedMethods: ["POST"], allowedHeaders: ["*"], maxAgeSeconds: 3600 },
        ],
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
