import { type EvidenceRecord, OUTCOMES, type Outcome } from '@spanforge/core-events';

/** Read member by member, because records of unknown types are shown too and may have any shape. */
type Body = Readonly<Record<string, unknown>>;

export function textOf(body: Body, name: string): string | undefined {
  const value = Object.hasOwn(body, name) ? body[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

export function numberOf(body: Body, name: string): number | undefined {
  const value = Object.hasOwn(body, name) ? body[name] : undefined;
  return typeof value === 'number' ? value : undefined;
}

export function textsOf(body: Body, name: string): readonly string[] {
  const value = Object.hasOwn(body, name) ? body[name] : undefined;
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

export function objectsOf(body: Body, name: string): readonly Body[] {
  const value = Object.hasOwn(body, name) ? body[name] : undefined;
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is Body => typeof item === 'object' && item !== null);
}

export function objectOf(body: Body, name: string): Body | undefined {
  const value = Object.hasOwn(body, name) ? body[name] : undefined;
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Body)
    : undefined;
}

/** The outcome a record states; `escalate` of scope joins as `human_review`. */
export function outcomeIn(record: EvidenceRecord): Outcome | undefined {
  const stated = textOf(record.body, 'outcome');
  if (stated === 'escalate') return 'human_review';
  return OUTCOMES.find((outcome) => outcome === stated);
}
