import type { Disclosure, EvidenceRecord, PolicyRequest } from '@spanforge/core-events';
import { openRecordedRequest } from '@spanforge/policy/internal';
import type { DecisionBody } from './decision-body.js';
import type { LogHistory } from './history.js';
import { type Disclosed, withDigest } from './read-disclosed.js';
import type { NotReplayable, RecordedDecision, RecordedVerdict } from './recorded.js';

/** Reason codes of the service itself, for decisions without a policy. */
const NOT_DECIDED = new Set([
  'state_unavailable',
  'policy_unreadable',
  'request_unreadable',
  'environment_mismatch',
  'evidence_unavailable',
  'counter_unavailable',
]);

/** Finds a disclosure by its digest, else by its name: one with another digest is reported as altered. */
const findOwn = (
  disclosed: readonly Disclosure[],
  name: string,
  digest: string,
): Disclosure | undefined =>
  withDigest(disclosed, digest) ?? disclosed.find((one) => one.name === name);

/** One recorded decision with its request, or with the reason why it cannot be replayed. */
export function readDecision(
  record: EvidenceRecord,
  body: DecisionBody | undefined,
  disclosed: Disclosed,
  at: number,
  history: LogHistory,
): RecordedDecision {
  const { id, context } = record;
  const { traceId, tenant } = context;
  if (body === undefined) {
    const missing = { reason: 'unreadable', missing: ['record'] } as const;
    return { id, traceId, tenant, service: '', control: '', missing };
  }
  const { service, control, tool, reasonCode, values } = body;
  const before = recordedVerdict(body, record.policy?.digest);
  const decision: Open<RecordedDecision> = { id, traceId, tenant, service, control, before };
  if (tool !== undefined) decision.tool = tool;
  if (NOT_DECIDED.has(reasonCode)) {
    decision.missing = { reason: 'not_decided', missing: [reasonCode] };
    return decision;
  }
  const read = readRequest(values, disclosed, at);
  if ('reason' in read) decision.missing = read;
  else {
    decision.request = read;
    decision.history = history.of(record);
  }
  return decision;
}

/** A value under construction. Every decision passes here, so optional members are set, not spread in. */
type Open<Value> = { -readonly [Name in keyof Value]: Value[Name] };

function recordedVerdict(body: DecisionBody, digest: string | undefined): RecordedVerdict {
  const { outcome, obligations = [], reason, rules } = body;
  // On the wire an absent part is left out, never `undefined`.
  const verdict =
    digest === undefined
      ? { outcome, obligations, reason, rules }
      : { outcome, obligations, reason, rules, digest };
  return verdict as RecordedVerdict;
}

/** The request a record commits to. */
function readRequest(
  values: DecisionBody['values'],
  { own, shared, open }: Disclosed,
  at: number,
): PolicyRequest | NotReplayable {
  const find = (name: string, digest: string): Disclosure | undefined =>
    findOwn(own[at] ?? [], name, digest) ?? withDigest(shared[at] ?? [], digest);
  const opened = openRecordedRequest(values, find, open);
  if ('reason' in opened) return { reason: opened.reason, missing: [opened.missing] };
  const { request } = opened;
  return isRequest(request) ? request : { reason: 'unreadable', missing: ['request'] };
}

function isRequest(value: unknown): value is PolicyRequest {
  if (typeof value !== 'object' || value === null) return false;
  const { service, control, time } = value as Partial<PolicyRequest>;
  return typeof service === 'string' && typeof control === 'string' && typeof time === 'number';
}
