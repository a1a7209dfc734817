/** Any JSON value (RFC 8259). */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Limits that `canonicalize` and `parseJson` share. */
export interface JsonLimits {
  /** Largest nesting of arrays and objects; default 64. */
  readonly maxDepth?: number;
  /**
   * `safe` refuses integers beyond 2^53-1, which a double cannot represent exactly; `any`, the
   * default, accepts every finite double.
   */
  readonly integers?: 'any' | 'safe';
}

/** The default limit of nesting. */
export const DEFAULT_MAX_DEPTH = 64;
