import { sha256, toHex } from '@spanforge/core-signing';
import type { EvidenceQuery, RecordDraft } from '../ports.js';

/** Below this no name can exceed the 600 bytes of UTF-8 that a store takes. */
const PLAIN_LENGTH = 150;

/** A term; a long name is replaced by its digest, when it is written as when it is looked for. */
function term(kind: string, name: string): string {
  return name.length <= PLAIN_LENGTH ? `${kind}:${name}` : `${kind}:sha256:${toHex(sha256(name))}`;
}

/** What a record of this type can be found by. */
export function typeTerm(type: string): string {
  return term('type', type);
}

/** What a record can be found by. A store indexes these and knows no more about a record. */
export function termsOf(draft: RecordDraft): readonly string[] {
  const { context, body } = draft;
  const terms = [
    term('trace', context.traceId),
    term('run', context.run),
    typeTerm(draft.type),
    term('tenant', context.tenant),
    term('project', context.project),
  ];
  const outcome = (body as { outcome?: unknown } | null)?.outcome;
  if (typeof outcome === 'string') terms.push(term('outcome', outcome));
  return terms;
}

/** The terms that every answer to a query must carry, its types apart. */
export function termsOfQuery(query: EvidenceQuery): readonly string[] {
  const terms: string[] = [];
  if (query.traceId !== undefined) terms.push(term('trace', query.traceId));
  if (query.run !== undefined) terms.push(term('run', query.run));
  if (query.tenant !== undefined) terms.push(term('tenant', query.tenant));
  if (query.project !== undefined) terms.push(term('project', query.project));
  if (query.outcome !== undefined) terms.push(term('outcome', query.outcome));
  return terms;
}
