import type { EvidenceRecord } from '@spanforge/core-events';
import { rbacV1, scopeV1 } from '@spanforge/core-events/records';
import { textOf, textsOf } from './body.js';

/** What scope said: may this agent act on this resource. */
export interface ScopeNote {
  readonly index: number;
  readonly agent: string;
  readonly resource: string;
  readonly action: string;
  readonly capability?: string;
  readonly outcome: string;
  readonly reason: string;
  readonly reasonCode: string;
}

/** What roles said: may this actor act on this resource, and by which roles. */
export interface RoleNote {
  readonly index: number;
  readonly actor: string;
  readonly resource: string;
  readonly action: string;
  readonly required: readonly string[];
  /** `any` where one of the required roles is enough. */
  readonly match: string;
  readonly effective: readonly string[];
  readonly outcome: string;
  readonly reason: string;
  readonly reasonCode: string;
}

const said = ({ body }: EvidenceRecord) => ({
  resource: textOf(body, 'resource') ?? '',
  action: textOf(body, 'action') ?? '',
  outcome: textOf(body, 'outcome') ?? '',
  reason: textOf(body, 'reason') ?? '',
  reasonCode: textOf(body, 'reason_code') ?? '',
});

/** What scope said in live records, in log order. */
export function scopeNotes(records: readonly EvidenceRecord[]): readonly ScopeNote[] {
  return records
    .filter(({ type, mode }) => type === scopeV1.key && mode === 'live')
    .map((record) => {
      const capability = textOf(record.body, 'capability');
      const agent = textOf(record.body, 'agent_id') ?? '';
      const { index } = record;
      return { index, agent, ...said(record), ...(capability === undefined ? {} : { capability }) };
    });
}

/** What roles said in live records, in log order. */
export function roleNotes(records: readonly EvidenceRecord[]): readonly RoleNote[] {
  return records
    .filter(({ type, mode }) => type === rbacV1.key && mode === 'live')
    .map((record) => ({
      index: record.index,
      actor: textOf(record.body, 'actor_id') ?? '',
      required: textsOf(record.body, 'required_roles'),
      match: textOf(record.body, 'match') ?? 'all',
      effective: textsOf(record.body, 'effective_roles'),
      ...said(record),
    }));
}
