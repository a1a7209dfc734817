/** A stretch of text, from `start` up to `end`, in UTF-16 units. */
export interface DetectedSpan {
  readonly start: number;
  readonly end: number;
  readonly type: string;
}

/** Finds text of the given types. For a type it does not know it must throw, not find nothing. */
export type Detect = (text: string, types: readonly string[]) => readonly DetectedSpan[];
