/**
 * Characters that must not reach a terminal as they are: C0 and C1 controls, delete, line and
 * paragraph separators, bidirectional controls, everything of zero width or invisible (format
 * characters, variation selectors, fillers, tags), and lone surrogates.
 */
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Variation_Selector}\u{e0000}-\u{e0fff}]/gu;

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\u{${code.toString(16)}}`;
}

/**
 * Text of others, fit for a terminal and on one line: whatever would steer it, reorder it or hide
 * in it is shown as an escape, such as `\x1b` or `\u202e`. A backslash is doubled.
 */
export function visible(text: string): string {
  return text.replaceAll('\\', '\\\\').replace(HIDDEN, escapeCharacter);
}
