import { utf8 } from '@spanforge/core-signing';
import { type Position, YamlError, type YamlProblem, type YamlProblemCode } from './error.js';

/** A problem, by its offset in the text. */
export interface YamlFault {
  readonly code: YamlProblemCode;
  readonly message: string;
  readonly offset: number;
}

/** A text of bounded size, and where its lines begin. */
export interface YamlSource {
  readonly text: string;
  positionAt(offset: number): Position;
  /** Builds the error for problems, in the order of the text. */
  refuse(faults: readonly YamlFault[], cause?: unknown): YamlError;
}

const MAX_PROBLEMS = 100;

/**
 * Characters that YAML calls not printable, and lone surrogates, which no UTF-8 file can contain.
 */
const UNPRINTABLE = /[^\P{Cc}\t\n\r]|\p{Cs}/u;

function startsOfLines(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The last index whose start is not after the offset. */
function lineOf(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Checks that a value is a text of allowed size.
 *
 * @throws {YamlError} `YAML_TOO_LARGE`, `YAML_CHARACTER`.
 */
export function openSource(text: string, maxBytes: number): YamlSource {
  const tooLargeError = (): YamlError => {
    const message = `expected text of at most ${maxBytes} bytes`;
    return new YamlError([{ code: 'YAML_TOO_LARGE', message, line: 1, column: 1 }]);
  };
  // A text has at least as many bytes as UTF-16 units, so the longest texts are refused at once.
  if (typeof text !== 'string' || text.length > maxBytes) throw tooLargeError();
  const starts = startsOfLines(text);
  const positionAt = (offset: number): Position => {
    const line = lineOf(starts, offset);
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
  };
  const refusalError = (faults: readonly YamlFault[], cause?: unknown): YamlError => {
    const problems = [...faults]
      .sort((a, b) => a.offset - b.offset)
      .slice(0, MAX_PROBLEMS)
      .map(({ code, message, offset }): YamlProblem => ({ code, message, ...positionAt(offset) }));
    const [first, ...others] = problems;
    if (first === undefined) throw new TypeError('a refusal without a fault');
    return new YamlError([first, ...others], { cause });
  };
  const offset = text.search(UNPRINTABLE);
  if (offset >= 0) {
    const message = 'control characters and halves of characters are not allowed';
    throw refusalError([{ code: 'YAML_CHARACTER', message, offset }]);
  }
  if (utf8(text).length > maxBytes) throw tooLargeError();
  return { text, positionAt, refuse: refusalError };
}
