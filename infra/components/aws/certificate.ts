// A certificate for host names of a hosted zone, proven by DNS, in the region that CloudFront takes certificates from.
//
//   new Certificate("certificate", { names: ["shop.example.com", "www.shop.example.com"], zone: "example.com" });
//
// ACM renews it by itself as long as the records are there. Monthly cost: none; the zone $0.50.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { delegationFault } from "./pure/delegation.ts";
import { edgeRegion } from "./pure/edge-region.ts";
import { found } from "./pure/lookup.ts";

export interface CertificateArgs {
  /** Host names, the one that users shall see first. */
  readonly names: readonly string[];
  /** Public hosted zone that all of them are in; looked up, so that a preview says if it is not there. */
  readonly zone: string;
}

export class Certificate extends pulumi.ComponentResource {
  readonly names: readonly string[];
  /** Known once the certificate is issued. */
  readonly arn: pulumi.Output<string>;
  readonly zoneId: pulumi.Output<string>;

  constructor(name: string, args: CertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    assertInZone(args);
    super("berth:edge:Certificate", name, {}, opts);

    const zone = found(
      aws.route53.getZone({ name: args.zone, privateZone: false }, { parent: this }),
      `There is no public hosted zone ${args.zone} in this account: make it in Route 53, or name another in environment.domain.zone`,
      // Nobody delegates a zone to an emulator.
      async ({ nameServers }) =>
        process.env.AWS_ENDPOINT_URL === undefined ? delegationFault(args.zone, nameServers) : undefined,
    );
    const [first = "", ...others] = args.names;
    const certificate = new aws.acm.Certificate(
      `${name}-acm`,
      { region: edgeRegion, domainName: first, subjectAlternativeNames: others, validationMethod: "DNS" },
      { parent: this },
    );
    const records = validationRecords(this, name, args, certificate, zone.zoneId);
    const validation = new aws.acm.CertificateValidation(
      `${name}-issued`,
      {
        region: edgeRegion,
        certificateArn: certificate.arn,
        validationRecordFqdns: records.map((record) => record.fqdn),
      },
      // ACM issues within minutes once it finds the records. Where it cannot (a CAA record, a zone that only this machine could
      // not ask about), the provider would wait for 75 minutes.
      { parent: this, customTimeouts: { create: "15m" } },
    );

    this.names = args.names;
    this.arn = validation.certificateArn;
    this.zoneId = zone.zoneId;
    this.registerOutputs({ arn: this.arn });
  }
}

function assertInZone({ names, zone }: CertificateArgs): void {
  const outside = names.find((host) => host !== zone && !host.endsWith(`.${zone}`));
  if (names.length === 0 || outside !== undefined) {
    throw new Error(`A certificate names hosts of its zone ${zone}, not ${outside ?? "none"}.`);
  }
}

/** ACM asks for one record for each name, in an order of its own. */
function validationRecords(
  parent: Certificate,
  name: string,
  args: CertificateArgs,
  certificate: aws.acm.Certificate,
  zoneId: pulumi.Output<string>,
): aws.route53.Record[] {
  return args.names.toSorted().map((host, index) => {
    const proof = (property: "resourceRecordName" | "resourceRecordType" | "resourceRecordValue") =>
      certificate.domainValidationOptions.apply((options) => {
        const option = options.toSorted((a, b) => (a.domainName < b.domainName ? -1 : 1))[index];
        return option?.[property] ?? "";
      });
    return new aws.route53.Record(
      `${name}-proof-${host}`,
      {
        zoneId,
        name: proof("resourceRecordName"),
        type: proof("resourceRecordType"),
        records: [proof("resourceRecordValue")],
        ttl: 300,
        // The record belongs to account and name: a certificate made anew asks for the one that is there already.
        allowOverwrite: true,
      },
      { parent },
    );
  });
}
