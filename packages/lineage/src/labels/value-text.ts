/** The text of a value, prepared for comparison. */
export interface ValueText {
  /** Whole values, normalised, each at least `MIN_VALUE` characters. */
  readonly values: readonly string[];
  /** The normalised text of every leaf and the decoded text in it, concatenated. */
  readonly text: string;
  /** Set when the value was not read completely; then nothing can be ruled out. */
  readonly truncated: boolean;
}

/** The fewest characters that make a value worth recognising. */
export const MIN_VALUE = 8;

const MAX_CHARACTERS = 262_144;
const MAX_LEAVES = 4096;
const MAX_DEPTH = 64;
const SEPARATOR = '\n';

interface Reading {
  readonly leaves: string[];
  charactersLeft: number;
  truncated: boolean;
}

/**
 * Reads the text of plain data: strings and numbers, keys left out. Text that stands encoded in a
 * leaf (base64, base64url, hexadecimal, percent-encoding) is read as well. Bounded: at most 4096
 * leaves and 262,144 characters.
 */
export function readText(value: unknown): ValueText {
  const reading: Reading = { leaves: [], charactersLeft: MAX_CHARACTERS, truncated: false };
  collect(value, 0, reading);
  const decoded = reading.leaves.flatMap((leaf) => decodings(leaf, reading));
  const leaves = [...reading.leaves, ...decoded].map(normalizeText);
  return {
    values: [...new Set(leaves.filter((leaf) => leaf.length >= MIN_VALUE))],
    text: leaves.join(SEPARATOR),
    truncated: reading.truncated,
  };
}

/** Compatibility forms, letter case and white space make no difference. */
export function normalizeText(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
}

function collect(value: unknown, depth: number, reading: Reading): void {
  if (typeof value === 'string') add(value, reading);
  else if (typeof value === 'number' || typeof value === 'bigint') add(String(value), reading);
  if (typeof value !== 'object' || value === null) return;
  if (depth >= MAX_DEPTH) {
    reading.truncated = true;
    return;
  }
  for (const member of Object.values(value)) {
    if (reading.truncated) return;
    collect(member, depth + 1, reading);
  }
}

function add(text: string, reading: Reading): void {
  if (reading.leaves.length >= MAX_LEAVES || text.length > reading.charactersLeft) {
    reading.truncated = true;
    const rest = text.slice(0, reading.charactersLeft);
    if (reading.leaves.length < MAX_LEAVES && rest !== '') reading.leaves.push(rest);
    reading.charactersLeft = 0;
    return;
  }
  reading.charactersLeft -= text.length;
  reading.leaves.push(text);
}

const BASE64 = /[A-Za-z0-9+/_-]{12,}={0,2}/g;
const HEX = /(?:[0-9a-fA-F]{2}){8,}/g;
const PERCENT = /%[0-9a-fA-F]{2}/;

/** The decoded text of a leaf. Each encoding is tried once and not nested. */
function decodings(leaf: string, reading: Reading): readonly string[] {
  const found: string[] = [];
  for (const [run] of leaf.matchAll(BASE64)) pushText(found, fromBase64(run));
  for (const [run] of leaf.matchAll(HEX)) pushText(found, fromHex(run));
  if (PERCENT.test(leaf)) pushText(found, fromPercent(leaf));
  const length = found.reduce((sum, text) => sum + text.length, 0);
  if (length <= reading.charactersLeft) {
    reading.charactersLeft -= length;
    return found;
  }
  reading.truncated = true;
  return [];
}

function pushText(found: string[], text: string | undefined): void {
  if (text !== undefined && text.length >= MIN_VALUE) found.push(text);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
function decode(bytes: Uint8Array): string | undefined {
  try {
    const text = utf8.decode(bytes);
    return isReadable(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Text that people write has no control characters but those of layout. */
function isReadable(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x7f || (code < 0x20 && (code < 0x09 || code > 0x0d))) return false;
  }
  return true;
}

function fromBase64(run: string): string | undefined {
  const plain = run.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  if (plain.length % 4 === 1) return undefined;
  try {
    return decode(Uint8Array.from(atob(plain), (character) => character.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

function fromHex(run: string): string | undefined {
  const bytes = new Uint8Array(run.length / 2);
  for (let at = 0; at < bytes.length; at += 1) {
    bytes[at] = Number.parseInt(run.slice(at * 2, at * 2 + 2), 16);
  }
  return decode(bytes);
}

function fromPercent(leaf: string): string | undefined {
  try {
    return decodeURIComponent(leaf.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
