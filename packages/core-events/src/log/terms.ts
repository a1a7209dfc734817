import type { EvidenceQuery, RecordDraft } from '../ports.js';

/** What a record can be found by. A store indexes these and knows no more about a record. */
export function termsOf(draft: RecordDraft): readonly string[] {
  const { context, body } = draft;
  const terms = [
    `trace:${context.traceId}`,
    `run:${context.run}`,
    `type:${draft.type}`,
    `tenant:${context.tenant}`,
    `project:${context.project}`,
  ];
  const outcome = (body as { outcome?: unknown } | null)?.outcome;
  if (typeof outcome === 'string') terms.push(`outcome:${outcome}`);
  return terms;
}

/** The terms that every answer to a query must carry, its types apart. */
export function termsOfQuery(query: EvidenceQuery): readonly string[] {
  const terms: string[] = [];
  if (query.traceId !== undefined) terms.push(`trace:${query.traceId}`);
  if (query.run !== undefined) terms.push(`run:${query.run}`);
  if (query.tenant !== undefined) terms.push(`tenant:${query.tenant}`);
  if (query.project !== undefined) terms.push(`project:${query.project}`);
  if (query.outcome !== undefined) terms.push(`outcome:${query.outcome}`);
  return terms;
}
