import { ALPHANUMERIC, charactersOf, has } from '../character.js';
import { type Candidate, peek, run, type Source } from '../source.js';
import type { SecretType } from '../types.js';
import { isPlaceholder, secretAt } from './value.js';

const VALUE = charactersOf(/[\w+/.~-]/);
const EQUALS = charactersOf(/=/);
const MIN_VALUE = 16;
const MAX_VALUE = 512;
const MAX_NAME = 80;
const MAX_GAP = 24;

// What stands between a name and its value: quotes, spaces and at least one sign of assignment.
const GAP = /^[\s"'`\\)\]?:.]{0,8}(?:[=:>,(|]|:=|=>)[\s"'`\\=:>(|[{]{0,15}$/;
const TYPE_WORD = /^(?:string|str|char|text|val|var|const|final)$/i;
const SECRET_NAME =
  /token|secret|passw|passphrase|pwd|credential|api_?key|access_?key|auth_?key|private_?key|signing_?key|encryption_?key|service_?key|client_?key|license_?key|account_?key|webhook_?key|(?:^|_)(?:key|auth)$/;
// Every name above holds one of these: without any, there is nothing to look at.
const ANY_SECRET_NAME = /token|secret|passw|passphrase|pwd|credential|key|auth/i;
const OTHER_NAME =
  /public|cache|hash|digest|checksum|integrity|commit|revision|fingerprint|etag|uuid|cursor|page_|next_|continuation|tokenizer|_(?:id|name|path|file|url|uri|ref|arn|type|count|version)$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
// The keys of these are UUIDs; only a name says which one is a key.
const UUID_VENDOR = /(?:^|_)(?:heroku|snyk|hubspot|kucoin|postmark)_/;
const DIGEST = /^(?:sha\d{1,3}|md5|h1)[-:.]/i;

interface Run {
  readonly start: number;
  readonly end: number;
}

/** Finds values that look random and are assigned to a name that says they are secret. */
export function findGenericKeys(source: Source): readonly Candidate<SecretType>[] {
  source.steps += source.text.length;
  if (!ANY_SECRET_NAME.test(source.text)) return [];
  const found: Candidate<SecretType>[] = [];
  let earlier: Run | undefined;
  let last: Run | undefined;
  const { text } = source;
  for (let at = 0; at < text.length; ) {
    const start = at;
    while (at < text.length && has(VALUE, text.charCodeAt(at))) at += 1;
    const length = at - start;
    if (length === 0) {
      at += 1;
      continue;
    }
    if (last !== undefined && length >= MIN_VALUE) {
      const value: Run = { start, end: at };
      const type = typeOf(source, nameBefore(source, earlier, last, value), value);
      if (type !== undefined) found.push(secretAt(source, type, start, run(source, at, EQUALS, 3)));
    }
    // A sign alone, as in PHP's `.=`, is part of the gap.
    if (length > 2 || has(ALPHANUMERIC, text.charCodeAt(start))) {
      earlier = last;
      last = { start, end: at };
    }
  }
  source.steps += text.length;
  return found;
}

/** The name a value is assigned to, in lower snake case; empty when there is none. */
function nameBefore(source: Source, earlier: Run | undefined, last: Run, value: Run): string {
  if (value.start - last.end > MAX_GAP) return '';
  if (!GAP.test(peek(source, last.end, value.start - last.end))) return '';
  const name = wordOf(source, last);
  const isType = TYPE_WORD.test(name) && earlier !== undefined;
  return snakeCase(isType ? wordOf(source, earlier) : name);
}

function wordOf(source: Source, { start, end }: Run): string {
  return peek(source, Math.max(start, end - MAX_NAME), Math.min(end - start, MAX_NAME));
}

function typeOf(source: Source, name: string, { start, end }: Run): SecretType | undefined {
  if (!SECRET_NAME.test(name) || OTHER_NAME.test(name) || end - start > MAX_VALUE) return undefined;
  const value = peek(source, start, end - start);
  if (!looksRandom(value) || isPlaceholder(value)) return undefined;
  if (UUID.test(value)) return UUID_VENDOR.test(name) ? 'vendor_token' : undefined;
  if (DIGEST.test(value)) return undefined;
  return /aws|amazon/.test(name) && /secret/.test(name) ? 'aws_secret_key' : 'generic_key';
}

/** Words, paths and identifiers change little between letters and digits; random text does. */
function looksRandom(value: string): boolean {
  let changes = 0;
  let digits = 0;
  let letters = 0;
  let before = '';
  for (const character of value) {
    const kind = kindOf(character);
    if (kind === 'digit') digits += 1;
    else if (kind !== 'sign') letters += 1;
    if (kind !== before) changes += 1;
    before = kind;
  }
  return digits >= 2 && letters >= 2 && changes >= value.length / 6;
}

function kindOf(character: string): 'digit' | 'lower' | 'upper' | 'sign' {
  if (!has(ALPHANUMERIC, character.charCodeAt(0))) return 'sign';
  if (character <= '9') return 'digit';
  return character <= 'Z' ? 'upper' : 'lower';
}

/** `apiKey`, `API-KEY` and `app.api_key` all contain `api_key` then. */
export function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]/g, '_')
    .toLowerCase();
}
