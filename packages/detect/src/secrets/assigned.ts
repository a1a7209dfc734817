import { charactersOf } from '../character.js';
import { type Candidate, peek, peekBack, run, runBack, type SearchedText } from '../source.js';
import type { SecretType } from '../types.js';
import { fromBase64 } from './encoded.js';
import { type NameEvidence, readName, SECRET_WORD, snakeCase } from './names.js';
import { looksChosen, looksRandom } from './random.js';
import { candidateOf, isPlaceholder, isWordForPassword } from './value.js';

const NAME = charactersOf(/[\w.-]/);
const UNQUOTED = charactersOf(/[^\s"'`<>,;(){}[\]\\|&]/);
const MAX_NAME = 80;
const MAX_GAP = 40;
const MAX_VALUE = 512;
const MIN_VALUE = 12;
const MIN_WEAK_VALUE = 16;
const MIN_PASSWORD = 8;
const SURE_PASSWORD = 10;

/**
 * What stands between a name and its value: what closes the name, perhaps a type, at least one sign
 * of assignment, and what opens the value.
 */
const GAP =
  /^[\s"'`\\)\]?.|]{0,8}(?:(?::\s?)?(?:string|str|char|text)\s{1,2})?(?:value\s?)?(?:[=:>,(|]{1,4})[\s\\=:>(|[{]{0,15}/i;
// Behind these stand arguments, items and comparisons: names as often as texts, unless quoted.
const CALL = /[,(|[]|==/;
// `--auth-token VALUE` and `ENV API_KEY VALUE`: white space alone assigns.
const SPACED = /^[ \t]{1,8}(?=[^\s-])/;
const SETS = /(?:^|\n)[ \t]{0,4}(?:ENV|setx)[ \t]{1,2}$/;
/** In prose a key has its modifier before it: `api key: VALUE`. */
const SPOKEN = /(?:^|[^\w])(?:api|access|auth|secret|private|signing|licen[cs]e)[ ]$/i;
const OPENS_GAP = /[\s"'`\\)\]?.|:=>,(]/;
const QUOTE = /^["'`]/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Vendors that document their keys as UUIDs: only a name tells such a key from an identifier. */
const UUID_VENDOR =
  /(?:^|[^a-z])(?:heroku|snyk|hub_?spot|ku_?coin|postmark|squarespace|scaleway|scw|splunk|hec|sauce(?:_?labs)?|coin_?market_?cap|cmc|coin_?api|loggly|opsgenie|status_?page|plaid|npm|docker_?hub|nuget|exa|codacy|ably|akeyless|cisco_?amp|message_?bird|digicert|code_?cov|launch_?darkly)(?:[^a-z]|$)/;
/** The last part of such a path, where it is no name: as long as a key, and full of digits. */
const KEY_PART = /[^.]{20,64}$/;
const MIN_DIGITS = 4;
const DIGEST = /^(?:sha\d{1,3}|md5|h1)[-:.]/i;
// `process.env.API_KEY`, `config.auth.token2`: what is assigned is the value of another name.
const MEMBER = /^[A-Za-z_$][\w$]{0,63}(?:\.[A-Za-z_$][\w$]{0,63}){1,8}$/;
const DIGITS = /^\d{15,20}$/;
const ADDRESS = /^(?:[a-z][a-z0-9+.-]{1,20}:)?\/{1,2}|^[^@\s]{1,64}@[\w-]{1,63}\.[a-z]{2}/i;

interface Place {
  readonly start: number;
  readonly end: number;
}

interface Value extends Place {
  readonly quoted: boolean;
}

/**
 * Finds values that look random and are assigned to a name that says they are secret. A quoted value
 * goes as far as its quote, another as far as white space or a separator.
 */
export function findAssignedSecrets(source: SearchedText): readonly Candidate<SecretType>[] {
  const found: Candidate<SecretType>[] = [];
  const { text } = source;
  const words = new RegExp(SECRET_WORD);
  const names: Names = new Map();
  let earlier = 0;
  for (let word = words.exec(text); word !== null; word = words.exec(text)) {
    const end = run(source, word.index, NAME);
    const start = runBack(source, word.index, NAME, Math.min(MAX_NAME, word.index - earlier));
    earlier = end;
    words.lastIndex = end;
    const secret = assignedAt(source, names, { start, end });
    if (secret !== undefined) found.push(secret);
  }
  source.steps += text.length;
  return found;
}

interface ReadName {
  readonly name: string;
  readonly evidence: NameEvidence | undefined;
}
/** Programs repeat their names: each is read once. */
type Names = Map<string, ReadName>;

function nameAt(source: SearchedText, names: Names, { start, end }: Place): ReadName {
  const written = peek(source, Math.max(start, end - MAX_NAME), Math.min(end - start, MAX_NAME));
  const known = names.get(written);
  if (known !== undefined) return known;
  const name = snakeCase(written);
  const read = { name, evidence: readName(name) };
  names.set(written, read);
  return read;
}

function assignedAt(
  source: SearchedText,
  names: Names,
  at: Place,
): Candidate<SecretType> | undefined {
  const { text } = source;
  if (!OPENS_GAP.test(text[at.end] ?? '')) return undefined;
  const gap = GAP.exec(peek(source, at.end, MAX_GAP))?.[0];
  if (gap === undefined) return spacedAt(source, names, at);
  const { name, evidence: written } = nameAt(source, names, at);
  if (written === undefined) return undefined;
  const isSpoken = written === 'weak' && /^keys?$/.test(name) && isAfter(source, at, SPOKEN);
  const evidence = isSpoken ? 'credential' : written;
  const value = valueAt(source, at.end + gap.length);
  if (value === undefined || (!value.quoted && CALL.test(gap))) return undefined;
  return judge(source, name, evidence, value);
}

const isAfter = (source: SearchedText, { start }: Place, pattern: RegExp): boolean =>
  pattern.test(peekBack(source, start, 12));

/** A value behind the name and white space; only where a command or a Dockerfile says so. */
function spacedAt(
  source: SearchedText,
  names: Names,
  at: Place,
): Candidate<SecretType> | undefined {
  const gap = SPACED.exec(peek(source, at.end, MAX_GAP))?.[0];
  if (gap === undefined) return undefined;
  if (!peek(source, at.start, 2).startsWith('--') && !isAfter(source, at, SETS)) return undefined;
  const { name, evidence } = nameAt(source, names, at);
  if (evidence === undefined || evidence === 'weak') return undefined;
  const value = valueAt(source, at.end + gap.length);
  // A chosen word is believed behind a sign of assignment only.
  return value === undefined ? undefined : judge(source, name, 'credential', value);
}

function valueAt(source: SearchedText, from: number): Value | undefined {
  const quote = QUOTE.exec(source.text[from] ?? '')?.[0];
  if (quote !== undefined) {
    const start = from + 1;
    const open = `${/\\{1,3}$/.exec(peekBack(source, from, 3))?.[0] ?? ''}${quote}`;
    const end = closing(source, start, open);
    return end === undefined ? undefined : { start, end, quoted: true };
  }
  const end = run(source, from, UNQUOTED, MAX_VALUE + 1);
  const isCode = /[([]/.test(source.text[end] ?? ' ');
  const tail = /[.:?!]{1,3}$/.exec(source.text.slice(Math.max(from, end - 3), end))?.[0] ?? '';
  return isCode ? undefined : { start: from, end: end - tail.length, quoted: false };
}

/** Where the quote that `open` ends with comes again, escaped as it was; on the same line. */
function closing(source: SearchedText, start: number, open: string): number | undefined {
  const piece = peek(source, start, MAX_VALUE + open.length);
  let at = piece.indexOf(open);
  while (open.length === 1 && at > 0 && piece[at - 1] === '\\') at = piece.indexOf(open, at + 1);
  return at === -1 || piece.slice(0, at).includes('\n') ? undefined : start + at;
}

function judge(
  source: SearchedText,
  name: string,
  evidence: NameEvidence,
  { start, end, quoted }: Value,
): Candidate<SecretType> | undefined {
  if (end - start > MAX_VALUE || end - start < MIN_PASSWORD) return undefined;
  const value = peek(source, start, end - start);
  if (!quoted && MEMBER.test(value)) {
    const part = KEY_PART.exec(value)?.[0] ?? '';
    const digits = part.replace(/\D/g, '').length;
    if (evidence !== 'credential' || digits < MIN_DIGITS || !looksRandom(part)) return undefined;
  }
  if (/\s/.test(value) || DIGEST.test(value) || ADDRESS.test(value)) return undefined;
  if (isPlaceholder(value) || /^\$[A-Za-z_{(]|^%[A-Za-z({]|[({]\w{0,40}[)}]$/.test(value))
    return undefined;
  if (UUID.test(value)) {
    const near = `${name} ${peekBack(source, start, 64).toLowerCase()}`;
    return UUID_VENDOR.test(near)
      ? candidateOf(source, 'vendor_token', { start, end, certain: true })
      : undefined;
  }
  if (isEncodedCredential(value)) {
    return candidateOf(source, 'credential', { start, end, certain: true });
  }
  const type = typeOf(name);
  if (isKey(value, evidence)) {
    return candidateOf(source, type, { start, end, certain: evidence !== 'weak', named: true });
  }
  if (evidence === 'weak' || !(quoted || isLineEnd(source, end))) return undefined;
  if (evidence === 'password' && looksChosen(value) && !isWordForPassword(value)) {
    return candidateOf(source, type, { start, end, certain: value.length >= SURE_PASSWORD });
  }
  return undefined;
}

function typeOf(name: string): SecretType {
  return /aws|amazon/.test(name) && /secret/.test(name) ? 'aws_secret_key' : 'generic_key';
}

function isKey(value: string, evidence: NameEvidence): boolean {
  if (value.length < (evidence === 'weak' ? MIN_WEAK_VALUE : MIN_VALUE)) return false;
  return looksRandom(value) || (evidence === 'credential' && DIGITS.test(value));
}

/** Docker's `auth` and its like: `user:password` in base64. */
function isEncodedCredential(value: string): boolean {
  const text = fromBase64(value);
  const password = text?.slice(text.indexOf(':') + 1);
  return text?.includes(':') === true && password !== undefined && !isWordForPassword(password);
}

function isLineEnd({ text }: SearchedText, end: number): boolean {
  return /^(?:[;,]?\s|$)/.test(text.slice(end, end + 2));
}
