// Who can reach or do what, as plain sentences.

/** One ability. Two graphs' abilities are the same if all of it is. */
export interface Exposure {
  readonly kind: "network" | "data" | "permission";
  /** `the internet`, `service web-service`, `role web-task-role`, `everybody`. */
  readonly who: string;
  readonly verb: "can" | "may" | "is denied";
  /** `reach load balancer web-lb on port 80`, `s3:PutObject on {storage-static.arn}/static/*`. */
  readonly does: string;
  /** Whether anybody at all is meant. */
  readonly isPublic: boolean;
  readonly grant?: Grant;
}

/** A permission taken apart, so that a narrower one can be told from a new one. */
export interface Grant {
  readonly action: string;
  readonly resource: string;
  readonly conditions: readonly string[];
}

/** From one thing to another over the network. */
export interface Hop {
  readonly from: string;
  readonly to: string;
  /** `port 5432`, `ports 8000 to 8010`, `every port`. */
  readonly ports: string;
}

export const internet = "the internet";
export const everybody = "everybody";

/** `The internet can reach load balancer web-lb on port 80.` */
export function sentence({ who, verb, does }: Exposure): string {
  return capital(`${who} ${verb} ${does}.`);
}

/** `The internet can now reach load balancer web-lb on port 80.` */
export function gainedSentence({ who, verb, does }: Exposure): string {
  return capital(verb === "is denied" ? `${who} is no longer denied ${does}.` : `${who} ${verb} now ${does}.`);
}

export function lostSentence({ who, verb, does }: Exposure): string {
  return capital(verb === "is denied" ? `${who} is now denied ${does}.` : `${who} ${verb} no longer ${does}.`);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
