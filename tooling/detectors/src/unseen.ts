import { createDraw, type Draw, drawFrom } from './draw.js';

/** A text, and whether there is a secret in it. */
export interface UnseenSample {
  readonly kind: string;
  readonly text: string;
  readonly secret: boolean;
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
const ALPHABETS: Readonly<Record<string, string>> = {
  hexadecimal: `${DIGITS}abcdef`,
  'base 32': `${LOWER.toUpperCase()}234567`,
  'base 36': LOWER + DIGITS,
  'base 58': '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz',
  'base 62': LOWER + LOWER.toUpperCase() + DIGITS,
  base64url: `${LOWER}${LOWER.toUpperCase()}${DIGITS}-_`,
};

const upper = (name: string): string => name.toUpperCase();
const capital = (name: string): string => `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;

/** How a key is handed over, in ways of which none is among the forms of `families.ts`. */
const HANDED: Readonly<Record<string, (vendor: string, key: string) => string>> = {
  'shell, exported': (v, k) => `set -e\nexport ${upper(v)}_TOKEN="${k}"\nmake deploy`,
  Dockerfile: (v, k) => `FROM node:20\nENV ${upper(v)}_SECRET_KEY ${k}\nCMD ["node", "."]`,
  INI: (v, k) => `[${v}]\nregion = eu\nsecret_key = ${k}\n`,
  Terraform: (v, k) => `provider "${v}" {\n  api_key = "${k}"\n}`,
  'request header': (_, k) => `curl -sS -H "X-Api-Key: ${k}" https://api.example.com/v1/items`,
  'option of a command': (v, k) => `${v}ctl login --org acme --auth-token ${k}`,
  properties: (v, k) => `${v}.client.id=web\n${v}.client.secret=${k}\n`,
  'CI variables': (v, k) => `env:\n  - name: ${upper(v)}_API_TOKEN\n    value: "${k}"\n`,
  Ruby: (v, k) => `${capital(v)}.configure do |c|\n  c.access_token = '${k}'\nend`,
  Go: (v, k) => `client := ${v}.New(${v}.Options{APIKey: "${k}", Retries: 2})`,
  chat: (v, k) => `here is the ${v} api key: ${k} please do not share it`,
  TOML: (v, k) => `[credentials.${v}]\ntoken = "${k}"\nexpires = 3600`,
};

/** Values that stand where keys do, or look as random, and open nothing. */
const HARMLESS: Readonly<Record<string, (vendor: string, draw: Draw) => string>> = {
  'a public id': (v, d) => `${upper(v)}_ACCOUNT_ID=${drawFrom(d, `${DIGITS}abcdef`, 32)}`,
  'a build': (v, d) => `${v}: built from ${drawFrom(d, `${DIGITS}abcdef`, 40)} on main`,
  'a request': (v, d) => `${v} answered 200, request_id=${drawFrom(d, LOWER + DIGITS, 26)}`,
  'a placeholder': (v) => `export ${upper(v)}_TOKEN="<your ${v} token>"`,
  'a reference': (v) => `api_key = var.${v}_api_key`,
  'a variable': (v) => `ENV ${upper(v)}_SECRET_KEY \${${upper(v)}_SECRET_KEY}`,
  'a function': (v) => `c.access_token = Vault.read("secret/${v}/production/access_token")`,
  'a word': (v) => `${v}.client.secret=changeme-in-production`,
  'a checksum': (v, d) => `sha256 = "${drawFrom(d, `${DIGITS}abcdef`, 64)}" # ${v}.tar.gz`,
  'an image': (v, d) => `image: ${v}/auth@sha256:${drawFrom(d, `${DIGITS}abcdef`, 64)}`,
  'a name': (v) => `secretName: ${v}-production-database-credentials`,
  'a link': (v, d) => `https://cdn.example.com/${v}/token-${drawFrom(d, LOWER + DIGITS, 20)}.js`,
};

/** A vendor nobody has heard of. */
function inventVendor(draw: Draw): string {
  const [onsets, vowels] = ['bdfgklmnprstvz', 'aeiou'];
  return Array.from(
    { length: 3 },
    () => drawFrom(draw, onsets, 1) + drawFrom(draw, vowels, 1),
  ).join('');
}

/** With a prefix or without, of 20 to 64 characters. */
function inventKey(vendor: string, alphabet: string, draw: Draw): string {
  const prefixes = [
    '',
    '',
    `${vendor.slice(0, 3)}_`,
    `${upper(vendor.slice(0, 2))}-`,
    `${vendor}.v1.`,
  ];
  const prefix = prefixes[draw() % prefixes.length] ?? '';
  return prefix + drawFrom(draw, alphabet, 20 + (draw() % 45));
}

/**
 * Secrets of invented vendors, and as many texts without one. `seed` makes other vendors, keys and
 * values of the same kinds.
 */
export function unseenSamples(seed: string, perKind = 4): readonly UnseenSample[] {
  const samples: UnseenSample[] = [];
  for (const [form, write] of Object.entries(HANDED)) {
    for (const [name, alphabet] of Object.entries(ALPHABETS)) {
      for (let at = 0; at < perKind; at += 1) {
        const draw = createDraw(`${seed} ${form} ${name} ${at}`);
        const vendor = inventVendor(draw);
        const text = write(vendor, inventKey(vendor, alphabet, draw));
        samples.push({ kind: form, text, secret: true });
      }
    }
  }
  for (const [kind, write] of Object.entries(HARMLESS)) {
    for (let at = 0; at < perKind * Object.keys(ALPHABETS).length; at += 1) {
      const draw = createDraw(`${seed} ${kind} ${at}`);
      samples.push({ kind, text: write(inventVendor(draw), draw), secret: false });
    }
  }
  return samples;
}
