import type { EvidenceRecord } from '@spanforge/core-events';
import {
  executionEndedV1,
  executionStartedV1,
  reviewConsumedV1,
  reviewResolvedV1,
  reviewResolvedV2,
} from '@spanforge/core-events/records';
import { textOf, textsOf } from './body.js';

/** A governed call, from its records. */
export interface RecordedCall {
  readonly callId: string;
  readonly tool: string;
  readonly started?: EvidenceRecord;
  readonly ended?: EvidenceRecord;
}

/** Records of one trace by what they are about. */
export interface TraceParts {
  readonly calls: readonly RecordedCall[];
  /** Reviews that were approved or whose approval was used. */
  readonly approvals: ReadonlySet<string>;
  /** Approvals that a call used: consumed, or named by a call that started. */
  readonly redeemed: ReadonlySet<string>;
  /** Reviews that were rejected. */
  readonly rejections: ReadonlySet<string>;
}

/** Whether the tool of a call ran, according to its records. */
export function wasRun(call: RecordedCall): boolean {
  return call.started !== undefined || call.ended?.body.executed === true;
}

/** Ids of the decisions that allowed a call to run. */
export function authorityOf(call: RecordedCall): readonly string[] {
  const record = call.started ?? call.ended;
  return record ? textsOf(record.body, 'decisions') : [];
}

type OpenCall = { -readonly [Part in keyof RecordedCall]: RecordedCall[Part] };

/** Open calls by a name they share; the earliest is the first to be ended. */
function createQueues() {
  const queues = new Map<string, OpenCall[]>();
  return {
    add(name: string, call: OpenCall): void {
      const waiting = queues.get(name);
      if (waiting) waiting.push(call);
      else queues.set(name, [call]);
    },
    first(name: string): OpenCall | undefined {
      const waiting = queues.get(name);
      while (waiting?.[0]?.ended) waiting.shift();
      return waiting?.[0];
    },
  };
}

/**
 * Joins starts and ends of calls: an end belongs to the first open start that it names, by id or else
 * by call id. One that names no start and ran nothing was refused before it started, as the repetition
 * of a call is: the call that it repeats may still be running.
 */
function createCalls() {
  const calls: OpenCall[] = [];
  // Ids are unique in a log that is written as it should be; a verifier reads others too.
  const openById = createQueues();
  const openByCall = createQueues();
  const named = ({ body }: EvidenceRecord) => ({
    callId: textOf(body, 'call_id') ?? '',
    tool: textOf(body, 'tool') ?? '',
  });
  const openFor = ({ body }: EvidenceRecord, callId: string): OpenCall | undefined => {
    const startedId = textOf(body, 'started_id');
    if (startedId !== undefined) return openById.first(startedId);
    return body.executed === true ? openByCall.first(callId) : undefined;
  };
  return {
    calls,
    start(record: EvidenceRecord): void {
      const call: OpenCall = { ...named(record), started: record };
      calls.push(call);
      openById.add(record.id, call);
      openByCall.add(call.callId, call);
    },
    end(record: EvidenceRecord): void {
      const { callId, tool } = named(record);
      const open = openFor(record, callId);
      if (open) open.ended = record;
      else calls.push({ callId, tool, ended: record });
    },
  };
}

/** What a record decides about its review; a vote that still needs others decides nothing yet. */
function resolutionIn({ type, body }: EvidenceRecord): string | undefined {
  const decides =
    type === reviewResolvedV1.key || (type === reviewResolvedV2.key && body.decided === true);
  return decides ? textOf(body, 'resolution') : undefined;
}

/** Sorts live records into calls and reviews; each start has at most one end. */
export function partsOf(records: readonly EvidenceRecord[]): TraceParts {
  const { calls, start, end } = createCalls();
  const [approvals, consumed, rejections] = [
    new Set<string>(),
    new Set<string>(),
    new Set<string>(),
  ];
  for (const record of records) {
    if (record.mode !== 'live') continue;
    const { type, body } = record;
    if (type === executionStartedV1.key) start(record);
    if (type === executionEndedV1.key) end(record);
    const reviewId = textOf(body, 'review_id');
    if (reviewId === undefined) continue;
    const resolution = resolutionIn(record);
    if (resolution === 'approved' || type === reviewConsumedV1.key) approvals.add(reviewId);
    if (resolution === 'rejected') rejections.add(reviewId);
    if (type === reviewConsumedV1.key) consumed.add(reviewId);
  }
  const redeemed = new Set(consumed);
  for (const { started } of calls) {
    const reviewId = started && textOf(started.body, 'review_id');
    if (reviewId !== undefined && approvals.has(reviewId)) redeemed.add(reviewId);
  }
  return { calls, approvals, redeemed, rejections };
}
