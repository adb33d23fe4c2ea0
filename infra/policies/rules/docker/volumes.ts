// What containers tell each other by volume, and what they keep there.
import type { Policy, Resource, Stack } from "../../model.ts";
import { at, firstFault, listAt, unless } from "../../read.ts";
import { container, isOneOff, neverRuns, volume } from "./host.ts";

export const containerMountsReadOnly: Policy = {
  name: "container-mounts-read-only",
  title:
    "A container cannot change what another tells it by volume: configuration, secrets, certificates, static assets",
  why: "Who breaks in must not decide what is handed out, or what the next container is told.",
  fix: "Set readOnly: true on the mount.",
  severity: "medium",
  controls: [],
  on: [container],
  checkWithin: (one, stack) => {
    if (neverRuns(one) || isOneOff(one)) return undefined;
    const volumes = stack.referredBy(one, volume, "volumes");
    return firstFault(listAt(one.inputs, "volumes"), (mount) => {
      const mounted = volumes.find((candidate) => isOf(mount, candidate));
      const isAnothers = mounted !== undefined && othersWrite(mounted, one, stack);
      const path = String(at(mount, "containerPath"));
      return unless(
        at(mount, "readOnly") === true || uploads.test(path) || !(isAnothers || path.startsWith("/srv/www/")),
        `may change ${path}`,
      );
    });
  },
};

/** Web and worker both keep files there, and neither takes them for more than data. */
const uploads = /\/media$/;

/** Whether a volume is filled by copying files into it, or written to by another service. */
function othersWrite(mounted: Resource, one: Resource, stack: Stack): boolean {
  return stack.referringTo(mounted, container, "volumes").some((other) => {
    if (neverRuns(other)) return listAt(other.inputs, "uploads").length > 0;
    return (
      !isOneOff(other) &&
      serviceOf(other) !== serviceOf(one) &&
      listAt(other.inputs, "volumes").some((mount) => isOf(mount, mounted) && at(mount, "readOnly") !== true)
    );
  });
}

/** Replicas, `web-0` and `web-1`, are one service. */
function serviceOf({ name }: Resource): string {
  return name.replace(/-\d+$/, "");
}

export const dataVolumeProtected: Policy = {
  name: "data-volume-protected",
  title: "The engine refuses to delete a volume with data: the database's, and what users uploaded",
  why: "A renamed resource must end in an error, not in a new and empty database.",
  fix: "Set the options protect and retainOnDelete.",
  severity: "high",
  controls: [],
  on: [volume],
  notIn: {
    development: "it holds demo data",
    staging: "an environment to try things with is thrown away whole, and its data with it",
  },
  checkWithin: (one, stack) => {
    const mounts = stack.referringTo(one, container, "volumes").flatMap(({ inputs }) => listAt(inputs, "volumes"));
    const holdsData = mounts.some((mount) => isOf(mount, one) && dataFolder.test(String(at(mount, "containerPath"))));
    return unless(!holdsData || one.options?.protect === true, "may be deleted with the data in it");
  },
};

/** Where PostgreSQL keeps its data, and the app what users uploaded. */
const dataFolder = /\/postgresql\/data$|\/media$/;

/** Whether a mount is of a volume: by its symbol in a plan, by its name in the engine. */
function isOf(mount: unknown, one: Resource): boolean {
  const mounted = at(mount, "volumeName");
  return mounted !== undefined && [`{${one.name}.name}`, at(one.inputs, "name")].includes(mounted);
}
