// Host names that lead to the edge, over IPv4 and IPv6.
//
//   new Dns("dns", { certificate, edge });
//
// Monthly cost: none; queries for aliases of CloudFront are free.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Certificate } from "./certificate.ts";
import type { Edge } from "./edge.ts";

export interface DnsArgs {
  /** Its names are the ones that lead to the edge. */
  readonly certificate: Certificate;
  readonly edge: Edge;
}

export class Dns extends pulumi.ComponentResource {
  constructor(name: string, { certificate, edge }: DnsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:edge:Dns", name, {}, opts);
    for (const host of certificate.names) {
      for (const type of ["A", "AAAA"] as const) {
        new aws.route53.Record(
          `${name}-${host}-${type.toLowerCase()}`,
          {
            zoneId: certificate.zoneId,
            name: host,
            type,
            aliases: [{ name: edge.domainName, zoneId: edge.hostedZoneId, evaluateTargetHealth: false }],
          },
          { parent: this },
        );
      }
    }
    this.registerOutputs({});
  }
}
