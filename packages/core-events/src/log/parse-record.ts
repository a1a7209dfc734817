import { deepFreeze, type JsonValue } from '@spanforge/core-signing';
import { BodyText, bodyOfText } from '../records/shared-body.js';

/** Parses the text of a record as `JSON.parse` does. */
export type ParseRecord = (text: string) => JsonValue;

type Members = Record<string, unknown>;

/** What a record has up to the `values` of its body: actor, agent and the rest of the body. */
interface Head {
  readonly actor: unknown;
  readonly agent: unknown;
  readonly body: BodyText;
}

/** What stands before the values of a body. In JSON, no text can contain it. */
const VALUES = ',"values":{';
/** The longest head that is remembered, in characters, and how many of them. */
const MOST_CHARACTERS = 8192;
const MOST_HEADS = 256;
/** Records without a known head, in excess of those with one, after which no more are looked for; and for how long. */
const PATIENCE = 256;
const REST = 4096;

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readMembers(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMembers(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined unless the values that follow are those of the body, which is the last of three members. */
function readHead(text: string): Head | undefined {
  const without = readMembers(`${text}}}`);
  const probed = readMembers(`${text}${VALUES}"probe":true}}}`);
  if (!without || !probed || Object.keys(without).join() !== 'actor,agent,body') return undefined;
  const [{ actor, agent, body }, { body: other }] = [without, probed];
  if (!isMembers(body) || !isMembers(other) || Object.hasOwn(body, 'values')) return undefined;
  if (!isMembers(other.values) || other.values.probe !== true) return undefined;
  return { actor, agent, body: new BodyText(deepFreeze({ ...body, values: {} })) };
}

const isOnly = (body: Members, name: string): boolean => {
  for (const key in body) if (key !== name) return false;
  return Object.hasOwn(body, name);
};

/** Puts a head before the rest of a record. Undefined where the rest has more than it should. */
function join(head: Head, rest: string): JsonValue | undefined {
  if (rest.includes('"body":')) return undefined;
  const wire = readMembers(`{"body":{${rest}`);
  if (!wire || wire.actor !== undefined || wire.agent !== undefined) return undefined;
  if (!isMembers(wire.body) || !isOnly(wire.body, 'values')) return undefined;
  wire.actor = head.actor;
  wire.agent = head.agent;
  wire.body = bodyOfText(head.body, wire.body.values);
  return wire as JsonValue;
}

/**
 * Makes a parser for many records of one type. Most decisions differ from an earlier one only in the
 * digests of their values, and in what stands behind them: what comes before is parsed once, and shared.
 * A body that shares is frozen.
 */
export function createRecordParser(): ParseRecord {
  const heads = new Map<string, Head | 'seen' | 'other'>();
  let credit = PATIENCE;
  let rest = 0;
  const find = (text: string): Head | undefined => {
    const known = heads.get(text);
    if (typeof known === 'object') {
      credit = Math.min(PATIENCE, credit + 1);
      return known;
    }
    credit -= 1;
    if (credit === 0) {
      heads.clear();
      credit = PATIENCE;
      rest = REST;
      return undefined;
    }
    if (heads.size >= MOST_HEADS) heads.clear();
    // Most texts that are there once do not come again.
    heads.set(text, known === 'seen' ? (readHead(text) ?? 'other') : (known ?? 'seen'));
    return undefined;
  };
  return (text) => {
    rest -= rest > 0 ? 1 : 0;
    const end = rest > 0 ? -1 : text.indexOf(VALUES);
    const head = end < 0 || end > MOST_CHARACTERS ? undefined : find(text.slice(0, end));
    const joined = head && join(head, text.slice(end + 1));
    return joined ?? (JSON.parse(text) as JsonValue);
  };
}
