// What a program does that no plan can be made of.

/** Where a fault is, as far as that is known. */
export interface FaultPlace {
  /** File and line. */
  readonly place?: string;
  /** Name of the function that the program calls. */
  readonly calls?: string;
}

/** One sentence: what the program does, and what to do instead. */
export class EvaluationFault extends Error {
  override readonly name = "EvaluationFault";
  readonly at: FaultPlace;

  constructor(message: string, at: FaultPlace = {}) {
    super(message);
    this.at = at;
  }
}
