/** The limits of a text. Each is checked before any work whose cost is more than linear. */
export interface YamlLimits {
  /** Bytes of UTF-8; 262,144 when absent. */
  readonly maxBytes?: number;
  /** Entries of one map or list; 2000 when absent. */
  readonly maxEntries?: number;
  /** Levels of maps and lists; 64 when absent. */
  readonly maxDepth?: number;
  /** Uses of anchors, counted as the values they unfold to; 0 when absent: anchors are refused. */
  readonly maxAliases?: number;
}

/** The same, complete. */
export type Limits = Required<YamlLimits>;

const DEFAULTS: Limits = { maxBytes: 262_144, maxEntries: 2000, maxDepth: 64, maxAliases: 0 };

/** Fills in defaults. @throws {RangeError} for a limit that is not a non-negative integer. */
export function resolveLimits(limits: YamlLimits): Limits {
  const resolved = { ...DEFAULTS };
  for (const limit of Object.keys(DEFAULTS) as (keyof Limits)[]) {
    const value = limits[limit] ?? DEFAULTS[limit];
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`${limit}: expected a non-negative integer`);
    }
    resolved[limit] = value;
  }
  return resolved;
}
