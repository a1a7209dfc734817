import {
  createDiscloser,
  createIds,
  readRecords,
  systemClock,
  type TraceListOptions,
  within,
} from '@spanforge/core-events';
import { groundingV1 } from '@spanforge/core-events/records';
import { type AssessorParts, assessAndRecord, refuseAndRecord } from './assessor.js';
import { createSessions } from './sessions.js';
import { resolveSettings } from './settings.js';
import type {
  GroundingInput,
  GroundingResult,
  Rag,
  RagCall,
  RagOptions,
  RagStatus,
  RecordedGrounding,
} from './types.js';

interface Counts {
  assessments: number;
  grounded: number;
  unrecorded: number;
  unassessedClaims: number;
  withheldChunks: number;
}

function count(counts: Counts, result: GroundingResult): void {
  counts.assessments += 1;
  if (result.status === 'grounded') counts.grounded += 1;
  if (result.reasonCode === 'evidence_unavailable') counts.unrecorded += 1;
  counts.withheldChunks += result.withheld;
  counts.unassessedClaims += result.claims.filter(
    ({ verdict }) => verdict === 'not_assessed',
  ).length;
}

/**
 * Creates a rag service over one evidence log. Nothing is read or written before it is asked.
 *
 * @throws {RagError} `RAG_OPTIONS_INVALID` when a number is out of range.
 */
export function createRag(options: RagOptions): Rag {
  const settings = resolveSettings(options);
  const { recorder, reader, mayRead, clock = systemClock } = options;
  const disclose = createDiscloser();
  const parts: AssessorParts = { options, settings, clock, disclose };
  const counts: Counts = {
    ...{ assessments: 0, grounded: 0, unrecorded: 0, unassessedClaims: 0, withheldChunks: 0 },
  };
  let troubled = false;
  const { recordTimeoutMs, readTimeoutMs } = settings;
  const sessions = createSessions({
    ...{ recorder, reader, mayRead, disclose, recordTimeoutMs, readTimeoutMs },
    makeId: options.ids ?? createIds(clock),
    onWithheld: (withheld) => {
      counts.withheldChunks += withheld;
    },
  });

  async function assessWith(
    input: GroundingInput,
    call: RagCall,
    asks: boolean,
  ): Promise<GroundingResult> {
    let result: GroundingResult;
    try {
      result = await assessAndRecord(parts, input, { call, asks });
    } catch {
      result = await refuseAndRecord(parts, call);
    }
    count(counts, result);
    troubled =
      result.reasonCode === 'evidence_unavailable' ||
      result.claims.some(({ verdict }) => verdict === 'not_assessed');
    return Object.freeze(result);
  }

  async function listForTrace(
    traceId: string,
    where: TraceListOptions = {},
  ): Promise<readonly RecordedGrounding[]> {
    const query = { ...where, traceId, types: [groundingV1.key] };
    const records = await readRecords(reader, query);
    return records.map(({ id, index, time, mode, context, body }) => ({
      ...groundingV1.fromWire(body),
      ...{ id, index, time, mode, context },
    }));
  }

  async function getStatus(): Promise<RagStatus> {
    const readableLog = await within(recordTimeoutMs, () => reader.size()).then(
      () => true,
      () => false,
    );
    const known = troubled ? 'degraded' : 'ok';
    return { status: readableLog ? known : 'unavailable', ...counts };
  }

  return Object.freeze({
    ...sessions,
    assessGrounding: (input, call) => assessWith(input, call, false),
    assessGroundingWithPolicy: (input, call) => assessWith(input, call, true),
    listForTrace,
    getStatus,
  } satisfies Rag);
}
