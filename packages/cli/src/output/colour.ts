const RED = 31;
const GREEN = 32;
const YELLOW = 33;

const COLOURS: Readonly<Record<string, number>> = {
  allow: GREEN,
  'allow+log': GREEN,
  redact: YELLOW,
  human_review: YELLOW,
  block: RED,
  VALID: GREEN,
  INVALID: RED,
  INCOMPLETE: YELLOW,
  UNTRUSTED: YELLOW,
  passed: GREEN,
  failed: RED,
};

// A cell of a table, or the first word of a line; the same word inside a sentence is not coloured.
const OUTCOME =
  /(?<=^| {2})(?:allow(?:\+log)?|redact|human_review|block|VALID|INVALID|INCOMPLETE|UNTRUSTED|passed|failed)(?= {2}|$)/gm;
const VERDICT = /^(?:VALID|INVALID|INCOMPLETE|UNTRUSTED)\b/gm;

function paint(word: string): string {
  const colour = COLOURS[word];
  return colour === undefined ? word : `\u001b[${colour}m${word}\u001b[39m`;
}

/** Whether to colour output: on a terminal, unless turned off (https://no-color.org). */
export function wantsColour(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '') return env.FORCE_COLOR !== '0';
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** Colours outcomes and verdicts in escaped text, cell by cell. */
export function colourOutcomes(text: string): string {
  return text.replace(OUTCOME, paint).replace(VERDICT, paint);
}
