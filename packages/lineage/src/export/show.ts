/** Characters that change how the text around them is shown; they are written as escapes. */
const DECEPTIVE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/gu;

const MAX_SHOWN = 60;

/**
 * Text from agents, safe to display: no invisible characters, no change of direction, cut if long.
 */
export function showText(text: string): string {
  const short =
    [...text].length > MAX_SHOWN ? `${[...text].slice(0, MAX_SHOWN - 1).join('')}…` : text;
  return short.replace(
    DECEPTIVE,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
