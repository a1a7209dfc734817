import { canonicalize } from '@spanforge/core-signing';

const MAX_OUTPUT = 262_144;

/** An output as plain data. A value that cannot be recorded is described, and long text is cut. */
export function plainOutput(output: unknown): unknown {
  if (typeof output === 'string') return cut(output.toWellFormed());
  try {
    const text = canonicalize(output);
    return text.length > MAX_OUTPUT
      ? { unrecordable: 'too large', characters: text.length }
      : output;
  } catch {
    return { unrecordable: output === undefined ? 'undefined' : typeof output };
  }
}

function cut(text: string): unknown {
  return text.length > MAX_OUTPUT
    ? {
        cut_to: MAX_OUTPUT,
        characters: text.length,
        text: text.slice(0, MAX_OUTPUT).toWellFormed(),
      }
    : text;
}
