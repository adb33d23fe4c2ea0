// A resource monitor that writes down what a program registers instead of sending it to an engine, and answers with
// symbols: `{network-vpc.id}` stands for the id that the VPC will have.
import * as pulumi from "@pulumi/pulumi";
import type * as proto from "@pulumi/pulumi/proto/resource_pb.js";
import resourceProto from "@pulumi/pulumi/proto/resource_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { type Graph, type ResourceNode, type ResourceNodeOptions, unknownValue } from "./graph.ts";
import { answerInvoke, outputsOf } from "./symbols.ts";

const {
  DeploymentInfo,
  ReadResourceResponse,
  RegisterResourceResponse,
  ResourceInvokeResponse,
  ResourceMonitorFeature,
} = resourceProto;

/** All but "output values": without that one the SDK sends plain values with markers, which is what `decode` reads. */
const features = Object.values(ResourceMonitorFeature).filter(
  (feature): feature is proto.ResourceMonitorFeature =>
    typeof feature === "number" && feature !== ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES,
);

const stackType = "pulumi:pulumi:Stack";

/** The markers with which values travel between a program and the engine (`sdk/nodejs/runtime/rpc.ts` of Pulumi). */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const unknownMarker = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

type Plain = string | number | boolean | null | Plain[] | PlainObject;
type PlainObject = { [key: string]: Plain };
type Callback = (error: unknown, response: unknown) => void;

/** Records every registration of a program; invokes that nothing here can answer are refused. */
export class Recorder {
  readonly #nodes: ResourceNode[] = [];
  #outputs: Record<string, unknown> = {};
  /** What the program may not do here. Kept rather than answered: the SDK turns an answer's error into one without words. */
  readonly faults: Error[] = [];

