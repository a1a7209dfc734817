import { type NodeOf, placeOf } from './expression.js';
import type { Compile, Evaluator, LocalTime } from './frame.js';
import { failure, isFailure } from './result.js';

const DATE = '(\\d{4})-(\\d\\d)-(\\d\\d)';
const TIME = '(\\d\\d):(\\d\\d)(?::(\\d\\d)(?:\\.(\\d{1,9}))?)?';
const INSTANT = new RegExp(`^${DATE}(?:[Tt ]${TIME}(Z|z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)?)?$`);

/**
 * Reads an instant as RFC 3339 writes it; seconds, and the whole time of day, may be left out.
 * Without an offset it is read on the clocks of the zone. `undefined` when the text is not an instant, such
 * as a 30th of February.
 */
export function readInstant(text: string, local: LocalTime): number | undefined {
  const parts = INSTANT.exec(text);
  if (parts === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const milliseconds = Number((parts[7] ?? '').padEnd(3, '0').slice(0, 3));
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const wallMs = date.setUTCHours(hour, minute, second, milliseconds);
  const offset = parts[8];
  return offset === undefined ? local(wallMs) : wallMs - offsetMs(offset);
}

function offsetMs(offset: string): number {
  if (offset === 'Z' || offset === 'z') return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6));
  return (offset.startsWith('-') ? -minutes : minutes) * 60_000;
}

/** `instant(text)`: epoch milliseconds, to be compared with `time.epoch`. */
export function instantEvaluator(node: NodeOf<'instant'>, compile: Compile): Evaluator {
  const operand = compile(node.operand);
  const mistyped = failure('type_error', placeOf(node.operand));
  return (frame) => {
    const text = operand(frame);
    if (typeof text !== 'string') return isFailure(text) ? text : mistyped;
    return readInstant(text, frame.localTime) ?? mistyped;
  };
}
