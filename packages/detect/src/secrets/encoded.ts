import { BASE64 } from '../character.js';
import {
  beginsToken,
  type Candidate,
  eachOccurrence,
  peek,
  peekBack,
  run,
  type SearchedText,
} from '../source.js';
import type { SecretType } from '../types.js';
import { candidateOf, isPlaceholder } from './value.js';

// How base64 writes `-----BEGIN` and the `eyJ` that a JSON web token begins with.
const ARMOUR = 'LS0tLS1CRUdJTi';
const TOKEN = 'ZXlK';
const SECRET = 'Secret';

/** What these detectors look for. */
export const ENCODED_LITERALS: readonly string[] = [ARMOUR, TOKEN, SECRET];

const MAX_DECODED = 2048;
const MIN_TOKEN = 80;
const JWT = /^eyJ[\w-]{7,400}\.[\w-]{10}/;
const PRIVATE = /^-----BEGIN ([A-Z0-9 ]{0,40})PRIVATE KEY/;
const READABLE = /^[\t\n\r\x20-\x7e]{4,2048}$/;

/** The text that a piece of base64 holds; undefined where it holds none that can be read. */
export function fromBase64(value: string): string | undefined {
  const head = value.slice(0, MAX_DECODED);
  const plain = head.replace(/={1,2}$/, '');
  if (plain.length % 4 === 1 || !/^[A-Za-z0-9+/]{6,2048}$/.test(plain)) return undefined;
  try {
    const text = atob(plain);
    return READABLE.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Finds private keys and JSON web tokens that stand in base64, as environments carry them. */
export function findEncodedSecrets(source: SearchedText): readonly Candidate<SecretType>[] {
  const found: Candidate<SecretType>[] = [];
  eachOccurrence(source, ARMOUR, (start) => {
    const end = run(source, start, BASE64);
    const label = PRIVATE.exec(fromBase64(head(source, start, end, 120)) ?? '')?.[1];
    if (label === undefined || end - start < MIN_TOKEN) return end;
    const type = label.includes('SSH') ? 'ssh_private_key' : 'pem_private_key';
    found.push(candidateOf(source, type, { start, end, certain: true }));
    return end;
  });
  eachOccurrence(source, TOKEN, (start) => {
    if (!beginsToken(source, start)) return undefined;
    const end = run(source, start, BASE64);
    const text = fromBase64(head(source, start, end, MAX_DECODED));
    if (end - start >= MIN_TOKEN && text !== undefined && JWT.test(text)) {
      found.push(candidateOf(source, 'jwt', { start, end, certain: true }));
    }
    return end;
  });
  return [...found, ...findKubernetesSecrets(source)];
}

/** The beginning of a run, in whole groups of four. */
function head(source: SearchedText, start: number, end: number, max: number): string {
  const length = Math.min(end - start, max);
  return peek(source, start, length === max ? max - (max % 4) : length);
}

const KIND = /kind["']?\s?:\s?["']?$/;
const WINDOW = 4096;
const DATA = /^(\s{0,16})["']?data["']?:\s{0,4}\{?$/;
const ENTRY =
  /^(\s{1,20})["']?[\w.-]{1,253}["']?:\s{1,4}["']?([A-Za-z0-9+/]{6,4000}={0,2})["']?,?\s{0,4}$/;

/** Finds the entries of a Kubernetes Secret: whatever they are called, they are secret. */
function findKubernetesSecrets(source: SearchedText): readonly Candidate<SecretType>[] {
  const found: Candidate<SecretType>[] = [];
  eachOccurrence(source, SECRET, (at) => {
    if (!KIND.test(peekBack(source, at, 12))) return undefined;
    const from = Math.max(0, at - WINDOW);
    const lead = peekBack(source, at, WINDOW);
    const start = from + Math.max(0, lead.lastIndexOf('\n---'));
    const piece = peek(source, start, at - start + WINDOW);
    const close = piece.indexOf('\n---', at - start);
    const document = close === -1 ? piece : piece.slice(0, close);
    found.push(...entriesOf(source, document, start));
    return start + document.length;
  });
  return found;
}

function* entriesOf(
  source: SearchedText,
  document: string,
  start: number,
): Iterable<Candidate<SecretType>> {
  let indent: number | undefined;
  let at = start;
  for (const line of document.split('\n')) {
    const data = DATA.exec(line);
    const entry = ENTRY.exec(line);
    const value = entry?.[2] ?? '';
    if (data !== null) indent = data[1]?.length ?? 0;
    else if (entry === null || indent === undefined || (entry[1]?.length ?? 0) <= indent) {
      if (line.trim() !== '') indent = undefined;
    } else if (fromBase64(value) !== undefined && !isPlaceholder(value)) {
      const begin = at + line.lastIndexOf(value);
      yield candidateOf(source, 'credential', {
        start: begin,
        end: begin + value.length,
        certain: true,
      });
    }
    at += line.length + 1;
  }
}
