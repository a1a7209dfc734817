import { BASE64, charactersOf } from '../character.js';
import { type Candidate, eachOccurrence, peek, run, type SearchedText } from '../source.js';
import type { SecretType } from '../types.js';
import { candidateOf } from './value.js';

const LABEL = /^([A-Z0-9 ]{0,40})PRIVATE KEY(?: BLOCK)?(?:-----| ----)/;
const HEADER = /^(?:[A-Za-z][A-Za-z-]{2,30}: [^\n\\]{0,120})/;
// Between the lines of a key: line ends, also written out, and what string literals are joined by.
const BETWEEN = charactersOf(/[\s\\"',+]/);
const CLOSING = /^[^-]{0,80}-{4,5} ?END [A-Z0-9 ]{0,60}-{4,5}/;
// A key of which only a few characters are left: `MIIE...` on lines of their own.
const SHORTENED = /^[\s\\"',+]{0,8}(?:\n|\\n)[^-]{4,80}-{4,5} ?END [A-Z0-9 ]{0,60}-{4,5}/;
const MIN_LINE = 16;
const MAX_HEADERS = 8;

const BEGINNINGS = ['-----BEGIN ', '---- BEGIN '];
const LINES = 'Private-Lines: ';

/** What this detector looks for. */
export const KEY_LITERALS: readonly string[] = [...BEGINNINGS, LINES];

/** Finds private keys as PEM, OpenSSH, PGP and PuTTY write them, with their whole body. */
export function findPrivateKeys(source: SearchedText): readonly Candidate<SecretType>[] {
  const found: Candidate<SecretType>[] = [];
  const keep = (key: Candidate<SecretType> | undefined) => {
    if (key !== undefined) found.push(key);
    return key?.end;
  };
  for (const begin of BEGINNINGS) {
    eachOccurrence(source, begin, (at) => keep(armouredAt(source, at, begin)));
  }
  eachOccurrence(source, LINES, (at) =>
    keep(bodyAt(source, at, at + LINES.length, 'ssh_private_key')),
  );
  return found;
}

function armouredAt(source: SearchedText, at: number, begin: string) {
  const label = LABEL.exec(peek(source, at + begin.length, 72));
  if (label === null) return undefined;
  const type = /SSH/.test(label[1] ?? '') ? 'ssh_private_key' : 'pem_private_key';
  return bodyAt(source, at, at + begin.length + label[0].length, type);
}

function bodyAt(source: SearchedText, start: number, from: number, type: SecretType) {
  const body = endOfBody(source, from);
  const closing = (body === undefined ? SHORTENED : CLOSING).exec(peek(source, body ?? from, 192));
  if (body === undefined && closing === null) return undefined;
  const end = (body ?? from) + (closing?.[0].length ?? 0);
  return candidateOf(source, type, { start, end });
}

/** Where the last line of base64 ends, or undefined when there is none: prose about a header. */
function endOfBody(source: SearchedText, from: number): number | undefined {
  let end: number | undefined;
  let at = from;
  let headers = 0;
  for (;;) {
    const line = lineStart(source, at);
    const header = headers < MAX_HEADERS ? HEADER.exec(peek(source, line, 160))?.[0] : undefined;
    const next = header === undefined ? run(source, line, BASE64) : line + header.length;
    const isShort = header === undefined && next - line < MIN_LINE;
    if (isShort && (end === undefined || next === line || !isLastLine(source, line, next))) {
      return end;
    }
    if (header === undefined) end = next;
    else headers += 1;
    at = next;
  }
}

function lineStart(source: SearchedText, from: number): number {
  let at = run(source, from, BETWEEN);
  // A written out line end: the backslash is skipped above, its letter here.
  while (/[nr]/.test(source.text[at] ?? '-') && source.text[at - 1] === '\\') {
    at = run(source, at + 1, BETWEEN);
  }
  return at;
}

function isLastLine({ text }: SearchedText, start: number, end: number): boolean {
  return (
    text[end - 1] === '=' ||
    text[start] === '=' ||
    /^[\s\\"',+-]{1,8}/.test(text.slice(end, end + 8))
  );
}
