import {
  type EvidenceRecord,
  OUTCOMES,
  type Outcome,
  strictest,
  strictness,
} from '@spanforge/core-events';
import { policyDecisionV1 } from '@spanforge/core-events/records';
import { DECISIONS, deriveFactors, weigh } from './derive-factors.js';
import { ExplainError } from './error.js';
import { requestOf } from './read-trace.js';
import type { ExplainSettings } from './settings.js';
import type { ExplainRequest, Factor } from './types.js';

/** The evidence about the decisions to explain. */
export interface Gathered {
  readonly records: readonly EvidenceRecord[];
  readonly outcome: Outcome | undefined;
  readonly factors: readonly Factor[];
  readonly coverage: number;
  readonly counterfactuals: readonly string[];
}

/** Reads the evidence of a request. @throws {ExplainError} `EXPLAIN_RECORD_UNKNOWN`. */
export async function gather(
  settings: ExplainSettings,
  request: ExplainRequest,
  trace: readonly EvidenceRecord[],
): Promise<Gathered> {
  const records = select(trace, request.explains);
  const derived = deriveFactors(records);
  const given = (request.factors ?? []).map((factor) => ({ ...factor, evidence: [] }));
  return {
    records,
    outcome: records.map(outcomeOf).reduce(stricter, undefined),
    factors: given.length === 0 ? derived : weigh([...derived, ...given]),
    coverage: coverageOf(records, derived),
    counterfactuals: await counterfactualsOf(settings, records),
  };
}

function select(
  trace: readonly EvidenceRecord[],
  ids: readonly string[] | undefined,
): readonly EvidenceRecord[] {
  const live = trace.filter(({ mode }) => mode === 'live');
  if (ids === undefined) return live.filter(({ type }) => DECISIONS.includes(type));
  const byId = new Map(live.map((record) => [record.id, record]));
  return ids.map((id) => {
    const record = byId.get(id);
    if (record !== undefined) return record;
    throw new ExplainError('EXPLAIN_RECORD_UNKNOWN', 'the trace has no such record', {
      details: { id },
    });
  });
}

/** The outcome `escalate` of scope counts as a human review. */
function outcomeOf({ body }: EvidenceRecord): Outcome | undefined {
  if (body.outcome === 'escalate') return 'human_review';
  return OUTCOMES.find((outcome) => outcome === body.outcome);
}

function stricter(a: Outcome | undefined, b: Outcome | undefined): Outcome | undefined {
  return a === undefined ? b : b === undefined ? a : strictest(a, b);
}

/** What the caller says represents no decision on record. */
function coverageOf(records: readonly EvidenceRecord[], derived: readonly Factor[]): number {
  if (records.length === 0) return 0;
  const covered = new Set(derived.flatMap(({ evidence }) => evidence));
  return records.filter(({ id }) => covered.has(id)).length / records.length;
}

/** The change that would have allowed a stopped call. A function that fails gives none. */
async function counterfactualsOf(
  { counterfactual, reader }: ExplainSettings,
  records: readonly EvidenceRecord[],
): Promise<readonly string[]> {
  if (counterfactual === undefined) return [];
  const found: string[] = [];
  for (const record of records) {
    const outcome = outcomeOf(record);
    if (record.type !== policyDecisionV1.key || outcome === undefined) continue;
    if (strictness(outcome) < strictness('human_review')) continue;
    try {
      const asked = await requestOf(reader, record);
      const sentence = asked && counterfactual(record, asked.request);
      if (sentence !== undefined) found.push(sentence);
    } catch {
      // It cannot be analysed or is no longer disclosed: the explanation is made without it.
    }
  }
  return found;
}
