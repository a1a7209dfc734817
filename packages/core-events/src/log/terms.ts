import { sha256, toHex } from '@spanforge/core-signing';
import type { EvidenceContext } from '../context.js';
import { keepEach } from '../keep-each.js';
import { keepWith } from '../keep-with.js';
import type { EvidenceQuery, RecordDraft } from '../ports.js';

/** Names of at most this length always fit into the 600 bytes of UTF-8 that a store accepts. */
export const PLAIN_LENGTH = 150;

/** Makes a term; a long name is replaced by its digest, for writing and for searching. */
export function term(kind: string, name: string): string {
  return name.length <= PLAIN_LENGTH ? `${kind}:${name}` : `${kind}:sha256:${toHex(sha256(name))}`;
}

/** The term of a record type. */
export function typeTerm(type: string): string {
  return term('type', type);
}

/** The term of a trace, as index proofs name it. */
export function traceTerm(traceId: string): string {
  return term('trace', traceId);
}

/** The term of a run. */
export function runTerm(run: string): string {
  return term('run', run);
}

/** The term of a claim that an append took. */
export function claimTerm(name: string): string {
  return term('claim', name);
}

/** Terms of names that most records share. */
const tenantTerm = keepEach((tenant) => term('tenant', tenant));
const projectTerm = keepEach((project) => term('project', project));
const agentTerm = keepEach((agent) => term('agent', agent));
const actorTerm = keepEach((actor) => term('actor', actor));
const toolTerm = keepEach((tool) => term('tool', tool));
const ruleTerm = keepEach((rule) => term('rule', rule));
const outcomeTerm = keepEach((outcome) => term('outcome', outcome));
const knownTypeTerm = keepEach(typeTerm);

const placeTerms = (context: EvidenceContext): readonly string[] => [
  term('trace', context.traceId),
  term('run', context.run),
  tenantTerm(context.tenant),
  projectTerm(context.project),
  agentTerm(context.agent),
  actorTerm(context.actor),
];

/** The terms of the subjects a record's body names, each once. */
function subjectTerms(subjects: readonly unknown[]): readonly string[] {
  const names = subjects.filter((name) => typeof name === 'string');
  return [...new Set(names)].map((name) => term('subject', name));
}

/** The terms of the tool and the rules a record's body names. */
export function bodyTerms(body: unknown): string[] {
  const { tool, rules } = (body ?? {}) as { tool?: unknown; rules?: unknown };
  const terms = typeof tool === 'string' ? [toolTerm(tool)] : [];
  if (!Array.isArray(rules)) return terms;
  for (const rule of rules as readonly unknown[]) {
    const id = (rule as { rule_id?: unknown } | null)?.rule_id;
    const named = typeof id === 'string' ? ruleTerm(id) : undefined;
    if (named !== undefined && !terms.includes(named)) terms.push(named);
  }
  return terms;
}

/** Kinds of terms that older logs lack. */
export const LATER_KINDS = ['agent', 'actor', 'tool', 'rule', 'claim'] as const;

/** Whether older records may lack a term. */
export function isLaterTerm(name: string): boolean {
  return LATER_KINDS.some((kind) => name.startsWith(`${kind}:`));
}

/** Computes the terms of a record. A store indexes these and knows nothing else about a record. */
export type TermsOf = (draft: Pick<RecordDraft, 'type' | 'context' | 'body'>) => readonly string[];

/** Creates the function that makes the terms of one log's records; those of a frozen context are kept. */
export function createTermsOf(): TermsOf {
  const placesOf = keepWith(placeTerms);
  return ({ type, context, body }) => {
    const { outcome, subjects } = (body ?? {}) as { outcome?: unknown; subjects?: unknown };
    const own = bodyTerms(body);
    if (typeof outcome === 'string') own.push(outcomeTerm(outcome));
    if (Array.isArray(subjects)) own.push(...subjectTerms(subjects));
    // Joined at once: a list that grows keeps room for more, in each record that waits for its signature.
    return placesOf(context).concat(knownTypeTerm(type), own);
  };
}

/** The terms that every record matching a query has, except for its type. */
export function termsOfQuery(query: EvidenceQuery): readonly string[] {
  const terms: string[] = [];
  if (query.traceId !== undefined) terms.push(term('trace', query.traceId));
  if (query.run !== undefined) terms.push(term('run', query.run));
  if (query.tenant !== undefined) terms.push(term('tenant', query.tenant));
  if (query.project !== undefined) terms.push(term('project', query.project));
  if (query.subject !== undefined) terms.push(term('subject', query.subject));
  if (query.agent !== undefined) terms.push(term('agent', query.agent));
  if (query.actor !== undefined) terms.push(term('actor', query.actor));
  if (query.tool !== undefined) terms.push(term('tool', query.tool));
  if (query.rule !== undefined) terms.push(term('rule', query.rule));
  if (query.outcome !== undefined) terms.push(term('outcome', query.outcome));
  return terms;
}