  /** All that was registered, resources in the order of their URNs. */
  graph(project: string, stack: string): Graph {
    const resources = this.#nodes.toSorted((a, b) => (a.urn < b.urn ? -1 : 1));
    return { project, stack, resources, outputs: this.#outputs };
  }

  registerResource(request: proto.RegisterResourceRequest, callback: Callback): void {
    const type = request.getType();
    const name = request.getName();
    const urn = urnOf(request.getParent(), type, name);
    const id = request.getCustom() ? `{${name}.id}` : "";
    const inputs = (request.getObject()?.toJavaScript() ?? {}) as PlainObject;
    if (type === stackType) {
      callback(null, answer(urn, id, inputs));
      return;
    }
    if (this.#nodes.some((node) => node.urn === urn)) {
      this.faults.push(new Error(`Two resources of type ${type} are called "${name}": rename one.`));
    }
    this.#nodes.push(describe(request, urn, inputs));
    const state: PlainObject = request.getCustom() ? { ...outputsOf(type, name), ...inputs } : inputs;
    for (const key of request.getAdditionalsecretoutputsList()) {
      if (state[key] !== undefined) state[key] = { [signatureKey]: secretSignature, value: state[key] };
    }
    callback(null, answer(urn, id, state));
  }

  registerResourceOutputs(request: proto.RegisterResourceOutputsRequest, callback: Callback): void {
    if (qualifiedType(request.getUrn()) === stackType) {
      this.#outputs = sortKeys(decode((request.getOutputs()?.toJavaScript() ?? {}) as PlainObject));
    }
    callback(null, {});
  }

  invoke(request: proto.ResourceInvokeRequest, callback: Callback): void {
    const token = request.getTok();
    const result = answerInvoke(token, decode((request.getArgs()?.toJavaScript() ?? {}) as PlainObject));
    if (result === undefined) {
      this.faults.push(
        new Error(`The program calls ${token}, which only the cloud can answer: take the value from configuration.`),
      );
    }
    const response = new ResourceInvokeResponse();
    response.setReturn(struct.Struct.fromJavaScript((result ?? {}) as never));
    callback(null, response);
  }

  readResource(request: proto.ReadResourceRequest, callback: Callback): void {
    this.faults.push(
      new Error(`The program reads ${request.getType()} from the cloud: take the value from configuration.`),
    );
    callback(null, new ReadResourceResponse());
  }

  registerResourceHook(_request: unknown, callback: Callback): void {
    callback(null, {});
  }

  registerErrorHook(_request: unknown, callback: Callback): void {
    callback(null, {});
  }

  registerStackTransform(_request: unknown, callback: Callback): void {
    callback(null, {});
  }

  getDeploymentInfo(_request: unknown, callback: Callback): void {
    const info = new DeploymentInfo();
    info.setSupportedfeaturesList(features);
    callback(null, info);
  }

  registerPackage(_request: unknown, callback: Callback): void {
    callback(new Error("Parameterized packages are not part of this kit."), undefined);
  }
}

function urnOf(parent: string, type: string, name: string): string {
  const parentType = qualifiedType(parent);
  const qualified = parentType === undefined || parentType === stackType ? type : `${parentType}$${type}`;
  return `urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}::${qualified}::${name}`;
}

function qualifiedType(urn: string): string | undefined {
  return urn.split("::")[2];
}

function describe(request: proto.RegisterResourceRequest, urn: string, inputs: PlainObject): ResourceNode {
  const parent = request.getParent();
  const propertyDependencies: Record<string, string[]> = {};
  request.getPropertydependenciesMap().forEach((dependencies, property) => {
    const urns = dependencies.getUrnsList().toSorted();
    if (urns.length > 0) propertyDependencies[property] = urns;
  });
  return {
    urn,
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    ...(parent === "" || qualifiedType(parent) === stackType ? {} : { parent }),
    inputs: sortKeys(decode(inputs)),
    dependencies: request.getDependenciesList().toSorted(),
    propertyDependencies: sortKeys(propertyDependencies),
    ...(request.getProvider() === "" ? {} : { provider: request.getProvider().split("::").at(-2) }),
    options: options(request),
  };
}

function options(request: proto.RegisterResourceRequest): ResourceNodeOptions {
  const hooks = Object.values(request.getHooks()?.toObject() ?? {}).flat();
  const aliases = request.getAliasesList().flatMap((alias) => alias.getUrn() || alias.getSpec()?.getName() || []);
  return {
    ...(request.getProtect() ? { protect: true as const } : {}),
    ...(request.getRetainondelete() ? { retainOnDelete: true as const } : {}),
    ...(request.getDeletebeforereplacedefined() ? { deleteBeforeReplace: request.getDeletebeforereplace() } : {}),
    ...list("ignoreChanges", request.getIgnorechangesList()),
    ...list("replaceOnChanges", request.getReplaceonchangesList()),
    ...list("aliases", aliases),
    ...list("hooks", hooks),
  };
}

function list<Key extends string>(key: Key, values: readonly string[]): { [key in Key]?: readonly string[] } {
  return values.length === 0 ? {} : ({ [key]: values } as { [key in Key]?: readonly string[] });
}

function answer(urn: string, id: string, state: PlainObject): proto.RegisterResourceResponse {
  const response = new RegisterResourceResponse();
  response.setUrn(urn);
  response.setId(id);
  response.setObject(struct.Struct.fromJavaScript(state as never));
  return response;
}

/** From the wire's markers to what a graph holds. */
function decode(value: Plain): unknown {
  if (value === unknownMarker) return unknownValue;
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value !== "object" || value === null) return value;
  if (value[signatureKey] === secretSignature) return { secret: secretName(value.value ?? null) };
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== signatureKey)
      .map(([key, inner]) => [key, decode(inner)]),
  );
}

/** Secrets show where they come from, `{database-password.result}`, if that is all they are. */
function secretName(value: Plain): string {
  return typeof value === "string" && /^\{[^{}]+\}$/.test(value) ? value : "…";
}

function sortKeys(value: unknown): Record<string, never> {
  return sorted(value) as Record<string, never>;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
