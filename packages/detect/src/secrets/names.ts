/** What a name says about the value that is assigned to it. */
export type NameEvidence =
  /** It ends in a word for a credential: `stripe_api_key`, `REFRESH_TOKEN_PROD`. */
  | 'credential'
  /** It ends in a word for a password, which people may have chosen: `db_password`. */
  | 'password'
  /** It holds such a word, and says too little by itself: `key`, `secret_setup`. */
  | 'weak';

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s/));

/** Any of these stands in every name that may say "secret". */
export const SECRET_WORD = /token|secret|passw|passphrase|pwd|credential|key|auth/gi;

const PASSWORD = /(?:password|passwd|passphrase|pwd|passw)$/;
const CREDENTIAL = /(?:tokens?|secrets?|credentials?)$/;
const MODIFIED_KEY =
  /^(?:api|access|auth|private|secret|signing|encryption|service|client|license|account|webhook|master|app|application|deploy|admin|jwt|session|consumer|subscription|integration|server|ssh|hmac|shared|storage|write|user|project|team|org)keys?$/;

/** Head nouns: in English the last word says what a thing is, and a `token_url` is a URL. */
const OTHER_HEADS = words(
  'id ids name names path paths file files url uri urls endpoint ref arn type types kind count counts ' +
    'version size length len limit limits ttl expiry expires expiration age field header param parameter ' +
    'prefix suffix index label alias format algorithm alg method mode usage policy rule rules schema ' +
    'provider manager store service factory builder handler helper class interface error message title ' +
    'description placeholder regex pattern enabled required valid status state at date time timestamp',
);
/** A word of these anywhere, and the value is something that is meant to be seen. */
const PUBLIC_WORDS = words(
  'public pub cache hash digest checksum integrity commit revision fingerprint etag uuid cursor page next ' +
    'prev previous continuation pagination tokenizer csrf xsrf idempotency design syntax keyword keywords ' +
    'author sync resume nonce',
);
/** Keys that open nothing: they name a row, a place or a text. */
const PLAIN_KEYS = words(
  'foreign row partition sort hot short dict map object item list column field unique group lookup registry ' +
    'dedup event translation locale react option config param query header attr attribute tag label metric ' +
    'meta file path route routing range bucket blob enum json natural lock queue topic idempotency primary ' +
    'mon don tur hoc joc whis i18n sub node edge record entity series sequence dimension',
);
const QUALIFIERS = words(
  'prod production test testing dev development staging stage live sandbox local value val text plain raw ' +
    'string str base64 b64 hex secondary old new current main default backup us eu',
);

/** `apiKey`, `API-KEY` and `app.api_key` all contain `api_key` then. */
export function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]/g, '_')
    .toLowerCase();
}

/** What a name in snake case says about its value; undefined where it speaks of something else. */
export function readName(name: string): NameEvidence | undefined {
  const parts = name.split('_').filter((word) => word !== '');
  if (parts.some((word) => PUBLIC_WORDS.has(word))) return undefined;
  while (parts.length > 1 && isQualifier(parts.at(-1) ?? '')) parts.pop();
  const head = (parts.at(-1) ?? '').replace(/\d{1,4}$/, '');
  if (OTHER_HEADS.has(head)) return undefined;
  if (PASSWORD.test(head)) return 'password';
  if (CREDENTIAL.test(head)) return 'credential';
  if (/keys?$/.test(head)) return readKey(head, parts.at(-2));
  return 'weak';
}

function isQualifier(word: string): boolean {
  return QUALIFIERS.has(word) || /^v?\d{1,4}$/.test(word);
}

function readKey(head: string, before: string | undefined): NameEvidence | undefined {
  const modifier = head.replace(/keys?$/, '') || before;
  if (modifier === undefined) return 'weak';
  if (PLAIN_KEYS.has(modifier) || PUBLIC_WORDS.has(modifier)) return undefined;
  return MODIFIED_KEY.test(`${modifier}key`) || before !== undefined ? 'credential' : 'weak';
}
