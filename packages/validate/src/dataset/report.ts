import { canonicalize, sha256, toHex } from '@spanforge/core-signing';
import { z } from 'zod';
import { ValidateError } from '../error.js';

/** The name of this version of the report on the wire. */
export const REPORT_VERSION = 'spanforge.dataset.report.v1';

const count = z.int().min(0);
const status = z.enum(['passed', 'failed', 'not_assessed']);
const ratio = z.number().min(0).max(1);

/** The report as it is written, in snake_case. */
export const reportSchema = z.strictObject({
  v: z.literal(REPORT_VERSION),
  report_id: z.string(),
  generated_at: z.string(),
  regulation: z.string(),
  dataset: z.strictObject({
    name: z.string(),
    format: z.enum(['jsonl', 'json', 'csv', 'text']),
    bytes: count,
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable(),
    records: count,
    unreadable: count,
    tokens: count,
    /** Cells of CSV that a spreadsheet would compute; absent in reports made before it was counted. */
    formula_cells: count.optional(),
  }),
  /** Kinds of personal data that were searched for; absent in reports made before it was said. */
  searched: z
    .strictObject({ text: z.array(z.string()), field_names: z.array(z.string()) })
    .optional(),
  status,
  clauses: z.array(
    z.strictObject({
      clause: z.enum(['design_choices', 'pii_density', 'consent', 'provenance', 'bias_signal']),
      article: z.string(),
      title: z.string(),
      status,
      detail: z.string(),
    }),
  ),
  findings: z.array(
    z.strictObject({
      family: z.enum(['pii', 'secret']),
      type: z.string(),
      count,
      confidence: ratio,
      always_blocking: z.boolean(),
    }),
  ),
  limits: z.strictObject({
    max_pii_per1000_tokens: z.number(),
    min_consent: ratio,
    min_provenance: ratio,
  }),
  design: z.strictObject({ purpose: z.string(), assumptions: z.string() }).nullable(),
});

type Wire = z.infer<typeof reportSchema>;
type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;
type InCode<Value> = Value extends readonly (infer Item)[]
  ? readonly InCode<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value as Camel<Key & string>]: InCode<Value[Key]> }
    : Value;

/** What a data set shows about Article 10, with the figures. */
export type DatasetComplianceReport = InCode<Wire>;

function rename(value: unknown, name: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => rename(item, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [name(key), rename(member, name)]),
  );
}

function invalidError(cause: unknown): ValidateError {
  return new ValidateError('VALIDATE_REPORT_INVALID', 'not a data set report', { cause });
}

/** A report in wire form. @throws {ValidateError} `VALIDATE_REPORT_INVALID`. */
export function reportToWire(report: DatasetComplianceReport): Wire {
  const wire = rename(report, (key) =>
    key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  );
  const parsed = reportSchema.safeParse(wire);
  if (!parsed.success) throw invalidError(parsed.error);
  return parsed.data;
}

/** A report from its wire form. @throws {ValidateError} `VALIDATE_REPORT_INVALID`. */
export function reportFromWire(wire: unknown): DatasetComplianceReport {
  const parsed = reportSchema.safeParse(wire);
  if (!parsed.success) throw invalidError(parsed.error);
  const camel = (key: string) =>
    key.replace(/_([a-z0-9])/g, (_, next: string) => next.toUpperCase());
  return rename(parsed.data, camel) as DatasetComplianceReport;
}

/** SHA-256 of a report's canonical JSON (RFC 8785), hex; the same in every format. */
export function reportDigest(report: DatasetComplianceReport): string {
  return toHex(sha256(canonicalize(reportToWire(report))));
}

/** The `subject` by which a query finds the record of a report. */
export function reportSubject(report: DatasetComplianceReport): string {
  return `report:${reportDigest(report)}`;
}
