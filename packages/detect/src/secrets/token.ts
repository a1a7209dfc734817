import { BASE64_URL, charactersOf } from '../character.js';
import {
  beginsToken,
  type Candidate,
  eachOccurrence,
  peek,
  run,
  type SearchedText,
} from '../source.js';
import type { SecretType } from '../types.js';
import { isDocumentationKey } from './documentation-keys.js';
import { candidateOf, isPlaceholder } from './value.js';

const BEARER = charactersOf(/[\w.~+/=-]/);
const MIN_BEARER = 16;
const MIN_PART = 10;

const SCHEMES = ['Bearer ', 'bearer ', 'BEARER '];
// The beginning of a JSON object in base64.
const OBJECT = 'eyJ';
const TYPE = '"type';

/** What these detectors look for. */
export const TOKEN_LITERALS: readonly string[] = [...SCHEMES, OBJECT, TYPE];

/** Finds what follows `Bearer` in an authorization header (RFC 6750), unless it reads as a word. */
export function findBearerTokens(source: SearchedText): readonly Candidate<SecretType>[] {
  const found: Candidate<SecretType>[] = [];
  for (const scheme of SCHEMES) {
    eachOccurrence(source, scheme, (at) => {
      const start = at + scheme.length;
      const end = run(source, start, BEARER);
      const head = source.text.slice(start, Math.min(end, start + 256));
      const humps = head.match(/[a-z][A-Z]/g)?.length ?? 0;
      const isWord = humps < 2 && !/\d/.test(head);
      if (end - start < MIN_BEARER || isWord || isPlaceholder(head)) return end;
      found.push(candidateOf(source, 'bearer_token', { start, end }));
      return end;
    });
  }
  return found;
}

/** Finds JSON web tokens in compact form (RFC 7519): three parts, the first a JSON object. */
export function findJwts(source: SearchedText): readonly Candidate<SecretType>[] {
  const found: Candidate<SecretType>[] = [];
  eachOccurrence(source, OBJECT, (start) => {
    if (!beginsToken(source, start)) return undefined;
    const header = run(source, start, BASE64_URL);
    if (header - start < MIN_PART || source.text[header] !== '.') return header;
    const payload = run(source, header + 1, BASE64_URL);
    if (payload - header <= MIN_PART || source.text[payload] !== '.') return header;
    const end = run(source, payload + 1, BASE64_URL);
    if (!isDocumentationKey(source.text.slice(start, Math.min(end, start + 1024)))) {
      found.push(candidateOf(source, 'jwt', { start, end }));
    }
    return end;
  });
  return found;
}

const SERVICE_ACCOUNT = /^type\\?"\s{0,4}:\s{0,4}\\?"service_account\\?"/;

/** Finds the mark of a Google Cloud service account file; its key is found as a private key. */
export function findServiceAccounts(source: SearchedText): readonly Candidate<SecretType>[] {
  const found: Candidate<SecretType>[] = [];
  eachOccurrence(source, TYPE, (start) => {
    const rest = SERVICE_ACCOUNT.exec(peek(source, start + 1, 48))?.[0];
    if (rest === undefined) return undefined;
    const end = start + 1 + rest.length;
    found.push(candidateOf(source, 'gcp_service_account', { start, end, certain: true }));
    return end;
  });
  return found;
}
