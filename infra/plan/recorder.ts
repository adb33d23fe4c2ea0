// A resource monitor that writes down what a program registers instead of sending it to an engine, and answers with
// symbols: `{network-vpc.id}` stands for the id that the VPC will have.
import * as pulumi from "@pulumi/pulumi";
import type * as proto from "@pulumi/pulumi/proto/resource_pb.js";
import resourceProto from "@pulumi/pulumi/proto/resource_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { aliasUrns, type Identity, isStack, urnOf } from "./aliases.ts";
import { EvaluationFault } from "./fault.ts";
import type { Graph, ResourceNode, ResourceNodeOptions } from "./graph.ts";
import { answerInvoke, outputsOf } from "./symbols.ts";
import { decodeObject, type PlainObject, secretSignature, signatureKey, sortedRecord } from "./wire.ts";

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

type Callback = (error: unknown, response: unknown) => void;

/** Records every registration of a program; invokes that nothing here can answer are refused. */
export class Recorder {
  readonly #nodes = new Map<string, ResourceNode>();
  readonly #places = new Map<string, string>();
  #outputs: Record<string, unknown> = {};
  /** What the program may not do here. Kept rather than answered: the SDK turns an answer's error into one without words. */
  readonly faults: Error[] = [];

  /** All that was registered, resources in the order of their URNs. */
  graph(project: string, stack: string): Graph {
    const resources = [...this.#nodes.values()].sort((a, b) => (a.urn < b.urn ? -1 : 1));
    return { project, stack, resources, outputs: this.#outputs };
  }

  /** Tells where in the program a resource is made that is about to be registered. */
  locate(type: string, name: string, place: string): void {
    this.#places.set(`${type} ${name}`, place);
  }

  has(type: string, name: string): boolean {
    return this.#nodes.values().some((node) => node.type === type && node.name === name);
  }

  registerResource(request: proto.RegisterResourceRequest, callback: Callback): void {
    const self: Identity = {
      stack: pulumi.getStack(),
      project: pulumi.getProject(),
      parent: request.getParent(),
      type: request.getType(),
      name: request.getName(),
    };
    const { type, name } = self;
    const urn = urnOf(self);
    const id = request.getCustom() ? `{${name}.id}` : "";
    const inputs = (request.getObject()?.toJavaScript() ?? {}) as PlainObject;
    if (isStack(urn)) {
      callback(null, answer(urn, id, inputs));
      return;
    }
    if (this.#nodes.has(urn)) {
      const message = `Two resources of type ${type} are called "${name}": rename one.`;
      this.faults.push(new EvaluationFault(message, { place: sourceOf(request) }));
    }
    const parentAliases = this.#nodes.get(self.parent)?.options.aliases ?? [];
    const place = this.#places.get(`${type} ${name}`);
    const node = describe(request, self, inputs, parentAliases);
    this.#nodes.set(urn, place === undefined ? node : { ...node, place });
    const state: PlainObject = request.getCustom() ? { ...outputsOf(type, name), ...inputs } : inputs;
    for (const key of request.getAdditionalsecretoutputsList()) {
      if (state[key] !== undefined) state[key] = { [signatureKey]: secretSignature, value: state[key] };
    }
    callback(null, answer(urn, id, state));
  }

  registerResourceOutputs(request: proto.RegisterResourceOutputsRequest, callback: Callback): void {
    if (isStack(request.getUrn())) {
      this.#outputs = decodeObject((request.getOutputs()?.toJavaScript() ?? {}) as PlainObject);
    }
    callback(null, {});
  }

  invoke(request: proto.ResourceInvokeRequest, callback: Callback): void {
    const token = request.getTok();
    const result = answerInvoke(token, decodeObject((request.getArgs()?.toJavaScript() ?? {}) as PlainObject));
    if (result === undefined) {
      const message = `The program calls ${token}, which only the cloud can answer: take the value from configuration.`;
      this.faults.push(new EvaluationFault(message, { calls: token.split(":").at(-1) }));
    }
    const response = new ResourceInvokeResponse();
    response.setReturn(struct.Struct.fromJavaScript((result ?? {}) as never));
    callback(null, response);
  }

  readResource(request: proto.ReadResourceRequest, callback: Callback): void {
    const message = `The program reads ${request.getType()} "${request.getName()}" from the cloud: take the value from configuration.`;
    this.faults.push(new EvaluationFault(message, { place: sourceOf(request) }));
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

function describe(
  request: proto.RegisterResourceRequest,
  self: Identity,
  inputs: PlainObject,
  parentAliases: readonly string[],
): ResourceNode {
  const propertyDependencies: Record<string, string[]> = {};
  request.getPropertydependenciesMap().forEach((dependencies, property) => {
    const urns = dependencies.getUrnsList().toSorted();
    if (urns.length > 0) propertyDependencies[property] = urns;
  });
  return {
    urn: urnOf(self),
    type: self.type,
    name: self.name,
    custom: request.getCustom(),
    ...(self.parent === "" || isStack(self.parent) ? {} : { parent: self.parent }),
    inputs: decodeObject(inputs),
    dependencies: request
      .getDependenciesList()
      .filter((urn) => !isStack(urn))
      .sort(),
    propertyDependencies: sortedRecord(propertyDependencies, (urns) => urns),
    ...(request.getProvider() === "" ? {} : { provider: request.getProvider().split("::").at(-2) }),
    options: options(request, aliasUrns(self, request.getAliasesList(), parentAliases)),
  };
}

function options(request: proto.RegisterResourceRequest, aliases: readonly string[]): ResourceNodeOptions {
  const hooks = Object.values(request.getHooks()?.toObject() ?? {}).flat();
  const timeouts = Object.entries(request.getCustomtimeouts()?.toObject() ?? {}).filter(([, time]) => time !== "");
  return {
    ...(request.getProtect() ? { protect: true as const } : {}),
    ...(request.getRetainondelete() ? { retainOnDelete: true as const } : {}),
    ...(request.getDeletebeforereplacedefined() ? { deleteBeforeReplace: request.getDeletebeforereplace() } : {}),
    ...list("ignoreChanges", request.getIgnorechangesList()),
    ...list("replaceOnChanges", request.getReplaceonchangesList()),
    ...list("additionalSecretOutputs", request.getAdditionalsecretoutputsList()),
    ...list("aliases", aliases),
    ...list("hooks", hooks),
    ...(request.getDeletedwith() === "" ? {} : { deletedWith: request.getDeletedwith() }),
    ...list("replaceWith", request.getReplaceWithList()),
    ...(request.getImportid() === "" ? {} : { import: request.getImportid() }),
    ...(timeouts.length === 0 ? {} : { customTimeouts: Object.fromEntries(timeouts) }),
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

/** Where in the program a resource is made; known only where stack traces are kept. */
function sourceOf(request: proto.RegisterResourceRequest | proto.ReadResourceRequest): string | undefined {
  const frames = request.getStacktrace()?.getFramesList() ?? [];
  const positions = [request.getSourceposition(), ...frames.map((frame) => frame.getPc())];
  const own = positions.find((position) => position !== undefined && !position.getUri().includes("/node_modules/"));
  return own === undefined ? undefined : `${own.getUri().replace(/^(project|file):\/\//, "")}:${own.getLine()}`;
}
