// What a picture shows: things in areas, with data that flows between them. Where it all stands is the layout's business.

/** What becomes of a thing; left out for one that stays as it is. */
export type Mark = "new" | "changed" | "replaced" | "removed";

/** One thing, or several of a kind. */
export interface Card {
  /** URN of what it stands for, or a name of its own for a group. */
  readonly id: string;
  readonly area: string;
  /** `load balancer`, `database`: what it is, in words. */
  readonly kind: string;
  readonly title: string;
  readonly lines: readonly string[];
  /** URNs of the resources that it stands for. */
  readonly stands: readonly string[];
  /** Zones it is in, `a`, `b`. */
  readonly zones: readonly string[];
}

/** A part of the picture with a frame. */
export interface Area {
  readonly id: string;
  readonly title: string;
  readonly lines: readonly string[];
  /** `main` areas hold what traffic goes through and stand below each other; `side` and `below` ones hold all else. */
  readonly place: "main" | "side" | "below";
  /** A frame around all areas that name it, e.g. the network. */
  readonly frame?: string;
  readonly stands: readonly string[];
}

/** Data that goes from one card to another. */
export interface Flow {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  /** URNs of the resources that allow it. */
  readonly stands: readonly string[];
}

/** What a kind of cloud or host contributes. */
export interface Sketch {
  readonly areas: readonly Area[];
  readonly cards: readonly Card[];
  readonly flows: readonly Flow[];
}

/** Everybody outside: the start of what is public. */
export const internet = "internet";

export interface MarkedCard extends Card {
  readonly mark?: Mark;
  /** Whether anybody on the internet reaches it directly. */
  readonly isPublic: boolean;
  /** Resources that belong to it beside those that it stands for. */
  readonly more: number;
}

export interface Picture {
  readonly title: string;
  readonly areas: readonly (Area & { readonly mark?: Mark })[];
  readonly cards: readonly MarkedCard[];
  readonly flows: readonly (Flow & { readonly mark?: Mark })[];
  /** Whether it shows a change, so that marks need a legend. */
  readonly compares: boolean;
}
