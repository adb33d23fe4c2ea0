import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { Dns } from "../../../infra/components/aws/dns.ts";
import { Edge } from "../../../infra/components/aws/edge.ts";
import { delegationFault } from "../../../infra/components/aws/pure/delegation.ts";
import { redirectFunction } from "../../../infra/components/aws/pure/redirect-function.ts";
import { synth } from "../../support/synth.ts";
import { certificate, firewall, loadBalancer, network, refused, storage } from "./parts.ts";

const recordType = "aws:route53/record:Record";

test("a certificate in CloudFront's region is proven by one record for each name", async () => {
  const result = await synth(() => void certificate());
  expect(result.only("aws:acm/certificate:Certificate").inputs).toMatchObject({
    region: "us-east-1",
    domainName: "shop.example.com",
    subjectAlternativeNames: ["www.shop.example.com"],
    validationMethod: "DNS",
  });
  const records = result.all(recordType);
  expect(records.map(({ inputs }) => [inputs.zoneId, inputs.name, inputs.type, inputs.records])).toEqual([
    ["{zone example.com}", "{certificate-acm.proof.0.name}", "CNAME", ["{certificate-acm.proof.0.value}"]],
    ["{zone example.com}", "{certificate-acm.proof.1.name}", "CNAME", ["{certificate-acm.proof.1.value}"]],
  ]);
  const issued = result.only("aws:acm/certificateValidation:CertificateValidation");
  expect(issued.inputs.validationRecordFqdns).toEqual(records.map(({ name }) => `{${name}.fqdn}`));
  // A certificate that cannot be proven does not hold an update up for the provider's 75 minutes.
  expect(issued.options.customTimeouts).toEqual({ create: "15m" });
});

test("every name leads to the edge over IPv4 and IPv6", async () => {
  const result = await synth(() => {
    const own = certificate();
    const files = storage();
    const edge = new Edge("edge", {
      loadBalancer: loadBalancer(network()),
      storage: files,
      firewall: firewall(),
      certificate: own,
    });
    new Dns("dns", { certificate: own, edge });
  });
  const aliases = result.all(recordType).filter(({ inputs }) => inputs.aliases !== undefined);
  expect(aliases.map(({ inputs }) => [inputs.name, inputs.type])).toEqual([
    ["shop.example.com", "A"],
    ["shop.example.com", "AAAA"],
    ["www.shop.example.com", "A"],
    ["www.shop.example.com", "AAAA"],
  ]);
  for (const { inputs } of aliases) {
    expect(inputs).toMatchObject({
      zoneId: "{zone example.com}",
      aliases: [{ name: "{edge-cdn.domainName}", zoneId: "{edge-cdn.hostedZoneId}", evaluateTargetHealth: false }],
    });
  }
});

test("refuses names outside of the zone before anything registers", async () => {
  expect(
    await refused(() => certificate(["shop.example.org"]), /its zone example\.com, not shop\.example\.org/),
  ).toEqual([]);
  expect(await refused(() => certificate(["badexample.com"]), /not badexample\.com/)).toEqual([]);
  expect(await refused(() => certificate([]), /not none/)).toEqual([]);
});

describe("a zone that the internet does not ask", () => {
  const own = ["ns-1.awsdns-01.org", "ns-2.awsdns-02.com"];
  /** A resolver that knows these names, and says of others what DNS says. */
  const dns = (names: Readonly<Record<string, readonly string[]>>) => async (name: string) => {
    const servers = names[name];
    if (servers === undefined) throw Object.assign(new Error(`queryNs ENOTFOUND ${name}`), { code: "ENOTFOUND" });
    return servers;
  };

  test("is refused, with the name servers to set", async () => {
    const elsewhere = dns({ "example.com": ["ns1.registrar.example"], "amazonaws.com": ["r1.amazonaws.com"] });
    expect(await delegationFault("example.com", own, elsewhere)).toBe(
      "The internet is delegated to ns1.registrar.example for example.com, and not to the hosted zone of this account, so no certificate can be issued: set the name servers ns-1.awsdns-01.org, ns-2.awsdns-02.com where the domain is registered, or name another zone in environment.domain.zone.",
    );
    const nowhere = dns({ "amazonaws.com": ["r1.amazonaws.com"] });
    expect(await delegationFault("example.com", own, nowhere)).toContain("is delegated to no zone for example.com");
  });

  test("is no fault where it is asked, or where this machine cannot ask, or where nobody was asked for the zone", async () => {
    expect(await delegationFault("example.com", own, dns({ "example.com": ["NS-2.awsdns-02.com."] }))).toBeUndefined();
    expect(await delegationFault("example.com", own, dns({}))).toBeUndefined();
    expect(await delegationFault("example.com", undefined, dns({}))).toBeUndefined();
  });
});

interface Answer {
  readonly statusCode?: number;
  readonly headers?: { readonly location?: { readonly value: string } };
}

/** Runs the function's code as an edge location does. */
function atEdge(host: string, uri: string, querystring: object): Answer {
  const request = { method: "GET", uri, querystring, headers: { host: { value: host } }, cookies: {} };
  const code = `${redirectFunction("shop.example.com")}; handler(${JSON.stringify({ request })})`;
  return runInNewContext(code) as Answer;
}

test("the redirect keeps path and query, and leaves the right host alone", () => {
  const query = { a: { value: "1", multiValue: [{ value: "1" }, { value: "2%20x" }] }, flag: { value: "" } };
  expect(atEdge("www.shop.example.com", "/tournaments/", query)).toMatchObject({
    statusCode: 301,
    headers: { location: { value: "https://shop.example.com/tournaments/?a=1&a=2%20x&flag" } },
  });
  expect(atEdge("www.shop.example.com", "/", {}).headers?.location?.value).toBe("https://shop.example.com/");
  expect(atEdge("shop.example.com", "/tournaments/", query)).toMatchObject({ uri: "/tournaments/" });
});
