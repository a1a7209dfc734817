import type { EvidenceRecord } from '@spanforge/core-events';
import {
  executionEndedV1,
  executionStartedV1,
  reviewConsumedV1,
  reviewResolvedV1,
} from '@spanforge/core-events/records';
import { textOf, textsOf } from './body.js';

/** A governed call as its records tell it. */
export interface Call {
  readonly callId: string;
  readonly tool: string;
  readonly started?: EvidenceRecord;
  readonly ended?: EvidenceRecord;
}

/** Records of one trace by what they are about. */
export interface TraceParts {
  readonly calls: readonly Call[];
  /** Reviews that were approved or whose approval was used. */
  readonly approvals: ReadonlySet<string>;
}

/** Whether the tool of a call was run, as far as its records tell. */
export function wasRun(call: Call): boolean {
  return call.started !== undefined || call.ended?.body.executed === true;
}

/** Ids of the decisions a call rested on before it ran. */
export function authorityOf(call: Call): readonly string[] {
  const record = call.started ?? call.ended;
  return record ? textsOf(record.body, 'decisions') : [];
}

/** Sorts live records into calls and approvals; each start has at most one end. */
export function partsOf(records: readonly EvidenceRecord[]): TraceParts {
  const calls: {
    callId: string;
    tool: string;
    started?: EvidenceRecord;
    ended?: EvidenceRecord;
  }[] = [];
  const approvals = new Set<string>();
  for (const record of records) {
    if (record.mode !== 'live') continue;
    const { type, body } = record;
    const callId = textOf(body, 'call_id') ?? '';
    const tool = textOf(body, 'tool') ?? '';
    if (type === executionStartedV1.key) calls.push({ callId, tool, started: record });
    if (type === executionEndedV1.key) {
      const startedId = textOf(body, 'started_id');
      const open = calls.find(
        ({ started, ended, callId: known }) =>
          started &&
          !ended &&
          (startedId === undefined ? known === callId : started.id === startedId),
      );
      if (open) open.ended = record;
      else calls.push({ callId, tool, ended: record });
    }
    const reviewId = textOf(body, 'review_id');
    if (reviewId === undefined) continue;
    const approved = type === reviewResolvedV1.key && textOf(body, 'resolution') === 'approved';
    if (approved || type === reviewConsumedV1.key) approvals.add(reviewId);
  }
  return { calls, approvals };
}
