// What the tests use of autocannon, which brings no types.
declare module "autocannon" {
  interface Options {
    readonly url: string;
    readonly method: string;
    readonly connections: number;
    /** Requests a second, over all connections. */
    readonly overallRate: number;
    /** Seconds. */
    readonly duration: number;
    /** Seconds until a request without an answer counts as timed out. */
    readonly timeout: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  }

  interface Result {
    readonly errors: number;
    readonly timeouts: number;
    readonly statusCodeStats: Readonly<Record<string, { readonly count: number }>>;
  }

  interface Run extends Promise<Result> {
    /** Ends the load; the promise then resolves. */
    stop(): void;
  }

  export default function autocannon(options: Options): Run;
}
