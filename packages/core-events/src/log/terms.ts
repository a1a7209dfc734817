import { sha256, toHex } from '@spanforge/core-signing';
import type { EvidenceContext } from '../context.js';
import { frozenMemo } from '../frozen-memo.js';
import type { EvidenceQuery, RecordDraft } from '../ports.js';

/** Below this no name can exceed the 600 bytes of UTF-8 that a store takes. */
const PLAIN_LENGTH = 150;

/** A term; a long name is replaced by its digest, when it is written as when it is looked for. */
export function term(kind: string, name: string): string {
  return name.length <= PLAIN_LENGTH ? `${kind}:${name}` : `${kind}:sha256:${toHex(sha256(name))}`;
}

/** What a record of this type can be found by. */
export function typeTerm(type: string): string {
  return term('type', type);
}

/** The term of a trace, as index proofs name it. */
export function traceTerm(traceId: string): string {
  return term('trace', traceId);
}

const placeTerms = (context: EvidenceContext): readonly string[] => [
  term('trace', context.traceId),
  term('run', context.run),
  term('tenant', context.tenant),
  term('project', context.project),
];

/** What a record is about, where its body says so; a name that stands twice is one. */
function subjectTerms(subjects: readonly unknown[]): readonly string[] {
  const names = subjects.filter((name) => typeof name === 'string');
  return [...new Set(names)].map((name) => term('subject', name));
}

/** Gives what a record can be found by. A store indexes these and knows no more about a record. */
export type TermsOf = (draft: Pick<RecordDraft, 'type' | 'context' | 'body'>) => readonly string[];

/** Creates the terms of one log's records; those of a frozen context are made once. */
export function createTermsOf(): TermsOf {
  const placesOf = frozenMemo(placeTerms);
  const types = new Map<string, string>();
  return ({ type, context, body }) => {
    const known = types.get(type) ?? typeTerm(type);
    types.set(type, known);
    const { outcome, subjects } = (body ?? {}) as { outcome?: unknown; subjects?: unknown };
    const terms = [...placesOf(context), known];
    if (typeof outcome === 'string') terms.push(term('outcome', outcome));
    if (Array.isArray(subjects)) terms.push(...subjectTerms(subjects));
    return terms;
  };
}

/** The terms that every answer to a query must carry, its types apart. */
export function termsOfQuery(query: EvidenceQuery): readonly string[] {
  const terms: string[] = [];
  if (query.traceId !== undefined) terms.push(term('trace', query.traceId));
  if (query.run !== undefined) terms.push(term('run', query.run));
  if (query.tenant !== undefined) terms.push(term('tenant', query.tenant));
  if (query.project !== undefined) terms.push(term('project', query.project));
  if (query.subject !== undefined) terms.push(term('subject', query.subject));
  if (query.outcome !== undefined) terms.push(term('outcome', query.outcome));
  return terms;
}
