import { type EvidenceRecord, OUTCOMES, type Outcome, strictness } from '@spanforge/core-events';
import {
  policyDecisionV1,
  rbacV1,
  reviewResolvedV1,
  reviewResolvedV2,
  scopeV1,
} from '@spanforge/core-events/records';
import type { Factor } from './types.js';

/**
 * The contribution of an outcome: 1 allows, -1 blocks, and the others lie between by strictness.
 */
export function contributionOf(outcome: Outcome): number {
  return 1 - (2 * strictness(outcome)) / (OUTCOMES.length - 1);
}

type Found = Omit<Factor, 'weight'>;
type Derive = (record: EvidenceRecord) => readonly Found[];

const DERIVE: Readonly<Record<string, Derive>> = {
  [policyDecisionV1.key]: policyFactors,
  [scopeV1.key]: scopeFactors,
  [rbacV1.key]: rbacFactors,
  [reviewResolvedV1.key]: reviewFactors,
  [reviewResolvedV2.key]: reviewFactors,
  'spanforge.grounding.v1': groundingFactors,
};

/** Record types that hold a decision. They are explained when the request names no records. */
export const DECISIONS: readonly string[] = Object.freeze(Object.keys(DERIVE));

/**
 * The factors of a decision, read from the records: every rule that was triggered or could not be
 * decided, the roles, the scope, the grounding, the review. The further a factor is from neutral,
 * the larger its weight; weights add up to 1.
 */
export function deriveFactors(records: readonly EvidenceRecord[]): readonly Factor[] {
  return weigh(records.flatMap((record) => DERIVE[record.type]?.(record) ?? []));
}

/** Divides the weight by how much each factor moves the decision and how certain it is. */
export function weigh(found: readonly Found[]): readonly Factor[] {
  const pull = ({ contribution, confidence }: Found): number =>
    Math.max(Math.abs(contribution) * confidence, 0.01);
  const whole = found.reduce((sum, one) => sum + pull(one), 0);
  return found.map((one) => ({ ...one, weight: round(pull(one) / whole) }));
}

/** Rounded to six decimals, so that it is the same on every machine. */
export function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

/**
 * A number as people read it: with three decimals, or as many more as it takes to stay on its side
 * of the number it was compared with.
 */
export function roundBeside(value: number, beside: number): number {
  const side = Math.sign(value - beside);
  for (let digits = 3; digits <= 15; digits += 1) {
    const rounded = Number(value.toFixed(digits));
    if (Math.sign(rounded - beside) === side) return rounded;
  }
  return value;
}

function policyFactors(record: EvidenceRecord): readonly Found[] {
  const { rules, outcome, reason, reasonCode } = policyDecisionV1.fromWire(record.body);
  const counted = rules.filter(({ finding }) => finding !== 'shadow');
  if (counted.length === 0) {
    const found = { name: `policy:${reasonCode}`, contribution: contributionOf(outcome) };
    return [{ ...found, confidence: 1, evidence: [record.id], text: reason }];
  }
  return counted.map((rule) => ({
    name: `policy:${rule.ruleId}`,
    contribution: round(contributionOf(rule.action)),
    confidence: rule.finding === 'triggered' ? 1 : 0.5,
    evidence: [record.id],
    text: `${rule.reason}${compared(rule)}`,
  }));
}

const COMPARED: Readonly<Record<string, string>> = {
  lt: 'is under',
  lte: 'is not over',
  gt: 'is over',
  gte: 'is not under',
  eq: 'is',
  neq: 'is not',
};

interface Comparison {
  readonly observed?: number | undefined;
  readonly threshold?: number | undefined;
  readonly comparator?: string | undefined;
}

function compared(rule: Comparison): string {
  const { observed, threshold, comparator = '' } = rule;
  if (observed === undefined || threshold === undefined) return '';
  return ` (${roundBeside(observed, threshold)} ${COMPARED[comparator] ?? comparator} ${threshold})`;
}

function scopeFactors(record: EvidenceRecord): readonly Found[] {
  const { outcome, allowed, resource, action, reason } = scopeV1.fromWire(record.body);
  const contribution =
    outcome === 'escalate' ? contributionOf('human_review') : contributionOf(outcome);
  const text = allowed ? `The agent may ${action} ${resource}.` : `The agent's scope: ${reason}.`;
  return [{ name: 'scope', contribution, confidence: 1, evidence: [record.id], text }];
}

function rbacFactors(record: EvidenceRecord): readonly Found[] {
  const { outcome, allowed, resource, action, reason } = rbacV1.fromWire(record.body);
  const text = allowed ? `The person may ${action} ${resource}.` : `The person's roles: ${reason}.`;
  const contribution = contributionOf(outcome);
  return [{ name: 'roles', contribution, confidence: 1, evidence: [record.id], text }];
}

function reviewFactors(record: EvidenceRecord): readonly Found[] {
  const type = record.type === reviewResolvedV1.key ? reviewResolvedV1 : reviewResolvedV2;
  const { resolution } = type.fromWire(record.body);
  const approved = resolution === 'approved';
  const text = approved ? 'A reviewer approved it.' : 'A reviewer rejected it.';
  const contribution = approved ? 1 : -1;
  return [{ name: 'review', contribution, confidence: 1, evidence: [record.id], text }];
}

/** Read by name, so that grounding records of other versions count too. */
function groundingFactors({ id, body }: EvidenceRecord): readonly Found[] {
  const { average, threshold, status, reason } = body;
  if (typeof average !== 'number' || typeof threshold !== 'number') return [];
  const grounded = status === 'grounded';
  const shown = `${String(status).replaceAll('_', ' ')} in its sources (${average.toFixed(2)})`;
  const text = `The answer is ${shown}.${typeof reason === 'string' ? ` ${reason}` : ''}`;
  const contribution = round(Math.max(-1, Math.min(1, grounded ? average : average - threshold)));
  return [{ name: 'grounding', contribution, confidence: 1, evidence: [id], text }];
}
