// What a look at an environment finds. No judgement here.

/** One container of the environment, as the engine tells. */
export interface ContainerFact {
  readonly name: string;
  readonly part: string;
  /** `running`, `exited`, `restarting`, … */
  readonly state: string;
  /** `healthy`, `unhealthy`, `starting`; `none` without a health check. */
  readonly health: string;
  readonly restarts: number;
  readonly outOfMemory: boolean;
  /** Exit code of one that does not run. */
  readonly exitCode: number;
  /** Docker starts it again when it ends: one that is meant to run. */
  readonly lasting: boolean;
  readonly started: string;
}

export interface BackupFacts {
  /** Time of the newest, in ISO 8601; undefined if there is none. */
  readonly newest?: string;
  readonly count: number;
  /** Bytes of the newest. */
  readonly bytes?: number;
  /** Time and reason, if the last one that was tried failed. */
  readonly failure?: string;
}

export interface Facts {
  /** Time of the look, in ISO 8601. */
  readonly at: string;
  readonly site: {
    readonly url: string;
    readonly status?: number;
    readonly milliseconds: number;
    readonly error?: string;
  };
  /** End of the certificate, in ISO 8601; undefined over HTTP. */
  readonly certificate?: string;
  readonly disk: { readonly totalBytes: number; readonly freeBytes: number };
  readonly memory: { readonly totalBytes: number; readonly availableBytes: number };
  /** Undefined until the engine was looked at. */
  readonly containers?: readonly ContainerFact[];
  /** Time at which the engine was looked at last, in ISO 8601. */
  readonly containersAt?: string;
  /** Undefined where no backups are configured. */
  readonly backup?: BackupFacts;
}
