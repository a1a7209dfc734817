/** The verdict of one gate. */
export const GateVerdict = Object.freeze({
  PASS: 'PASS',
  WARN: 'WARN',
  FAIL: 'FAIL',
  SKIPPED: 'SKIPPED',
  INCONCLUSIVE: 'INCONCLUSIVE',
} as const);

/** `PASS`, `WARN`, `FAIL`, `SKIPPED` or `INCONCLUSIVE`. */
export type GateVerdict = (typeof GateVerdict)[keyof typeof GateVerdict];

/** The bands of the Pre-Release Readiness Index. */
export const PRRIVerdict = Object.freeze({ GREEN: 'GREEN', AMBER: 'AMBER', RED: 'RED' } as const);

/** `GREEN`, `AMBER` or `RED`. */
export type PRRIVerdict = (typeof PRRIVerdict)[keyof typeof PRRIVerdict];

/** What a gate that does not pass does to the release: stops it, warns, or is only listed. */
export const ON_FAIL = ['block', 'warn', 'report'] as const;

/** `block`, `warn` or `report`. */
export type OnFail = (typeof ON_FAIL)[number];

/** Measurements of a gate: numbers, booleans, strings and lists of strings. */
export type GateMetrics = Readonly<Record<string, number | boolean | string | readonly string[]>>;

/** The type of a metric, so that conditions over it can be checked before the gate runs. */
export type MetricType = 'number' | 'boolean' | 'string' | 'strings';
