/**
 * True if a text can name a note key or a log: not empty, no white space, no plus, no control
 * characters.
 */
export function isName(text: unknown): text is string {
  return typeof text === 'string' && /^[^\s\p{Cc}\p{Cs}+]+$/u.test(text);
}
