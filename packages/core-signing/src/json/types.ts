/** Anything JSON can say (RFC 8259). */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** What both `canonicalize` and `parseJson` can be told to refuse. */
export interface JsonLimits {
  /** Arrays and objects inside each other; 64 unless told otherwise. */
  readonly maxDepth?: number;
  /**
   * `safe` refuses integers beyond 2^53-1, which a double cannot tell from their neighbours; `any`,
   * the default, takes every finite double.
   */
  readonly integers?: 'any' | 'safe';
}

/** How deep JSON may nest where nobody says otherwise. */
export const DEFAULT_MAX_DEPTH = 64;
