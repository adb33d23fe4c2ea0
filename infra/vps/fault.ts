// What goes wrong on a Docker host and the user can do something about.

/** One sentence: what, where, what to do. */
export class HostFault extends Error {
  override readonly name = "HostFault";
}
