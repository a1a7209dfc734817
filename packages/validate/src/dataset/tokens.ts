const SPACE = 0;
const WORD = 1;
const SIGN = 2;
const kinds = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[A-Za-z0-9_]/.test(character)) return WORD;
  return /\s/.test(character) || code < 32 ? SPACE : SIGN;
});
// Scripts that put no spaces between words: each character counts.
const IDEOGRAPHS_FROM = 0x2e80;
const IDEOGRAPHS_TO = 0xd7ff;

/** Words of a text: runs of letters and digits; an ideograph or syllable is one. Signs do not count. */
export function countTokens(text: string): number {
  let tokens = 0;
  let inWord = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const single = code >= IDEOGRAPHS_FROM && code <= IDEOGRAPHS_TO;
    const word = code < 128 ? kinds[code] === WORD : code > 0xa0 && !single;
    if (single || (word && !inWord)) tokens += 1;
    inWord = word;
  }
  return tokens;
}
