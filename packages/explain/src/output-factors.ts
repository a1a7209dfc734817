import { round, roundBeside } from './derive-factors.js';
import type { Factor } from './types.js';

/** What is known of an output besides its text. */
export interface OutputConfidence {
  readonly confidence: number | undefined;
  readonly threshold: number;
}

/** The certainty of a factor that follows from the form of an answer alone. */
const BY_FORM = 0.5;

/**
 * The factors of the output itself: whether there is an answer, and how its confidence compares
 * with the threshold. Only the form of the answer is read, not its meaning.
 */
export function outputFactors(
  output: unknown,
  { confidence, threshold }: OutputConfidence,
): readonly Omit<Factor, 'evidence'>[] {
  const answer = formOf(output);
  const response = {
    ...{ name: 'response', weight: 0, confidence: BY_FORM },
    contribution: answer === undefined ? -1 : 1,
    text: `The function returned ${answer ?? 'no answer'}.`,
  };
  if (confidence === undefined) return [response];
  return [response, confidenceFactor(confidence, threshold)];
}

/** From -1 for no confidence at all, over 0 at the threshold, to 1 for certainty. */
function confidenceFactor(confidence: number, threshold: number): Omit<Factor, 'evidence'> {
  const room = confidence < threshold ? threshold : 1 - threshold;
  const contribution = room === 0 ? 0 : round((confidence - threshold) / room);
  const side = confidence < threshold ? 'under' : 'not under';
  const text = `Its confidence of ${roundBeside(confidence, threshold)} is ${side} ${threshold}.`;
  return { name: 'confidence', weight: 0, contribution, confidence: 1, text };
}

/** Describes the kind of answer in words; undefined if there is none. */
function formOf(output: unknown): string | undefined {
  if (output === undefined || output === null) return undefined;
  if (typeof output === 'string') {
    return output.trim() === '' ? undefined : `a text of ${output.length} characters`;
  }
  if (Array.isArray(output)) {
    return output.length === 0 ? undefined : `a list of ${output.length}`;
  }
  if (typeof output !== 'object') return `a ${typeof output}`;
  if ('unrecordable' in output) {
    return output.unrecordable === 'undefined' ? undefined : 'an answer that cannot be recorded';
  }
  const members = Object.keys(output).length;
  return members === 0 ? undefined : `an object of ${members} members`;
}
