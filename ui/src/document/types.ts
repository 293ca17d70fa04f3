/**
 * The journey's YAML text is the document. Every view reads it, and every change
 * is a splice of it: see edits.ts. A path leads to a value in it, from the top:
 * ["steps", 2, "branches", "timeout", 0, "wait", "for"].
 */
export type Path = readonly (string | number)[];

/** What YAML holds when it is read as plain data. */
export type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain };

/**
 * An Edit is the text after a change, or why there is none: the place could not be
 * changed without touching what is not ours. The reader is then led to that line of
 * the YAML.
 */
export type Edit = { text: string; renamed?: readonly Renamed[]; refused?: undefined } | { text?: undefined; refused: string; line: number };

/** A place in a list of steps: the list's path, and the index in it. */
export interface Place {
  list: Path;
  index: number;
}

/** Renamed is a step's id, or the name of an outcome of `step`, that became another. */
export interface Renamed {
  step?: string;
  from: string;
  to: string;
}
