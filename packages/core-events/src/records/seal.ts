import { canonicalize } from '@spanforge/core-signing';
import { formatTime } from '../clock.js';
import type { EvidenceContext, PolicyReference, RecordMode } from '../context.js';
import { EventsError } from '../error.js';
import type { RecordJoin, WriterStamp } from '../evidence.js';
import { keepEach } from '../keep-each.js';
import { keepWith } from '../keep-with.js';
import type { RecordDraft } from '../ports.js';
import { compileWriter } from './canonical-writer.js';
import { identifier, RECORD_VERSION, text } from './envelope.js';

/** What follows the id of a record, by its mode. */
const MODES: ReadonlyMap<RecordMode, string> = new Map(
  (['live', 'shadow', 'simulate', 'replay'] as const).map((mode) => [mode, `","mode":"${mode}"`]),
);
/** Members that must be printable ASCII; the others may be any text. */
const IDENTIFIERS = ['run', 'span_id', 'trace_id'];
const TIME_LENGTH = 24;
/** The largest time of a `Date` in ECMAScript. */
const MAX_DATE_MS = 8.64e15;

/** Everything in a record except its writer stamp. */
export interface Sealable extends Pick<RecordDraft, 'type' | 'context'> {
  readonly mode: RecordMode | undefined;
  readonly policy: PolicyReference | undefined;
  readonly stateSize: number | undefined;
  /** A ULID. */
  readonly id: string;
  readonly timeMs: number;
  /** The payload as canonical JSON, written by its record type. */
  readonly payload: string;
}

/**
 * Canonicalises everything in a record except its number (RFC 8785). The writer stamp sorts last,
 * and the number is last in it, so the text ends where the number goes: when the record's turn in
 * the log is known, the number and two closing braces are appended, and nothing is written twice.
 *
 * @throws {EventsError} `EVENTS_RECORD_INVALID` when the context or the payload cannot be recorded.
 */
export type Seal = (sealable: Sealable) => string;

/** The parts of a record that depend on its context, as canonical text. */
interface ContextText {
  readonly beforeBody: string;
  readonly afterBody: string;
  readonly place: string;
  readonly afterPlace: string;
  readonly afterTime: string;
}

const writeIdentifier = compileWriter(identifier);
const writeText = compileWriter(text);

function field(wire: string, value: unknown): string {
  const write = IDENTIFIERS.includes(wire) ? writeIdentifier : writeText;
  const written = write?.(value);
  if (written === undefined) throw invalidError(wire);
  return `"${wire}":${written}`;
}

function invalidError(wire: string): EventsError {
  return new EventsError('EVENTS_RECORD_INVALID', `record: $.${wire} is not valid`, {
    details: { path: `$.${wire}` },
  });
}

const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/**
 * A template as one string. V8 keeps what is put together from pieces as a tree of them, which lives as long as
 * the text, and is gone through for each record that has it.
 */
function flat(texts: TemplateStringsArray, ...values: readonly string[]): string {
  const parts = [texts[0] ?? ''];
  for (const [at, value] of values.entries()) parts.push(value, texts[at + 1] ?? '');
  return parts.join('');
}

/** Keeps what was written last: most calls come from the same place. */
function keepLast<Values extends readonly unknown[]>(
  write: (...values: Values) => string,
): (...values: Values) => string {
  let last: { readonly values: Values; readonly text: string } | undefined;
  return (...values) => {
    if (last && values.every((value, at) => value === last?.values[at])) return last.text;
    last = { values, text: write(...values) };
    return last.text;
  };
}

/** Creates what writes the parts of contexts. */
function createContextText(): (context: EvidenceContext) => ContextText {
  const whoOf = keepLast(
    (actor, agent) => flat`{${field('actor', actor)},${field('agent', agent)},"body":`,
  );
  const envOf = keepLast((env) => flat`,${field('env', env)},"id":"`);
  const placeOf = keepLast((project, run, source, spanId) => {
    const span = spanId === undefined ? '' : `,${field('span_id', spanId)}`;
    return flat`,${field('project', project)},${field('run', run)},${field('source', source)}${span}`;
  });
  const tenantOf = keepLast((tenant) => flat`,${field('tenant', tenant)},"time":"`);
  return ({ actor, agent, env, project, run, source, spanId, tenant, traceId }) => ({
    beforeBody: whoOf(actor, agent),
    afterBody: envOf(env),
    place: placeOf(project, run, source, spanId),
    afterPlace: tenantOf(tenant),
    afterTime: flat`",${field('trace_id', traceId)},"type":`,
  });
}

function policyText({ digest, id, version }: PolicyReference): string {
  return `,"policy":{${field('digest', digest)},${field('id', id)},${field('version', version)}}`;
}

/** Years of more than four digits and invalid times are refused. */
function timeText(timeMs: number): string {
  const written = Math.abs(timeMs) <= MAX_DATE_MS ? formatTime(timeMs) : '';
  if (written.length !== TIME_LENGTH) throw invalidError('time');
  return written;
}

/**
 * Creates the sealer of one writer. It keeps texts of contexts and policies, but only of frozen
 * ones.
 */
export function createSeal(writer: Omit<WriterStamp, 'n'>): Seal {
  const textOf = keepWith(createContextText());
  const decidedBy = keepWith(policyText);
  const stamp = `"v":"${RECORD_VERSION}","writer":{"boot":${JSON.stringify(writer.boot)},"id":${JSON.stringify(writer.id)},"n":`;
  const endOf = keepEach((type) => flat`${JSON.stringify(type)},${stamp}`);
  let lastTime = { ms: Number.NaN, text: '' };

  return ({ type, context, mode = 'live', policy, stateSize, id, timeMs, payload }) => {
    const place = textOf(context);
    if (timeMs !== lastTime.ms) lastTime = { ms: timeMs, text: timeText(timeMs) };
    const decided = policy ? decidedBy(policy) : '';
    const modeText = MODES.get(mode);
    if (modeText === undefined) throw invalidError('mode');
    if (stateSize !== undefined && !isSize(stateSize)) throw invalidError('state_size');
    const size = stateSize === undefined ? '' : `,"state_size":${stateSize}`;
    return (
      place.beforeBody +
      payload +
      place.afterBody +
      id +
      modeText +
      decided +
      place.place +
      size +
      place.afterPlace +
      lastTime.text +
      place.afterTime +
      endOf(type)
    );
  };
}

/**
 * Adds the `append` member to a sealed record. It sorts between `agent` and `body`, and no text
 * before the body can contain the quotes of a member.
 */
export function joinRecord(sealed: string, join: RecordJoin): string {
  const at = sealed.indexOf(',"body":');
  return `${sealed.slice(0, at)},"append":${canonicalize(join)}${sealed.slice(at)}`;
}
