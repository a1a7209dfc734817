import { charactersOf, has, WORD } from '../character.js';
import { type Candidate, isNear, run, type SearchedText } from '../source.js';
import type { PiiType } from '../types.js';

const ADDRESS = charactersOf(/[\dA-Fa-f.:]/);
const OCTET = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}(?=:\\d{1,5}$|$)`);
const NOBODY = /^(?:0\.0\.0\.0|127\.|255\.255\.255\.|::1?$)/;
const CONTEXT = /\bip\b|ipv4|address|\bhost|server|client|\bdns\b/i;
const MIN_ADDRESS = 3;
const MAX_ADDRESS = 45;

/** Finds addresses of the internet protocol, versions 4 and 6, but for those of no one. */
export function findAddresses(source: SearchedText): readonly Candidate<PiiType>[] {
  const found: Candidate<PiiType>[] = [];
  for (let at = 0; at < source.text.length; ) {
    if (!has(ADDRESS, source.text.charCodeAt(at))) {
      source.steps += 1;
      at += 1;
      continue;
    }
    const end = run(source, at, ADDRESS);
    const length = end - at < MIN_ADDRESS ? 0 : addressLength(source.text, at, end);
    if (length > 0) found.push(addressAt(source, at, at + length));
    at = Math.max(end, at + 1);
  }
  return found;
}

/** Four single digits are a section or a version, unless a word nearby says otherwise. */
function addressAt(source: SearchedText, start: number, end: number): Candidate<PiiType> {
  const doubtful = end - start === 7 && !isNear(source, start, end, CONTEXT);
  return { type: 'ip_address', start, end, confidence: doubtful ? 0.6 : 0.9 };
}

function addressLength(text: string, start: number, end: number): number {
  if (end - start > MAX_ADDRESS + 8 || has(WORD, text.charCodeAt(end))) return 0;
  if (/[\w.-]/.test(text[start - 1] ?? ' ')) return 0;
  const piece = text.slice(start, end).replace(/[.:]{1,9}$/, (tail) => (tail === '::' ? tail : ''));
  const four = IPV4.exec(piece)?.[0] ?? '';
  const isFour =
    four !== '' && !/version|\bv\.? ?$/i.test(text.slice(Math.max(0, start - 9), start));
  const address = isFour ? four : isIpv6(piece) ? piece : '';
  return NOBODY.test(address) ? 0 : address.length;
}

/** The text form of RFC 4291, 2.2; a digit is wanted, since `dead::beef` is most often a name. */
export function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2 || !/\d/.test(text) || text.split(':').length < 3) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const embedded = IPV4.test(last);
  const plain = embedded ? groups.slice(0, -1) : groups;
  if (!plain.every((group) => /^[\dA-Fa-f]{1,4}$/.test(group))) return false;
  const size = plain.length + (embedded ? 2 : 0);
  return halves.length === 2 ? size <= 7 && text.length > 5 : size === 8;
}
