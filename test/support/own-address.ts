// An address of this machine that containers reach.
import { networkInterfaces } from "node:os";

export function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const found = all.find(({ family, internal }) => family === "IPv4" && !internal);
  if (found === undefined) throw new Error("This machine has no IPv4 address that a container could reach.");
  return found.address;
}
