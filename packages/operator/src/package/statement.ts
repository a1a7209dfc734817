import type { EvidenceQuery } from '@spanforge/core-events';
import {
  createStatement,
  encodeStatement,
  formatEnvelope,
  type JsonValue,
  type SigningKey,
  STATEMENT_PAYLOAD_TYPE,
  sha256,
  signEnvelope,
  toHex,
  utf8,
} from '@spanforge/core-signing';
import { z } from 'zod';
import type { EvidencePackage } from './members.js';

/** The predicate type of operator packages. */
export const OPERATOR_PACKAGE = 'https://spanforge.dev/operator-package/v1';

const count = z.int().min(0);

const traceOutcome = z.enum([
  'allow',
  'allow+log',
  'redact',
  'human_review',
  'block',
  'no_evidence',
  'undecided',
]);

/** What `package.dsse.json` says beside the digests of the other files. */
export const packagePredicate = z.strictObject({
  log_origin: z.string().min(1),
  /** The log from its size at the older checkpoint (0 without one) to that of `checkpoint`. */
  size_range: z.strictObject({ from: count, to: count }),
  /** RFC 6962 root at `size_range.to`, hex. */
  root: z.string().regex(/^[0-9a-f]{64}$/),
  query: z.strictObject({
    trace_id: z.string().optional(),
    run: z.string().optional(),
    types: z.array(z.string()).optional(),
    tenant: z.string().optional(),
    project: z.string().optional(),
    outcome: z.string().optional(),
    agent: z.string().optional(),
    actor: z.string().optional(),
    tool: z.string().optional(),
    rule: z.string().optional(),
    subject: z.string().optional(),
    from_time_ms: z.number().optional(),
    to_time_ms: z.number().optional(),
  }),
  generated_at: z.string(),
  /** What became of the trace. */
  outcome: traceOutcome,
  /** The strictest live decision; absent in packages that were written before it was stated. */
  strictest: traceOutcome.optional(),
  summary: z.strictObject({
    allowed: z.string(),
    blocked: z.string(),
    controls: z.string(),
    chain: z.string(),
  }),
  completeness: z.array(
    z.strictObject({ code: z.string(), index: count.optional(), message: z.string() }),
  ),
  counts: z.strictObject({
    /** Records in the package. */
    selected: count,
    /** Values that exist and were not for this recipient. */
    withheld: count,
    /** Records whose decision demands a redaction. */
    redacted: count,
    /** Values of which no disclosure is left. */
    missing: count,
  }),
  /** Digests of bundles that decided and are not in the log. */
  missing_policies: z.array(z.string()),
});

/** The predicate of an operator package, as it is on the wire. */
export type PackagePredicate = z.infer<typeof packagePredicate>;

const WHOLE: ReadonlySet<string> = new Set(['trace_id', 'run', 'tenant', 'project']);

/** Whether a query leaves no record of a trace out that it finds one of. */
export function selectsWholeTraces(query: PackagePredicate['query']): boolean {
  return Object.keys(query).every((term) => WHOLE.has(term));
}

/** A query in wire names. */
export function wireQuery(query: EvidenceQuery): PackagePredicate['query'] {
  const { traceId, run, types, tenant, project, outcome, fromTimeMs, toTimeMs } = query;
  const { agent, actor, tool, rule, subject } = query;
  return {
    ...(traceId === undefined ? {} : { trace_id: traceId }),
    ...(run === undefined ? {} : { run }),
    ...(types === undefined ? {} : { types: [...types] }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(project === undefined ? {} : { project }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(agent === undefined ? {} : { agent }),
    ...(actor === undefined ? {} : { actor }),
    ...(tool === undefined ? {} : { tool }),
    ...(rule === undefined ? {} : { rule }),
    ...(subject === undefined ? {} : { subject }),
    ...(fromTimeMs === undefined ? {} : { from_time_ms: fromTimeMs }),
    ...(toTimeMs === undefined ? {} : { to_time_ms: toTimeMs }),
  };
}

/** Signs a statement about every member so far: the bytes of `package.dsse.json`. */
export async function signPackage(
  members: EvidencePackage,
  predicate: PackagePredicate,
  keys: readonly SigningKey[],
): Promise<Uint8Array> {
  const subjects = [...members.keys()].sort().map((name) => ({
    name,
    sha256: toHex(sha256(members.get(name) ?? new Uint8Array())),
  }));
  const statement = createStatement({
    subjects,
    predicateType: OPERATOR_PACKAGE,
    predicate: predicate as JsonValue,
  });
  const envelope = await signEnvelope({
    payloadType: STATEMENT_PAYLOAD_TYPE,
    payload: encodeStatement(statement),
    keys,
  });
  return utf8(formatEnvelope(envelope));
}
