/** Control, bidirectional and invisible characters, and lone surrogates. */
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Variation_Selector}\u{e0000}-\u{e0fff}]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

function escapeHidden(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\u{${code.toString(16)}}`;
}

/** Foreign text as HTML text or as a quoted attribute: inert, without hidden characters. */
export function escapeHtml(text: string, maxLength = 400): string {
  const characters = [...text.slice(0, 2 * maxLength)];
  const cut = characters.length > maxLength || text.length > 2 * maxLength;
  const shown = cut ? `${characters.slice(0, maxLength).join('')}…` : text;
  return shown
    .replaceAll('\\', '\\\\')
    .replace(HIDDEN, escapeHidden)
    .replace(/[&<>"'`]/g, (character) => ENTITIES[character] ?? character);
}

/** A foreign value as one line of JSON, escaped. */
export function escapeJson(value: unknown): string {
  return escapeHtml(JSON.stringify(value) ?? 'missing').replaceAll('\\\\', '\\');
}
