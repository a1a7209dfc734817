import { formatTime } from '../clock.js';
import type { EvidenceContext, PolicyReference, RecordMode } from '../context.js';
import { EventsError } from '../error.js';
import type { WriterStamp } from '../evidence.js';
import type { RecordDraft } from '../ports.js';
import { identifier, RECORD_VERSION, text } from './envelope.js';

const MODES: readonly RecordMode[] = ['live', 'shadow', 'simulate', 'replay'];
/** Names of printable ASCII; the others may be any text. */
const IDENTIFIERS = ['run', 'span_id', 'trace_id'];
const TIME_LENGTH = 24;
/** The furthest a date can be from 1970 in ECMAScript. */
const MAX_DATE_MS = 8.64e15;

/** A draft with its identity and its payload. */
export interface Sealable {
  readonly draft: Omit<RecordDraft, 'body'>;
  readonly id: string;
  readonly timeMs: number;
  /** The payload as canonical JSON, as its record type wrote it. */
  readonly payload: string;
}

/**
 * Canonicalises everything of a record but its writer stamp (RFC 8785). `writer` sorts last, so the
 * stamp is added by {@link stampRecord} when the record's turn in the log is known, and nothing is
 * canonicalised twice.
 *
 * @throws {EventsError} `EVENTS_RECORD_INVALID` when the context or the payload cannot be recorded.
 */
export type Seal = (sealable: Sealable) => string;

/** The parts of a record that follow from its context, as canonical text between the others. */
interface ContextText {
  readonly beforeBody: string;
  readonly afterBody: string;
  readonly place: string;
  readonly afterPlace: string;
  readonly afterTime: string;
}

function field(type: string, wire: string, value: unknown): string {
  const schema = IDENTIFIERS.includes(wire) ? identifier : text;
  if (schema.safeParse(value).success && (value as string).isWellFormed()) {
    return `"${wire}":${JSON.stringify(value)}`;
  }
  throw invalid(type, wire);
}

function invalid(type: string, wire: string): EventsError {
  return new EventsError('EVENTS_RECORD_INVALID', `${type}: $.${wire} is not valid`, {
    details: { type, path: `$.${wire}` },
  });
}

const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

function contextText(context: EvidenceContext, type: string): ContextText {
  const of = (wire: string, value: unknown): string => field(type, wire, value);
  const span = context.spanId === undefined ? '' : `,${of('span_id', context.spanId)}`;
  return {
    beforeBody: `{${of('actor', context.actor)},${of('agent', context.agent)},"body":`,
    afterBody: `,${of('env', context.env)},"id":`,
    place: `,${of('project', context.project)},${of('run', context.run)},${of('source', context.source)}${span}`,
    afterPlace: `,${of('tenant', context.tenant)},"time":"`,
    afterTime: `",${of('trace_id', context.traceId)},"type":`,
  };
}

function policyText({ digest, id, version }: PolicyReference, type: string): string {
  const of = (wire: string, value: unknown): string => field(type, wire, value);
  return `,"policy":{${of('digest', digest)},${of('id', id)},${of('version', version)}}`;
}

/** Years of more than four digits, and times that are none, have no place in a record. */
function timeText(timeMs: number, type: string): string {
  const written = Math.abs(timeMs) <= MAX_DATE_MS ? formatTime(timeMs) : '';
  if (written.length !== TIME_LENGTH) throw invalid(type, 'time');
  return written;
}

/** Creates a sealer. What it remembers of a context, it remembers of frozen ones only. */
export function createSeal(): Seal {
  const known = new WeakMap<EvidenceContext, ContextText>();
  let lastTime = { ms: Number.NaN, text: '' };

  function textOf(context: EvidenceContext, type: string): ContextText {
    const remembered = known.get(context);
    if (remembered) return remembered;
    const made = contextText(context, type);
    if (Object.isFrozen(context)) known.set(context, made);
    return made;
  }

  return ({ draft, id, timeMs, payload }) => {
    const { type, context, mode, policy, stateSize } = draft;
    const place = textOf(context, type);
    if (timeMs !== lastTime.ms) lastTime = { ms: timeMs, text: timeText(timeMs, type) };
    const decided = policy ? policyText(policy, type) : '';
    if (mode !== undefined && !MODES.includes(mode)) throw invalid(type, 'mode');
    if (stateSize !== undefined && !isSize(stateSize)) throw invalid(type, 'state_size');
    const size = stateSize === undefined ? '' : `,"state_size":${stateSize}`;
    return (
      place.beforeBody +
      payload +
      place.afterBody +
      `${JSON.stringify(id)},"mode":${JSON.stringify(mode ?? 'live')}${decided}` +
      place.place +
      size +
      place.afterPlace +
      lastTime.text +
      place.afterTime +
      `${JSON.stringify(type)},"v":"${RECORD_VERSION}"}`
    );
  };
}

/** Adds the writer stamp to a sealed record and gives the record's exact text. */
export function stampRecord(sealed: string, prefix: string, n: number): string {
  return `${sealed.slice(0, -1)}${prefix}${n}}}`;
}

/** What {@link stampRecord} puts before the number; the same for all records of one boot. */
export function stampPrefix(writer: Omit<WriterStamp, 'n'>): string {
  return `,"writer":{"boot":${JSON.stringify(writer.boot)},"id":${JSON.stringify(writer.id)},"n":`;
}
