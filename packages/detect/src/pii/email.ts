import { charactersOf, has } from '../character.js';
import { type Candidate, eachOccurrence, run, runBack, type SearchedText } from '../source.js';
import type { PiiType } from '../types.js';

// Letters beyond ASCII are allowed on both sides (RFC 6531), the rarer ASCII signs are not.
const LOCAL = charactersOf(/[\w.%+'&-]/, true);
const DOMAIN = charactersOf(/[A-Za-z0-9.-]/, true);
const DOMAIN_NAME =
  /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62})\.){1,10}(?:\p{L}{2,24}|xn--[a-z0-9-]{2,59})$/u;
const MAX_LOCAL = 64;
const MAX_DOMAIN = 253;

/** Finds e-mail addresses: what stands around an `@`, where the right side is a domain name. */
export function findEmails(source: SearchedText): readonly Candidate<PiiType>[] {
  const found: Candidate<PiiType>[] = [];
  eachOccurrence(source, '@', (at) => {
    const start = localStart(source, at);
    const end = domainEnd(source, at + 1);
    if (start === at || end === undefined || isRepository(source.text, start, at, end)) return;
    found.push({ type: 'email', start, end, confidence: 0.95 });
    return end;
  });
  return found;
}

function localStart(source: SearchedText, at: number): number {
  let start = runBack(source, at, LOCAL, MAX_LOCAL);
  while (start < at && /[.'&%+-]/.test(source.text[start] ?? '')) start += 1;
  // An escape that is written out, `\n`, is no part of the address behind it.
  if (source.text[start - 1] === '\\' && /[nrt]/.test(source.text[start] ?? '')) start += 1;
  return has(LOCAL, source.text.charCodeAt(start)) && source.text[at - 1] !== '.' ? start : at;
}

function domainEnd(source: SearchedText, from: number): number | undefined {
  let end = run(source, from, DOMAIN, MAX_DOMAIN);
  while (end > from && /[.-]/.test(source.text[end - 1] ?? '')) end -= 1;
  let domain = source.text.slice(from, end);
  // Typographic signs beyond ASCII end a name, as in `name@example.org”`.
  const foreign = /[^\p{L}\p{N}.-]/u.exec(domain);
  if (foreign !== null) domain = domain.slice(0, foreign.index).replace(/[.-]{1,9}$/, '');
  if (!DOMAIN_NAME.test(domain) || /^\dx\./.test(domain)) return undefined;
  return from + domain.length;
}

/** `git@host:owner/name` is an address of a repository. */
function isRepository(text: string, start: number, at: number, end: number): boolean {
  return text.slice(start, at) === 'git' && /^:[\w~-]/.test(text.slice(end, end + 2));
}
