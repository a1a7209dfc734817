/** A stretch of text, from `start` up to `end`, in UTF-16 units. */
export interface DetectedSpan {
  readonly start: number;
  readonly end: number;
  readonly type: string;
  /** What the detection counts as on record; personal data when absent. */
  readonly family?: 'pii' | 'secret';
  /** 0 to 1; 1 when absent. */
  readonly confidence?: number;
  /** A reason to block by itself. */
  readonly alwaysBlocking?: boolean;
}

/** Finds text of the given types. For a type it does not know it must throw, not find nothing. */
export type Detect = (text: string, types: readonly string[]) => readonly DetectedSpan[];
