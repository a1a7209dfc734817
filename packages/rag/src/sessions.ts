import {
  type Discloser,
  type Disclosure,
  EventsError,
  type EvidenceReader,
  type EvidenceRecord,
  type MakeId,
  type RecordDraft,
  type Recorder,
  readRecords,
  type TraceListOptions,
  within,
} from '@spanforge/core-events';
import { type RagStepBody, ragStepV1 } from '@spanforge/core-events/records';
import { type ReadableChunks, readable } from './access.js';
import { RagError } from './error.js';
import {
  type Chunk,
  endInput,
  generationInput,
  parseInput,
  queryInput,
  retrievalInput,
} from './input.js';
import type { MayRead, Rag, RagCall, RagSession, SessionStep } from './types.js';

/** Chunks one record lists, best first. */
const MAX_RECORDED_CHUNKS = 100;

/** The parts needed to trace sessions. */
export interface SessionParts {
  readonly recorder: Recorder;
  readonly reader: EvidenceReader;
  readonly mayRead: MayRead | undefined;
  readonly makeId: MakeId;
  readonly disclose: Discloser;
  readonly readTimeoutMs: number;
  readonly recordTimeoutMs: number;
  readonly onWithheld: (count: number) => void;
}

function toStep(record: EvidenceRecord): SessionStep {
  const { step, chunks = [], withheldCount = 0, model } = ragStepV1.fromWire(record.body);
  const { id, index, time } = record;
  const read = { step, id, index, time, chunks, withheld: withheldCount };
  return model === undefined ? read : { ...read, model };
}

function draftStep(
  body: Omit<RagStepBody, 'values'>,
  disclosures: readonly Disclosure[],
  { context, mode }: RagCall,
): RecordDraft {
  const values = Object.fromEntries(disclosures.map(({ name, digest }) => [name, digest]));
  const committed = disclosures.length === 0 ? body : { ...body, values };
  return {
    ...{ type: ragStepV1.key, context, body: ragStepV1.toWire(committed), disclosures },
    ...(mode === undefined ? {} : { mode }),
  };
}

async function writeStep(
  { recorder: own, recordTimeoutMs }: SessionParts,
  draft: RecordDraft,
  { recorder = own }: RagCall,
  claim?: string,
): Promise<string> {
  try {
    const options = claim === undefined ? {} : { claim };
    const { ids } = await within(recordTimeoutMs, () => recorder.append([draft], options));
    if (ids[0] === undefined) throw new TypeError('the recorder gave no record id');
    return ids[0];
  } catch (cause) {
    const ended = EventsError.is(cause) && cause.code === 'EVENTS_CLAIM_TAKEN';
    throw ended
      ? new RagError('RAG_SESSION_ENDED', 'the session has ended', { cause })
      : new RagError('RAG_EVIDENCE_UNAVAILABLE', 'the step cannot be recorded', { cause });
  }
}

async function readSession(
  { reader, recordTimeoutMs }: SessionParts,
  sessionId: string,
  where: TraceListOptions & { readonly traceId: string },
): Promise<RagSession> {
  const { traceId } = where;
  const query = { ...where, types: [ragStepV1.key] };
  const records = await within(recordTimeoutMs, () => readRecords(reader, query)).catch((cause) => {
    throw new RagError('RAG_STATE_UNAVAILABLE', 'the session cannot be read', { cause });
  });
  const steps = records.filter(({ body }) => body.session_id === sessionId).map(toStep);
  if (steps.length === 0) {
    throw new RagError('RAG_SESSION_UNKNOWN', 'no such session in this trace', {
      details: { traceId },
    });
  }
  return { sessionId, traceId, ended: steps.some(({ step }) => step === 'end'), steps };
}

/** @throws {RagError} `RAG_SESSION_ENDED`, and as {@link readSession} does. */
async function requireOpen(
  parts: SessionParts,
  sessionId: string,
  { context }: RagCall,
): Promise<void> {
  const { traceId, tenant } = context;
  const { ended } = await readSession(parts, sessionId, { traceId, tenant });
  if (ended) throw new RagError('RAG_SESSION_ENDED', 'the session has ended');
}

function draftRetrieval(
  { disclose }: SessionParts,
  sessionId: string,
  { chunks, withheld }: ReadableChunks,
  call: RagCall,
): RecordDraft {
  const named = chunks.slice(0, MAX_RECORDED_CHUNKS);
  const body = {
    ...{ sessionId, step: 'retrieval' as const, withheldCount: withheld },
    chunkCount: chunks.length,
    chunks: named.map(({ id, score }) =>
      score === undefined ? { sourceId: id } : { sourceId: id, score },
    ),
  };
  const texts = named.map(({ text }: Chunk, at) => disclose(`chunk_${at}`, text));
  return draftStep(body, texts, call);
}

/** Traces sessions. Their state is only in the log, so every process sees the same. */
export function createSessions(
  parts: SessionParts,
): Pick<Rag, 'traceQuery' | 'traceRetrieval' | 'traceGeneration' | 'endSession' | 'getSession'> {
  const { disclose, makeId, readTimeoutMs, mayRead } = parts;

  return {
    getSession: (sessionId, where) => readSession(parts, sessionId, where),
    async traceQuery(input, call) {
      const { query, sessionId = makeId() } = parseInput(queryInput, input);
      const draft = draftStep({ sessionId, step: 'query' }, [disclose('query', query)], call);
      return { sessionId, recordId: await writeStep(parts, draft, call) };
    },
    async traceRetrieval(input, call) {
      const { sessionId, chunks } = parseInput(retrievalInput, input) as {
        readonly sessionId: string;
        readonly chunks: readonly Chunk[];
      };
      await requireOpen(parts, sessionId, call);
      const seen = await readable(chunks, call.context, { mayRead, timeoutMs: readTimeoutMs });
      const recordId = await writeStep(parts, draftRetrieval(parts, sessionId, seen, call), call);
      parts.onWithheld(seen.withheld);
      return { ...seen, recordId };
    },
    async traceGeneration(input, call) {
      const { sessionId, answer, model } = parseInput(generationInput, input);
      await requireOpen(parts, sessionId, call);
      const body = { sessionId, step: 'generation' as const };
      const step = model === undefined ? body : { ...body, model };
      const draft = draftStep(step, [disclose('answer', answer)], call);
      return { recordId: await writeStep(parts, draft, call) };
    },
    async endSession(input, call) {
      const { sessionId } = parseInput(endInput, input);
      await requireOpen(parts, sessionId, call);
      const draft = draftStep({ sessionId, step: 'end' }, [], call);
      const { tenant, traceId } = call.context;
      const claim = `rag.session.end/${JSON.stringify([tenant, traceId, sessionId])}`;
      return { recordId: await writeStep(parts, draft, call, claim) };
    },
  };
}
