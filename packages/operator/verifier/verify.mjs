// A verifier of SpanForge evidence packages in one file, written from docs/reference/package-format.md.
// It shares no code with the exporter or with @spanforge/operator, needs no network and no package,
// and runs in Node.js 20 or newer and in browsers. On the command line:
//
//   node verify.mjs PACKAGE.zip|PACKAGE.json --key log.vkey --key package.jwks.json
//     [--origin NAME] [--since checkpoint] [--known-size N] [--witness-policy FILE] [--json]
//   node verify.mjs BEFORE --with LINK --with AFTER --key …     how they belong together
//
// Exit codes: 0 valid, 1 invalid or a violation, 2 could not be carried out, 3 incomplete.

/* ------------------------------------------------------------------ bytes and hashes */

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const bytesOf = (text) => encoder.encode(text);
const textOfBytes = (bytes) => {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
};
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
const same = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);

function concat(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const B64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const B64_VALUE = new Map([...B64].map((letter, value) => [letter, value]));

/** Canonical base64 with padding; undefined for any other spelling. */
function base64(text) {
  if (typeof text !== 'string' || text.length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const digits = text.length - padding;
  const bytes = new Uint8Array(Math.floor((digits * 3) / 4));
  let [buffer, bits, at] = [0, 0, 0];
  for (let i = 0; i < digits; i += 1) {
    const value = B64_VALUE.get(text[i]);
    if (value === undefined) return undefined;
    buffer = ((buffer << 6) | value) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at] = (buffer >> bits) & 0xff;
      at += 1;
    }
  }
  if ((buffer & ((1 << bits) - 1)) !== 0 || bits === 6) return undefined;
  return bytes;
}

function base64url(text) {
  if (typeof text !== 'string' || /[^A-Za-z0-9_-]/.test(text)) return undefined;
  const standard = text.replaceAll('-', '+').replaceAll('_', '/');
  return base64(standard + '='.repeat((4 - (standard.length % 4)) % 4));
}

function toBase64(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [a, b = 0, c = 0] = bytes.subarray(at, at + 3);
    const word = (a << 16) | (b << 8) | c;
    const left = bytes.length - at;
    text += B64[word >> 18] + B64[(word >> 12) & 63];
    text += (left > 1 ? B64[(word >> 6) & 63] : '=') + (left > 2 ? B64[word & 63] : '=');
  }
  return text;
}

const K = (() => {
  const primes = [];
  for (let n = 2; primes.length < 64; n += 1) if (primes.every((p) => n % p !== 0)) primes.push(n);
  const part = (x) => ((x - Math.floor(x)) * 2 ** 32) | 0;
  return {
    round: primes.map((p) => part(Math.cbrt(p))),
    start: primes.slice(0, 8).map((p) => part(Math.sqrt(p))),
  };
})();

/** SHA-256 (FIPS 180-4), synchronous. */
function sha256(data) {
  const length = data.length;
  const padded = new Uint8Array(((length + 72) >> 6) << 6);
  padded.set(data);
  padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(length / 0x20000000));
  view.setUint32(padded.length - 4, (length << 3) >>> 0);
  const h = Int32Array.from(K.start);
  const w = new Int32Array(64);
  const rot = (x, n) => (x >>> n) | (x << (32 - n));
  for (let block = 0; block < padded.length; block += 64) {
    for (let i = 0; i < 16; i += 1) w[i] = view.getInt32(block + i * 4);
    for (let i = 16; i < 64; i += 1) {
      const [x, y] = [w[i - 15], w[i - 2]];
      const s0 = rot(x, 7) ^ rot(x, 18) ^ (x >>> 3);
      const s1 = rot(y, 17) ^ rot(y, 19) ^ (y >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    let [a, b, c, d, e, f, g, last] = h;
    for (let i = 0; i < 64; i += 1) {
      const t1 =
        (last + (rot(e, 6) ^ rot(e, 11) ^ rot(e, 25)) + ((e & f) ^ (~e & g)) + K.round[i] + w[i]) |
        0;
      const t2 = ((rot(a, 2) ^ rot(a, 13) ^ rot(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [last, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
    }
    for (const [at, value] of [a, b, c, d, e, f, g, last].entries()) h[at] = (h[at] + value) | 0;
  }
  const out = new Uint8Array(32);
  const outView = new DataView(out.buffer);
  for (let i = 0; i < 8; i += 1) outView.setInt32(i * 4, h[i]);
  return out;
}

function hmac(key, data) {
  const block = new Uint8Array(64);
  block.set(key.length > 64 ? sha256(key) : key);
  const inner = sha256(
    concat(
      block.map((byte) => byte ^ 0x36),
      data,
    ),
  );
  return sha256(
    concat(
      block.map((byte) => byte ^ 0x5c),
      inner,
    ),
  );
}

const hkdf = (secret, salt, info) => hmac(hmac(salt, secret), concat(info, Uint8Array.of(1)));

/* ------------------------------------------------------------------ JSON */

class Malformed extends Error {}

/** Strict JSON: no duplicate keys, no lone surrogates, nothing after the value, depth of 64 at most. */
function parseJson(text, safe = false) {
  let at = 0;
  const bad = () => {
    throw new Malformed('JSON');
  };
  const space = () => {
    while (at < text.length && ' \t\n\r'.includes(text[at])) at += 1;
  };
  const string = () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a string cannot hold
    const end = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
    end.lastIndex = at;
    const [token] = end.exec(text) ?? bad();
    at += token.length;
    const value = JSON.parse(token);
    return value.isWellFormed() ? value : bad();
  };
  const value = (depth) => {
    space();
    const first = text[at];
    if (first === '"') return string();
    if (first === '{' || first === '[') {
      if (depth >= 64) bad();
      at += 1;
      const result = first === '{' ? {} : [];
      const close = first === '{' ? '}' : ']';
      space();
      if (text[at] === close) {
        at += 1;
        return result;
      }
      for (;;) {
        space();
        if (first === '{') {
          const key = text[at] === '"' ? string() : bad();
          if (Object.hasOwn(result, key)) bad();
          space();
          if (text[at] !== ':') bad();
          at += 1;
          const member = value(depth + 1);
          Object.defineProperty(result, key, {
            value: member,
            enumerable: true,
            configurable: true,
            writable: true,
          });
        } else result.push(value(depth + 1));
        space();
        if (text[at] === close) {
          at += 1;
          return result;
        }
        if (text[at] !== ',') bad();
        at += 1;
      }
    }
    for (const [word, meaning] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ]) {
      if (!text.startsWith(word, at)) continue;
      at += word.length;
      return meaning;
    }
    const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
    number.lastIndex = at;
    const [token] = number.exec(text) ?? bad();
    at += token.length;
    const result = Number(token);
    if (!Number.isFinite(result)) bad();
    if (safe && Number.isInteger(result) && !Number.isSafeInteger(result)) bad();
    if (safe && result === 0 && /[1-9]/.test(token.replace(/[eE].*/, ''))) bad();
    return result;
  };
  const result = value(0);
  space();
  return at === text.length ? result : bad();
}

/** How many bytes of UTF-8 a text of JSON may have, by where it stands. */
const JSON_BYTES = { key: 1_048_576, any: 67_108_864, line: 67_112_960, container: 268_435_456 };
const fits = (text, bytes) =>
  text.length * 3 <= bytes || (text.length <= bytes && bytesOf(text).length <= bytes);

const tryJson = (text, safe, bytes = JSON_BYTES.any) => {
  try {
    return fits(text, bytes) ? { value: parseJson(text, safe) } : undefined;
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
};

/** RFC 8785. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.keys(value).sort();
    return `{${members.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const own = (value, name) =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
const textAt = (value, name) => {
  const found = own(value, name);
  return typeof found === 'string' ? found : undefined;
};
const textsAt = (value, name) => {
  const found = own(value, name);
  return Array.isArray(found) ? found.filter((one) => typeof one === 'string') : [];
};
const objectAt = (value, name) => {
  const found = own(value, name);
  return isObject(found) ? found : undefined;
};
const objectsAt = (value, name) => {
  const found = own(value, name);
  return Array.isArray(found) ? found.filter((one) => typeof one === 'object' && one !== null) : [];
};
const hasOnly = (value, required, optional = []) =>
  isObject(value) &&
  required.every((name) => Object.hasOwn(value, name)) &&
  Object.keys(value).every((name) => required.includes(name) || optional.includes(name));
const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const isText = (value, max = 512) =>
  typeof value === 'string' && value.length >= 1 && value.length <= max;

/* ------------------------------------------------------------------ containers */

const MAX_BYTES = 268_435_456;
const MAX_FILES = 20_000;
const SEGMENT = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const isSafeName = (name) =>
  name.length <= 200 && name.split('/').every((part) => SEGMENT.test(part));

class Refused extends Error {
  constructor(reason, verdict = 'invalid') {
    super(reason);
    this.verdict = verdict;
  }
}

const CRC = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c >>> 0;
});
const crc32 = (bytes) => {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ CRC[(crc ^ byte) & 0xff];
  return (crc ^ 0xffffffff) >>> 0;
};

const little = (...fields) =>
  Uint8Array.from(
    fields.flatMap(([width, value]) =>
      Array.from({ length: width }, (_, at) => Math.floor(value / 256 ** at) % 256),
    ),
  );

/** The one zip that holds these files. */
export function writeZip(files) {
  const [locals, central] = [[], []];
  let offset = 0;
  for (const name of [...files.keys()].sort()) {
    const [label, content] = [bytesOf(name), files.get(name)];
    const common = [
      [2, 10],
      [2, 0],
      [2, 0],
      [2, 0],
      [2, 33],
      [4, crc32(content)],
      [4, content.length],
      [4, content.length],
      [2, label.length],
      [2, 0],
    ];
    locals.push(little([4, 0x04034b50], ...common), label, content);
    central.push(
      little(
        [4, 0x02014b50],
        [2, 778],
        ...common,
        [2, 0],
        [2, 0],
        [2, 0],
        [4, 0o100600 * 65536],
        [4, offset],
      ),
      label,
    );
    offset += 30 + label.length + content.length;
  }
  const directory = concat(...central);
  const end = little(
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, files.size],
    [2, files.size],
    [4, directory.length],
    [4, offset],
    [2, 0],
  );
  return concat(...locals, directory, end);
}

function claim(files, folded, name) {
  if (!isSafeName(name)) throw new Refused('unsafe_name');
  if (folded.has(name.toLowerCase())) throw new Refused('duplicate_name');
  folded.add(name.toLowerCase());
  if (folded.size > MAX_FILES) throw new Refused('maxFiles', 'unsupported');
  return files;
}

function readZip(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - 22;
  if (end < 0 || view.getUint32(end, true) !== 0x06054b50) throw new Refused('zip_end');
  const [count, size, start] = [
    view.getUint16(end + 10, true),
    view.getUint32(end + 12, true),
    view.getUint32(end + 16, true),
  ];
  if (start + size !== end) throw new Refused('zip_extra_bytes');
  const [files, folded] = [new Map(), new Set()];
  let at = start;
  for (let n = 0; n < count; n += 1) {
    if (at + 46 > end) throw new Refused('zip_truncated');
    const [length, label, local] = [
      view.getUint32(at + 24, true),
      view.getUint16(at + 28, true),
      view.getUint32(at + 42, true),
    ];
    const name = textOfBytes(bytes.subarray(at + 46, at + 46 + label));
    if (name === undefined) throw new Refused('unsafe_name');
    claim(files, folded, name);
    const from = local + 30 + label;
    if (from + length > start) throw new Refused('zip_truncated');
    files.set(name, bytes.slice(from, from + length));
    at += 46 + label;
  }
  // What is not byte for byte the one zip of these files is refused, whatever else it may mean.
  if (!same(writeZip(files), bytes)) throw new Refused('not_deterministic');
  return files;
}

/** The one JSON document that holds these files. */
export function writeJson(files) {
  const members = {};
  for (const [name, bytes] of files) {
    const text = textOfBytes(bytes);
    members[name] = text === undefined ? { base64: toBase64(bytes) } : { text };
  }
  return `${canonical({ v: 'spanforge.package.v1', files: members })}\n`;
}

function readJson(bytes) {
  const text = textOfBytes(bytes);
  if (text === undefined) throw new Refused('not_utf8');
  const document = tryJson(text, false, JSON_BYTES.container)?.value;
  const members = document?.files;
  const plain =
    hasOnly(document, ['v', 'files']) && document.v === 'spanforge.package.v1' && isObject(members);
  if (!plain) throw new Refused('not_a_package_document');
  const [files, folded] = [new Map(), new Set()];
  for (const [name, content] of Object.entries(members)) {
    claim(files, folded, name);
    const isTextual = hasOnly(content, ['text']) && typeof content.text === 'string';
    const bytes = isTextual
      ? bytesOf(content.text)
      : hasOnly(content, ['base64'])
        ? base64(content.base64)
        : undefined;
    if (bytes === undefined) throw new Refused('not_a_package_document');
    files.set(name, bytes);
  }
  if (writeJson(files) !== text) throw new Refused('not_canonical');
  return files;
}

/** The files of a zip or JSON document. Throws with the reason where the container is refused. */
export function readContainer(bytes) {
  if (bytes.length > MAX_BYTES) throw new Refused('maxBytes', 'unsupported');
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return readZip(bytes);
  if (bytes[0] === 0x7b) return readJson(bytes);
  throw new Refused('neither_zip_nor_json');
}

/* ------------------------------------------------------------------ keys */

const P = 2n ** 255n - 19n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
const mod = (a, m = P) => ((a % m) + m) % m;
function power(base, exponent, m) {
  let [result, b, e] = [1n, mod(base, m), exponent];
  for (; e > 0n; e >>= 1n, b = (b * b) % m) if (e & 1n) result = (result * b) % m;
  return result;
}

/** The y of the points of which eight times are nothing: of order 4, 1, 2 and 8. */
const ORDER_8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022n;
const SMALL_ORDER = new Set([0n, 1n, P - 1n, ORDER_8, P - ORDER_8]);

/** On the curve, canonical, and not of small order. */
function isGoodEd25519(key) {
  const y = key.reduceRight(
    (sum, byte, at) => sum * 256n + BigInt(at === 31 ? byte & 127 : byte),
    0n,
  );
  if (y >= P || SMALL_ORDER.has(y)) return false;
  // x^2 = (y^2 - 1) / (d y^2 + 1) has a root if the product of both has one (Euler's criterion).
  return power((y * y - 1n) * (D * y * y + 1n), (P - 1n) / 2n, P) === 1n;
}

const P256 = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const P256_B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const P256_N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const big = (bytes) => bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);

async function importKey(alg, raw) {
  const { subtle } = globalThis.crypto;
  const name = alg === 'Ed25519' ? { name: 'Ed25519' } : { name: 'ECDSA', namedCurve: 'P-256' };
  const key = await subtle.importKey('raw', raw, name, false, ['verify']);
  const how = alg === 'Ed25519' ? { name: 'Ed25519' } : { name: 'ECDSA', hash: 'SHA-256' };
  return async (message, signature) => {
    if (signature.length !== 64) return false;
    if (alg === 'ES256') {
      const [r, s] = [big(signature.subarray(0, 32)), big(signature.subarray(32))];
      if (r === 0n || s === 0n || r >= P256_N || s >= P256_N) return false;
    }
    return subtle.verify(how, key, signature, message);
  };
}

const unusable = (why) => {
  throw new Refused(`a trusted key cannot be used: ${why}`, 'failed');
};

/** A public JWK, its thumbprint (RFC 7638) and role. */
async function readJwk(jwk) {
  if (['d', 'k', 'p', 'q', 'dp', 'dq', 'qi', 'oth'].some((name) => own(jwk, name) !== undefined))
    unusable('secret members');
  const {
    kty,
    crv,
    x,
    y,
    alg,
    use,
    key_ops: operations,
    kid,
    spanforge_role: role,
    spanforge_retired_size: retired,
    spanforge_last_good_size: lastGood,
    spanforge_origin: log,
  } = isObject(jwk) ? jwk : {};
  const [px, py] = [base64url(x), base64url(y)];
  const ed = kty === 'OKP' && crv === 'Ed25519' && px?.length === 32;
  const ec = kty === 'EC' && crv === 'P-256' && px?.length === 32 && py?.length === 32;
  if (!ed && !ec) unusable('neither Ed25519 nor P-256');
  if (ed && !isGoodEd25519(px)) unusable('the point');
  if (ec) {
    const [a, b] = [big(px), big(py)];
    if (a >= P256 || b >= P256 || mod(b * b - (a * a * a - 3n * a + P256_B), P256) !== 0n)
      unusable('the point');
  }
  const name = ed ? 'Ed25519' : 'ES256';
  if (alg !== undefined && !(ed ? ['EdDSA', 'Ed25519'] : ['ES256']).includes(alg)) unusable('alg');
  if (use !== undefined && use !== 'sig') unusable('use');
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    unusable('key_ops');
  if (role !== undefined && !['log', 'package', 'root', 'record', 'witness'].includes(role))
    unusable('role');
  if ([retired, lastGood].some((size) => size !== undefined && !isCount(size)))
    unusable('a size that is no count');
  if (log !== undefined && !(typeof log === 'string' && NAME.test(log)))
    unusable('the log that a key names');
  const print = toBase64(sha256(bytesOf(canonical(ed ? { crv, kty, x } : { crv, kty, x, y }))));
  const thumbprint = print.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  if (kid !== undefined && kid !== thumbprint) unusable('kid is not the thumbprint');
  const raw = ed ? px : concat(Uint8Array.of(4), px, py);
  const verify = await importKey(name, raw);
  return { kid: thumbprint, alg: name, role, raw, retired, lastGood, log, verify };
}

/** Why a signature of a key does not count at a size; a revoked key counts only at a known one. */
function lapse({ lastGood, retired }, size) {
  if (lastGood !== undefined && (size === undefined || size > lastGood)) return 'key_revoked';
  return retired !== undefined && size > retired ? 'key_retired' : undefined;
}

/** Of two sources that limit a key, the stricter counts. */
function limit(key, other) {
  if (!other) return key;
  const least = (a, b) => (a === undefined || b === undefined ? (a ?? b) : Math.min(a, b));
  return {
    ...key,
    retired: least(key.retired, other.retired),
    lastGood: least(key.lastGood, other.lastGood),
  };
}

const NAME = /^[^\s\p{Cc}\p{Cs}+]+$/u;
const noteKeyId = (name, raw, type) =>
  hex(sha256(concat(bytesOf(`${name}\n`), Uint8Array.of(type), raw))).slice(0, 8);

async function readVkey(line) {
  const [, name, id, encoded] = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/.exec(line) ?? [];
  const material = base64(encoded);
  if (name === undefined || !NAME.test(name) || material?.length !== 33) unusable('not a vkey');
  const [type, raw] = [material[0], material.subarray(1)];
  if ((type !== 1 && type !== 4) || noteKeyId(name, raw, type) !== id || !isGoodEd25519(raw))
    unusable('not a vkey');
  return { name, id, type, raw, verify: await importKey('Ed25519', raw) };
}

/** A witness policy (C2SP tlog-policy): keys of logs and witnesses, and which of them are enough. */
async function readPolicy(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (text.length > 100_000 || /[\u0000-\u0008\u000b-\u001f\u007f]/.test(text))
    unusable('the witness policy is no text of lines');
  const lines = text.split('\n');
  if (lines.length > 1001) unusable('the witness policy has too many lines');
  const [vkeys, witnesses, names] = [[], [], new Map([['none', undefined]])];
  const [members, raws] = [new Set(), new Set()];
  let quorum;
  const bad = () => unusable('the witness policy');
  const key = async (word, type) => {
    const vkey = await readVkey(word);
    if (vkey.type !== type || raws.has(hex(vkey.raw))) bad();
    raws.add(hex(vkey.raw));
    vkeys.push(vkey);
    return vkey;
  };
  const define = (name, met) => (names.has(name) ? bad() : names.set(name, met));
  for (const line of lines) {
    const [kind = '#', ...words] = line.split(/[ \t]+/).filter((word) => word !== '');
    if (kind.startsWith('#')) continue;
    const [name, second, ...rest] = words;
    if (kind === 'log' && (words.length === 1 || words.length === 2)) await key(name, 1);
    else if (kind === 'witness' && (words.length === 2 || words.length === 3)) {
      const vkey = await key(second, 4);
      define(name, (signed) => signed.includes(hex(vkey.raw)));
      witnesses.push({ name, raw: hex(vkey.raw) });
    } else if (kind === 'group' && rest.length > 0) {
      const number = /^[1-9][0-9]{0,3}$/.test(second) ? Number(second) : 0;
      const least = second === 'all' ? rest.length : second === 'any' ? 1 : number;
      if (least < 1 || least > rest.length) bad();
      const parts = rest.map((one) => {
        if (members.has(one)) bad();
        members.add(one);
        return names.get(one) ?? bad();
      });
      define(name, (signed) => parts.filter((met) => met(signed)).length >= least);
    } else if (kind === 'quorum' && words.length === 1 && quorum === undefined)
      quorum = name === 'none' ? () => true : (names.get(name) ?? bad());
    else bad();
  }
  return { vkeys, witnesses, met: quorum ?? bad() };
}

async function readAnchors(texts, wanted, given = []) {
  const [keys, notes] = [new Map(), new Map(given.map((one) => [`${one.name}+${one.id}`, one]))];
  for (const text of texts.map((one) => one.trim())) {
    if (text.startsWith('{')) {
      const document = tryJson(text, false, JSON_BYTES.key)?.value ?? unusable('not JSON');
      const list = Object.hasOwn(document, 'keys') ? document.keys : [document];
      if (!Array.isArray(list)) unusable('not a JWK set');
      const listed = new Set();
      for (const jwk of list) {
        const key = await readJwk(jwk);
        if (listed.has(key.kid)) unusable('a key is listed twice');
        listed.add(key.kid);
        const known = keys.get(key.kid);
        if (known?.role && key.role && known.role !== key.role) unusable('one key under two roles');
        if (known?.log && key.log && known.log !== key.log) unusable('one key of two logs');
        const kept = limit(known?.role ? known : key, known?.role ? key : known);
        keys.set(key.kid, { ...kept, log: key.log ?? known?.log });
      }
    } else {
      const lines = text.split('\n', 101);
      if (lines.length > 100) unusable('more than 100 lines of vkeys');
      for (const line of lines.map((one) => one.trim())) {
        if (line === '') continue;
        const note = await readVkey(line);
        notes.set(`${note.name}+${note.id}`, note);
      }
    }
  }
  const names = new Set(
    [...notes.values()].filter(({ type }) => type === 1).map(({ name }) => name),
  );
  if (wanted === undefined && names.size > 1) unusable('keys of several logs, and no origin');
  if (wanted !== undefined && !NAME.test(wanted)) unusable('the origin is no name');
  const origin = wanted ?? [...names][0];
  const others = new Set(
    [...notes.values()]
      .filter(({ type, name }) => type === 1 && name !== origin)
      .map(({ raw }) => hex(raw)),
  );
  for (const { role, alg, raw, retired, lastGood, log, verify } of keys.values()) {
    if (role !== 'log' || others.has(hex(raw))) continue;
    if (origin === undefined || alg !== 'Ed25519')
      unusable('a log key without the origin of its log');
    if (log !== undefined && log !== origin) continue;
    const id = noteKeyId(origin, raw, 1);
    notes.set(`${origin}+${id}`, { name: origin, id, type: 1, raw, retired, lastGood, verify });
  }
  const byRaw = new Map([...keys.values()].map((key) => [hex(key.raw), key]));
  const noteKeys = [...notes.values()]
    .filter(({ type, name }) => type === 4 || name === origin)
    .map((note) => limit(note, byRaw.get(hex(note.raw))));
  if (notes.size > 0 && !noteKeys.some(({ type }) => type === 1))
    unusable('no key of the log that is meant');
  const packageKeys = [...keys.values()].filter(({ role = 'package' }) => role === 'package');
  const packageRaw = new Set(packageKeys.map(({ raw }) => hex(raw)));
  if (noteKeys.some(({ raw }) => packageRaw.has(hex(raw)))) unusable('one key under two roles');
  for (const [at, one] of noteKeys.entries()) {
    const twice = noteKeys.slice(0, at).some((other) => same(other.raw, one.raw));
    if (twice) unusable('one key under two roles');
  }
  return { origin, noteKeys, packageKeys };
}

/* ------------------------------------------------------------------ notes and trees */

const leafHash = (bytes) => sha256(concat(Uint8Array.of(0), bytes));
const nodeHash = (left, right) => sha256(concat(Uint8Array.of(1), left, right));
const decimal = (text) =>
  text !== undefined && /^(?:0|[1-9][0-9]{0,15})$/.test(text) && Number.isSafeInteger(Number(text))
    ? Number(text)
    : undefined;
const hashAt = (text) => {
  const bytes = base64(text);
  return bytes?.length === 32 ? bytes : undefined;
};

function parseCheckpoint(body) {
  const lines = body.split('\n');
  const [origin, size, root] = [lines[0], decimal(lines[1]), hashAt(lines[2])];
  if (lines.length !== 4 || lines[3] !== '' || !NAME.test(origin) || size === undefined || !root)
    return undefined;
  return { origin, size, root };
}

/** Opens a note: every line of a known key must verify, and one of them must be there. */
async function openNote(text, keys) {
  const blank = text.length <= 1_000_000 ? text.lastIndexOf('\n\n') : -1;
  if (blank < 0) return 'note_malformed';
  const body = text.slice(0, blank + 1);
  const lines = text.slice(blank + 2).split('\n');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\u0000-\u0009\u000b-\u001f\p{Cs}]/u.test(body)) return 'note_malformed';
  if (lines.length > 101 || lines.pop() !== '' || lines.length === 0) return 'note_malformed';
  const parsed = lines.map((line) => {
    const [, name, encoded] = /^— (\S+) ([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? [];
    const bytes = base64(encoded);
    return name !== undefined && NAME.test(name) && bytes?.length > 4 ? { name, bytes } : undefined;
  });
  if (parsed.includes(undefined)) return 'note_malformed';
  const signers = [];
  for (const { name, bytes } of parsed) {
    const id = hex(bytes.subarray(0, 4));
    const key = keys.find((one) => one.name === name && one.id === id);
    if (!key) continue;
    const rest = bytes.slice(4);
    let message = bytesOf(body);
    let signature = rest;
    let seconds;
    if (key.type === 4) {
      if (rest.length !== 72) return 'signature_invalid';
      const time = big(rest.subarray(0, 8));
      if (time > BigInt(Number.MAX_SAFE_INTEGER)) return 'signature_invalid';
      message = bytesOf(`cosignature/v1\ntime ${time}\n${body}`);
      signature = rest.slice(8);
      seconds = Number(time);
    }
    if (!(await key.verify(message, signature))) return 'signature_invalid';
    signers.push({ ...key, seconds });
  }
  return signers.length === 0 ? 'untrusted_key' : { body, signers };
}

const unsigned = (note) => parseCheckpoint(note.slice(0, note.lastIndexOf('\n\n') + 1));

function verifyInclusion({ index, size, leaf, proof, root }) {
  if (index >= size || proof.length > 63) return false;
  let [fn, sn, hash] = [index, size - 1, leaf];
  const half = (n) => Math.floor(n / 2);
  for (const step of proof) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(step, hash);
      while (fn % 2 === 0 && fn > 0) [fn, sn] = [half(fn), half(sn)];
    } else hash = nodeHash(hash, step);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && same(hash, root);
}

/** RFC 9162, 2.1.4.2. */
function verifyConsistency({ size1, size2, root1, root2, proof }) {
  if (size1 > size2 || proof.length > 63) return false;
  if (size2 === 0 && !same(root2, sha256(new Uint8Array()))) return false;
  if (size1 === 0) return proof.length === 0 && same(root1, sha256(new Uint8Array()));
  if (size1 === size2) return proof.length === 0 && same(root1, root2);
  const half = (n) => Math.floor(n / 2);
  const path = Number.isInteger(Math.log2(size1)) ? [root1, ...proof] : [...proof];
  if (path.length === 0) return false;
  let [fn, sn] = [size1 - 1, size2 - 1];
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
  let [fr, sr] = [path[0], path[0]];
  for (const step of path.slice(1)) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHash(step, fr);
      sr = nodeHash(step, sr);
      while (fn % 2 === 0 && fn > 0) [fn, sn] = [half(fn), half(sn)];
    } else sr = nodeHash(sr, step);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && same(fr, root1) && same(sr, root2);
}

/** Head lines, an empty line, then a checkpoint. */
function splitProof(text) {
  const blank = text !== undefined && text.length <= 2_000_000 ? text.indexOf('\n\n') : -1;
  return blank < 0
    ? undefined
    : { head: text.slice(0, blank).split('\n'), note: text.slice(blank + 2) };
}

function parseTlogProof(text) {
  const split = splitProof(text);
  if (split?.head[0] !== 'c2sp.org/tlog-proof@v1' || split.note === '') return undefined;
  const index = split.head[1]?.startsWith('index ') ? decimal(split.head[1].slice(6)) : undefined;
  const proof = split.head.slice(2).map(hashAt);
  if (index === undefined || proof.length > 63 || proof.includes(undefined)) return undefined;
  return { index, proof, note: split.note };
}

function parseConsistency(text) {
  const split = splitProof(text);
  const [first = '', ...hashes] = split?.head ?? [];
  const size = first.startsWith('old ') ? decimal(first.slice(4)) : undefined;
  const proof = hashes.map(hashAt);
  if (
    !split ||
    size === undefined ||
    split.note === '' ||
    proof.length > 63 ||
    proof.includes(undefined)
  )
    return undefined;
  return { size, proof, note: split.note };
}

const hashesAt = (level, size) => Math.floor(size / 256 ** level);
function tilePath(level, index, width) {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g);
  const path = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
  return `tile/${level}/${path}${width === 256 ? '' : `.p/${width}`}`;
}

/** The tiles that lead from these positions to the root. */
function tilesFor(size, indexes) {
  const tiles = [];
  let below = new Set(indexes.map((index) => Math.floor(index / 256)));
  for (let level = 0; hashesAt(level, size) > 0; level += 1) {
    const count = hashesAt(level, size);
    if (count % 256 > 0) below.add(Math.floor(count / 256));
    const above = new Set();
    for (const index of [...below].sort((a, b) => a - b)) {
      const width = Math.min(256, count - index * 256);
      tiles.push({ level, index, width, name: tilePath(level, index, width) });
      if (width === 256) above.add(Math.floor(index / 256));
    }
    below = above;
  }
  return tiles;
}

/** The roots of the full subtrees a list of hashes is made of, left to right. */
function peaks(hashes) {
  const found = [];
  for (let at = 0; at < hashes.length; ) {
    const width = 2 ** Math.floor(Math.log2(hashes.length - at));
    let level = hashes.slice(at, at + width);
    while (level.length > 1) {
      const next = [];
      for (let i = 0; i < level.length; i += 2) next.push(nodeHash(level[i], level[i + 1]));
      level = next;
    }
    found.push(level[0]);
    at += width;
  }
  return found;
}

/* ------------------------------------------------------------------ index proofs */

const uint64 = (value) => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
};
const before = (a, b) => hex(a) < hex(b);

/** The ranges of the trees of a head: runs of 4^k closed segments, the largest first, then the open one. */
function rangesOf(size) {
  const ranges = [];
  const closed = Math.floor(size / 8192);
  for (let at = 0; at < closed; ) {
    let run = 1;
    while (run * 4 <= closed - at) run *= 4;
    ranges.push({ first: at * 8192, end: (at + run) * 8192 });
    at += run;
  }
  if (size % 8192 > 0) ranges.push({ first: closed * 8192, end: size });
  return ranges;
}

function parseIndexProof(text) {
  const blank = text.length <= 1_000_000 ? text.indexOf('\n\n') : -1;
  const lines = text.slice(0, Math.max(blank, 0)).split('\n');
  if (lines.length > 16_384) return undefined;
  if (lines[0] !== 'spanforge.index-proof.v1' || !/^term .+/.test(lines[1] ?? '')) return undefined;
  let at = 2;
  const words = (name, count) => {
    const found = lines[at]?.split(' ');
    if (found?.length !== count || found[0] !== name) return undefined;
    at += 1;
    return found.slice(1);
  };
  const path = () => {
    const hashes = [];
    while (at < lines.length && !lines[at].includes(' ')) {
      hashes.push(hashAt(lines[at]));
      at += 1;
    }
    return hashes;
  };
  const neighbour = (side) => {
    const found = words(side, 3);
    return found && { term: hashAt(found[0]), digest: hashAt(found[1]), path: path() };
  };
  const trees = [];
  while (at < lines.length) {
    const [entries, root] = words('tree', 3) ?? [];
    const present = words('present', 2);
    const absent = present ? undefined : words('absent', 2);
    const tree = {
      entries: decimal(entries),
      root: hashAt(root),
      position: decimal((present ?? absent)?.[0]),
    };
    if (present) tree.path = path();
    else if (absent) Object.assign(tree, { left: neighbour('left'), right: neighbour('right') });
    const paths = [
      tree.path ?? [],
      ...[tree.left, tree.right].filter(Boolean).map((one) => [one.term, one.digest, ...one.path]),
    ];
    if (
      tree.entries === undefined ||
      !tree.root ||
      tree.position === undefined ||
      paths.some((one) => one.length > 65 || one.includes(undefined))
    )
      return undefined;
    trees.push(tree);
  }
  return { term: lines[1].slice(5), trees, head: text.slice(blank + 2) };
}

/** Why a file does not prove that these are all records of a term; undefined where it does. */
async function indexRefusal(text, term, records, checkpoint, keys) {
  const proof = text === undefined ? undefined : parseIndexProof(text);
  if (!proof) return 'malformed';
  if (proof.term !== term) return 'other_term';
  const logKeys = keys.filter(
    (key) => key.type === 1 && key.name === checkpoint.origin && !lapse(key, checkpoint.size),
  );
  const opened = await openNote(proof.head, logKeys);
  const head = isObject(opened) ? parseCheckpoint(opened.body) : undefined;
  if (!head) return 'head_signature';
  const ranges = rangesOf(checkpoint.size);
  const leaves = [
    leafHash(checkpoint.root),
    ...proof.trees.map(({ entries, root }, at) =>
      leafHash(
        concat(uint64(ranges[at]?.first ?? 0), uint64(ranges[at]?.end ?? 0), uint64(entries), root),
      ),
    ),
  ];
  const tops = peaks(leaves);
  const root = tops.reduceRight((right, left) => nodeHash(left, right));
  if (
    ![`${checkpoint.origin}/index`, `${checkpoint.origin}/index/2`].includes(head.origin) ||
    head.size !== checkpoint.size ||
    ranges.length !== proof.trees.length ||
    !same(root, head.root)
  )
    return 'head_mismatch';
  const ascends = records.every(
    ({ index }, at) => index < checkpoint.size && (at === 0 || index > records[at - 1].index),
  );
  if (!ascends) return 'records_order';
  const name = sha256(bytesOf(term));
  const isIn = ({ entries, root: over }, index, entry) =>
    verifyInclusion({
      index,
      size: entries,
      leaf: leafHash(concat(entry.term, entry.digest)),
      proof: entry.path,
      root: over,
    });
  for (const [at, { first, end }] of ranges.entries()) {
    const tree = proof.trees[at];
    const inside = records.filter(({ index }) => index >= first && index < end);
    if (tree.path === undefined) {
      const { position, entries, left, right } = tree;
      const placed =
        position <= entries &&
        (left === undefined) === (position === 0) &&
        (right === undefined) === (position === entries);
      if (
        !placed ||
        (left && !(before(left.term, name) && isIn(tree, position - 1, left))) ||
        (right && !(before(name, right.term) && isIn(tree, position, right)))
      )
        return 'tree_mismatch';
      if (inside.length > 0) return 'records_unknown';
      continue;
    }
    const segments = new Map();
    for (const { index, leaf } of inside) {
      const segment = Math.floor(index / 8192);
      segments.set(segment, concat(segments.get(segment) ?? Uint8Array.of(2), uint64(index), leaf));
    }
    const digest = sha256(
      concat(
        Uint8Array.of(3),
        ...[...segments].flatMap(([segment, bytes]) => [uint64(segment), sha256(bytes)]),
      ),
    );
    if (inside.length === 0 || !isIn(tree, tree.position, { term: name, digest, path: tree.path }))
      return 'records_differ';
  }
  return undefined;
}

/**
 * Why an index proof does not prove that these are all records of a term under a checkpoint; undefined
 * where it does.
 *
 * @param asked `proof` and `term`: texts; `checkpoint`: a verified `{origin, size, root}`, its root as
 *   bytes; `records`: `{index, bytes}`, ascending; `keys`: texts of trusted keys.
 */
export async function refuseIndexProof({ proof, term, checkpoint, records, keys }) {
  const { noteKeys } = await readAnchors(keys, checkpoint.origin);
  const leaves = records.map(({ index, bytes }) => ({ index, leaf: leafHash(bytes) }));
  return indexRefusal(proof, term, leaves, checkpoint, noteKeys);
}

/** The term of the index that a query asks for, where it asks for one trace or one run. */
function termOfQuery(query) {
  if (Object.keys(query).length !== 1) return undefined;
  if (query.trace_id !== undefined) return `trace:${query.trace_id}`;
  return query.run === undefined ? undefined : `run:${query.run}`;
}

/* ------------------------------------------------------------------ records */

const OUTCOMES = ['allow', 'allow+log', 'redact', 'human_review', 'block'];
const strictest = (a, b) => (OUTCOMES.indexOf(a) >= OUTCOMES.indexOf(b) ? a : b);
const STARTED = 'spanforge.execution.started.v1';
const ENDED = 'spanforge.execution.ended.v1';
const REQUESTED = 'spanforge.review.requested.v1';
const RESOLVED = 'spanforge.review.resolved.v1';
const VOTED = 'spanforge.review.resolved.v2';
const CONSUMED = 'spanforge.review.consumed.v1';
const DECISION = 'spanforge.policy.decision.v1';
const OPENED = 'spanforge.log.opened.v1';
const CONTROLS = new Map([
  ['spanforge.scope.v1', 'sf_scope/capability_enforcement'],
  ['spanforge.rbac.v1', 'sf_rbac/role_enforcement'],
  ['spanforge.grounding.v1', 'sf_rag/grounding_threshold'],
  ['spanforge.explanation.v1', 'sf_explain/explanation_generation'],
  ['spanforge.lineage.v1', 'sf_lineage/lineage_capture'],
  ['spanforge.validate.v1', 'sf_validate/output_validation'],
]);
const PERMITS = ['allow', 'allow+log', 'redact'];

const TEXTS = ['type', 'tenant', 'project', 'env', 'agent', 'actor', 'source'];
const QUERY_TEXTS = [
  'trace_id',
  'run',
  'tenant',
  'project',
  'outcome',
  'agent',
  'actor',
  'tool',
  'rule',
  'subject',
];
const REQUIRED_FIELDS = ['v', 'id', ...TEXTS, 'run', 'trace_id', 'mode', 'time', 'writer', 'body'];

/** How the append that a record begins joined the log. */
const isJoin = (join) =>
  hasOnly(join, [], ['claim', 'key', 'records', 'request']) &&
  (join.claim === undefined || isText(join.claim)) &&
  ['key', 'request'].every(
    (name) =>
      join[name] === undefined ||
      (typeof join[name] === 'string' && /^[\w-]{43}$/.test(join[name])),
  ) &&
  (join.records === undefined || (isCount(join.records) && join.records >= 1));

/** What proven bytes say; a text where they are no record. */
/** A date and time that exist, in UTC; no leap seconds. */
function isTime(text) {
  const [, year, month, day] =
    /^(?!0000)(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/
      .exec(text)
      ?.map(Number) ?? [];
  if (day === undefined) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = month === 2 ? 28 + Number(leap) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  return day <= last;
}

function readRecord(bytes) {
  const text = textOfBytes(bytes);
  const parsed = text === undefined ? undefined : tryJson(text, true);
  if (!parsed) return 'not_a_record';
  const r = parsed.value;
  if (!isObject(r)) return 'not_a_record';
  if (own(r, 'v') !== 'spanforge.record.v1') return 'record_version';
  const identifier = (value) => typeof value === 'string' && /^[\x20-\x7e]{1,128}$/.test(value);
  const good =
    hasOnly(r, REQUIRED_FIELDS, ['append', 'span_id', 'policy', 'state_size']) &&
    (r.append === undefined || isJoin(r.append)) &&
    /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(r.id) &&
    typeof r.id === 'string' &&
    TEXTS.every((name) => isText(r[name])) &&
    identifier(r.run) &&
    identifier(r.trace_id) &&
    (r.span_id === undefined || identifier(r.span_id)) &&
    (r.policy === undefined ||
      (hasOnly(r.policy, ['id', 'version', 'digest']) &&
        Object.values(r.policy).every((one) => isText(one)))) &&
    ['live', 'shadow', 'simulate', 'replay'].includes(r.mode) &&
    typeof r.time === 'string' &&
    isTime(r.time) &&
    hasOnly(r.writer, ['id', 'boot', 'n']) &&
    isText(r.writer.id) &&
    isText(r.writer.boot) &&
    isCount(r.writer.n) &&
    (r.state_size === undefined || isCount(r.state_size)) &&
    isObject(r.body);
  return good ? r : 'not_a_record';
}

const outcomeIn = ({ body }) => {
  const stated = textAt(body, 'outcome');
  return stated === 'escalate' ? 'human_review' : OUTCOMES.find((one) => one === stated);
};
const policyOf = ({ policy, body }) => {
  if (policy) return policy;
  const answer = objectAt(body, 'policy');
  const [id, version, digest] = ['id', 'version', 'digest'].map((name) => textAt(answer, name));
  return id === undefined || version === undefined || digest === undefined
    ? undefined
    : { id, version, digest };
};
const controlOf = ({ type, body }) =>
  type === DECISION
    ? `${textAt(body, 'service') ?? 'unknown'}/${textAt(body, 'control') ?? 'unknown'}`
    : (CONTROLS.get(type) ?? type);
const isDecision = (record) =>
  outcomeIn(record) !== undefined && record.type !== STARTED && record.type !== ENDED;
const isRedacted = (record) =>
  outcomeIn(record) === 'redact' ||
  objectsAt(record.body, 'obligations').some(({ kind }) => kind === 'redact');
const commitmentsOf = ({ body }) =>
  Object.entries(objectAt(body, 'values') ?? {})
    .filter(([, digest]) => typeof digest === 'string')
    .sort(([a], [b]) => (a < b ? -1 : 1));

/** Calls, approvals and rejections of live records. */
function partsOf(records) {
  const parts = { calls: [], approvals: new Set(), redeemed: new Set(), rejections: new Set() };
  for (const record of records) {
    if (record.mode !== 'live') continue;
    const { type, body } = record;
    const [callId, tool] = [textAt(body, 'call_id') ?? '', textAt(body, 'tool') ?? ''];
    if (type === STARTED) parts.calls.push({ callId, tool, started: record });
    if (type === ENDED) {
      const startedId = textAt(body, 'started_id');
      const open = parts.calls.find(
        (call) =>
          call.started &&
          !call.ended &&
          (startedId === undefined
            ? body.executed === true && call.callId === callId
            : call.started.id === startedId),
      );
      if (open) open.ended = record;
      else parts.calls.push({ callId, tool, ended: record });
    }
    const review = textAt(body, 'review_id');
    if (review === undefined) continue;
    const decides = type === RESOLVED || (type === VOTED && body.decided === true);
    const resolution = decides ? textAt(body, 'resolution') : undefined;
    if (type === CONSUMED || resolution === 'approved') parts.approvals.add(review);
    if (type === CONSUMED) parts.redeemed.add(review);
    if (resolution === 'rejected') parts.rejections.add(review);
  }
  for (const { started } of parts.calls) {
    const review = textAt(started?.body, 'review_id');
    if (parts.approvals.has(review)) parts.redeemed.add(review);
  }
  return parts;
}

const wasRun = ({ started, ended }) => started !== undefined || ended?.body.executed === true;
const authorityOf = ({ started, ended }) => textsAt((started ?? ended).body, 'decisions');

function strictestOf(records) {
  if (records.length === 0) return 'no_evidence';
  const said = records
    .filter(({ mode }) => mode === 'live')
    .map((record) => (record.type === REQUESTED ? 'human_review' : outcomeIn(record)));
  return (
    said.filter(Boolean).reduce((a, b) => (a === undefined ? b : strictest(a, b)), undefined) ??
    'undecided'
  );
}

/** What became of a trace. */
function outcomeOf(records) {
  if (records.length === 0) return 'no_evidence';
  const live = records.filter(({ mode }) => mode === 'live');
  const { calls, approvals, redeemed, rejections } = partsOf(live);
  const used = new Set(
    live.flatMap((record) =>
      [STARTED, ENDED, REQUESTED].includes(record.type) ? textsAt(record.body, 'decisions') : [],
    ),
  );
  const waited = (review) =>
    review === undefined
      ? 'human_review'
      : redeemed.has(review)
        ? undefined
        : rejections.has(review)
          ? 'block'
          : 'human_review';
  const said = calls.map(({ started, ended }) => {
    const record = ended ?? started;
    const outcome = outcomeIn(record);
    const review = textAt(record.body, 'review_id') ?? textAt(started?.body, 'review_id');
    const status = textAt(ended?.body, 'status');
    if (status === 'held' || (status === 'withheld' && outcome === 'human_review'))
      return waited(review);
    if (outcome !== 'human_review' || !approvals.has(review)) return outcome;
    return isRedacted(record) ? 'redact' : 'allow';
  });
  for (const [at, record] of live.entries()) {
    const { type, id, body, policy } = record;
    if (type === STARTED || type === ENDED || used.has(id)) continue;
    if (type === REQUESTED) {
      said.push(waited(textAt(body, 'review_id')));
      continue;
    }
    const service = textAt(body, 'service') ?? '';
    const joined =
      type === DECISION &&
      live.slice(at + 1).some((later) => {
        const answer = objectAt(later.body, 'policy');
        return (
          answer &&
          outcomeIn(later) !== undefined &&
          CONTROLS.get(later.type)?.split('/')[0] === service &&
          textAt(answer, 'digest') === policy?.digest
        );
      });
    if (!joined) said.push(outcomeIn(record));
  }
  return (
    said.filter(Boolean).reduce((a, b) => (a === undefined ? b : strictest(a, b)), undefined) ??
    'undecided'
  );
}

const VIOLATIONS = ['executed_not_authorised', 'decision_reused', 'decision_mismatch'];

function unauthorised(call, decisions, approvals) {
  const record = call.started ?? call.ended;
  const ids = authorityOf(call);
  if (ids.length === 0) return 'rests on no decision';
  if (ids.some((id) => !decisions.has(id))) return 'rests on a decision that is not in this trace';
  if (textAt(record.body, 'mode') === 'shadow') return undefined;
  const outcome = ids.map((id) => outcomeIn(decisions.get(id))).reduce(strictest, 'allow');
  if (outcome === 'block') return 'ran although a control blocked it';
  const review = textAt(record.body, 'review_id');
  return outcome === 'human_review' && !approvals.has(review)
    ? 'ran without the approval it needed'
    : undefined;
}

function mismatch(at, tool, record) {
  const decided = textAt(record.body, 'tool');
  if (decided !== undefined && decided !== tool) return `another tool, ${decided}`;
  if (record.agent !== at.agent) return 'another agent';
  if (record.actor !== at.actor) return 'another actor';
  const [then, now] = [record, at].map(({ body }) => textAt(objectAt(body, 'values'), 'args'));
  const masked = objectsAt(at.body, 'obligations').some(
    ({ kind, target }) => kind === 'redact' && target === 'args',
  );
  return then === undefined || now === undefined || then === now || masked
    ? undefined
    : 'other arguments';
}

function compareDecisionsAndCalls(records) {
  const { calls, approvals } = partsOf(records);
  const decisions = new Map(
    records.filter((one) => one.mode === 'live' && isDecision(one)).map((one) => [one.id, one]),
  );
  const [findings, usedBy] = [[], new Map()];
  const find = (code, index, message) => findings.push({ code, index, message });
  for (const call of calls) {
    if (!wasRun(call)) continue;
    const at = call.started ?? call.ended;
    const named = `Call ${call.callId} of ${call.tool}`;
    const why = unauthorised(call, decisions, approvals);
    if (why !== undefined) find('executed_not_authorised', at.index, `${named} ${why}.`);
    for (const id of new Set(authorityOf(call))) {
      const earlier = usedBy.get(id);
      if (earlier)
        find(
          'decision_reused',
          at.index,
          `${named} rests on decision ${id}, which call ${earlier.callId} of ${earlier.tool} had used.`,
        );
      usedBy.set(id, earlier ?? call);
      const other = decisions.has(id) ? mismatch(at, call.tool, decisions.get(id)) : undefined;
      if (other !== undefined)
        find(
          'decision_mismatch',
          at.index,
          `${named} rests on decision ${id}, which was about ${other}.`,
        );
    }
    if (!call.ended)
      find(
        'started_not_ended',
        at.index,
        `${named} started and no end is on record: whether it took effect is unknown.`,
      );
  }
  const used = new Set(
    calls.flatMap(({ started, ended }) =>
      [started, ended].flatMap((one) => textsAt(one?.body, 'decisions')),
    ),
  );
  for (const [id, record] of decisions) {
    const { type, body, index } = record;
    const before =
      type === 'spanforge.scope.v1' ||
      type === 'spanforge.rbac.v1' ||
      (type === DECISION &&
        textAt(body, 'service') === 'sf_govern' &&
        textAt(body, 'control') === 'tool_call');
    const outcome = outcomeIn(record);
    if (used.has(id) || !before || !PERMITS.includes(outcome)) continue;
    find(
      'allowed_not_executed',
      index,
      `${controlOf(record)} said ${outcome}, and no call on record rests on it.`,
    );
  }
  return findings.sort((a, b) => a.index - b.index);
}

function findInRecords(records, whole) {
  const findings = whole
    ? compareDecisionsAndCalls(records)
    : [
        {
          code: 'not_compared',
          message: 'The query selects parts of traces: decisions and calls are not compared.',
        },
      ];
  const times = records.map(({ time }) => Date.parse(time));
  for (const [at, { index, time }] of records.entries()) {
    const around = [times[at - 1], times[at + 1]].filter((one) => one !== undefined);
    const late = times[at] > Math.max(...around) + 3_600_000 && at < records.length - 1;
    const early = times[at] < Math.min(...around) - 3_600_000 && at > 0;
    if (around.length === 0 || !(late || early)) continue;
    const message = `Record ${index} is dated ${time}, more than an hour ${late ? 'after' : 'before'} its neighbours.`;
    findings.push({ code: 'time_out_of_place', index, message });
  }
  return findings;
}

/* ------------------------------------------------------------------ the summary */

function sentences(all, none) {
  if (all.length === 0) return none;
  return [...all.slice(0, 10), ...(all.length > 10 ? [`And ${all.length - 10} more.`] : [])].join(
    ' ',
  );
}

function rulesOf(record) {
  const policy = policyOf(record);
  const named = objectsAt(record.body, 'rules')
    .filter((rule) => textAt(rule, 'finding') !== 'shadow')
    .map((rule) => textAt(rule, 'rule_id') ?? '');
  const by = policy ? `policy ${policy.id} ${policy.version}` : '';
  if (named.length === 0) return by;
  const rule = `${named.length === 1 ? 'rule' : 'rules'} ${named.join(', ')}`;
  return by === '' ? rule : `${rule} of ${by}`;
}

function describeDecision(record) {
  const [rules, reason, code] = [
    rulesOf(record),
    textAt(record.body, 'reason') ?? '',
    textAt(record.body, 'reason_code') ?? '',
  ];
  return `${controlOf(record)} said ${outcomeIn(record)} at index ${record.index}${rules === '' ? '' : ` by ${rules}`}: “${reason}”${code === '' ? '' : ` (${code})`}.`;
}

function summarise(records, outcome, size) {
  if (records.length === 0) {
    const none = 'No evidence is on record for this trace.';
    return {
      allowed: none,
      blocked: none,
      controls: none,
      chain: 'There is no evidence, so there is no chain to be valid.',
    };
  }
  const all = records.filter(isDecision);
  const live = all.filter(({ mode }) => mode === 'live');
  const byId = new Map(live.map((record) => [record.id, record]));
  const { calls } = partsOf(records);
  const ran = calls.filter(wasRun).map((call) => {
    const named = authorityOf(call)
      .filter((id) => byId.has(id))
      .map((id) => controlOf(byId.get(id)));
    const review = textAt(call.started?.body, 'review_id');
    const basis = named.length === 0 ? 'no decision in this trace' : named.join(', ');
    return `Call ${call.callId} of ${call.tool} ran on ${basis}${review === undefined ? '' : ` and the approval of review ${review}`}.`;
  });
  const stops = (record) => ['block', 'human_review'].includes(outcomeIn(record));
  const permits = live.filter((record) => !stops(record));
  const overruled =
    ran.length === 0 && permits.length > 0 && ['block', 'human_review'].includes(outcome)
      ? [`As a whole it was not allowed: the strictest control decides, and that is ${outcome}.`]
      : [];
  const none = outcome === 'undecided' ? 'No live decision is on record.' : 'Nothing was allowed.';
  const held = records
    .filter(({ type, mode }) => mode === 'live' && type === REQUESTED)
    .map(
      ({ body }) =>
        `Call ${textAt(body, 'call_id') ?? ''} of ${textAt(body, 'tool') ?? ''} was held for review ${textAt(body, 'review_id') ?? ''}: “${textAt(body, 'reason') ?? ''}”.`,
    );
  const endings = calls
    .filter(({ ended }) => ['blocked', 'withheld'].includes(textAt(ended?.body, 'status')))
    .map(
      ({ callId, tool, ended }) =>
        `Call ${callId} of ${tool} was ${textAt(ended.body, 'status')}: “${textAt(ended.body, 'reason') ?? ''}”.`,
    );
  const contributing = live.map((record) => {
    const rules = rulesOf(record);
    return `${controlOf(record)}: ${outcomeIn(record)}${rules === '' ? '' : ` by ${rules}`}.`;
  });
  const others = all.length - live.length;
  const aside =
    others === 0 ? '' : ` ${others} simulated, replayed or shadow decisions do not count.`;
  return {
    allowed: sentences([...overruled, ...ran, ...permits.map(describeDecision)], none),
    blocked: sentences(
      [...live.filter(stops).map(describeDecision), ...held, ...endings],
      'Nothing was blocked.',
    ),
    controls: `${sentences([...new Set(contributing)], 'No control contributed.')}${aside}`,
    chain: `Yes: ${records.length} record(s) are proven in the checkpoint of size ${size}.`,
  };
}

/* ------------------------------------------------------------------ conditions */

/** Why a part of a condition has no value. */
class Failure {
  constructor(reason, path) {
    this.reason = reason;
    this.path = path;
  }
}

const TOKEN =
  /\s*(?:(\/\/[^\n]*)|((?:[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?))|(0[xX][0-9a-fA-F]+|[0-9]+)|([rR]?(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))|([A-Za-z_][A-Za-z0-9_]*)|(&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()[\]{}]))/y;

function tokenize(source) {
  const tokens = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    if (/^\s*$/.test(source.slice(TOKEN.lastIndex))) break;
    const found = TOKEN.exec(source);
    if (!found) throw new Malformed('condition');
    const [, comment, double, integer, string, name, sign] = found;
    if (comment !== undefined) continue;
    if (double !== undefined || integer !== undefined)
      tokens.push({ kind: 'value', value: Number(double ?? integer) });
    else if (string !== undefined) tokens.push({ kind: 'value', value: unquote(string) });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else tokens.push({ kind: 'sign', text: sign });
  }
  return tokens;
}

const ESCAPES = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  a: '\x07',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '`': '`',
  '?': '?',
};

function unquote(token) {
  const raw = /^[rR]/.test(token);
  const body = raw ? token.slice(1) : token;
  const width = /^("""|''')/.test(body) ? 3 : 1;
  const text = body.slice(width, -width);
  if (raw) return text;
  return text.replace(
    /\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[xX][0-9a-fA-F]{2}|[0-3][0-7]{2}|.)/gs,
    (_, code) => {
      if (/^[uUxX]./.test(code)) return String.fromCodePoint(Number.parseInt(code.slice(1), 16));
      if (/^[0-3][0-7]{2}$/.test(code)) return String.fromCodePoint(Number.parseInt(code, 8));
      if (!Object.hasOwn(ESCAPES, code)) throw new Malformed('condition');
      return ESCAPES[code];
    },
  );
}

const ROOTED = (names) => (names[0] === 'request' && names[1] === 'args' ? names.slice(1) : names);

/** Parses the checked subset of CEL; the bundle was loaded once, so what is left out never occurs. */
function parseCondition(source) {
  const tokens = tokenize(source);
  let at = 0;
  const bad = () => {
    throw new Malformed('condition');
  };
  const is = (text) => tokens[at]?.kind !== 'value' && tokens[at]?.text === text;
  const take = (text) => {
    if (!is(text)) return false;
    at += 1;
    return true;
  };
  const need = (text) => take(text) || bad();
  const binary = (next, kinds) => (scope) => {
    let left = next(scope);
    for (;;) {
      const operator = kinds.find(is);
      if (operator === undefined) return left;
      at += 1;
      left = { kind: operator, left, right: next(scope) };
    }
  };
  const list = (close, scope) => {
    const items = [];
    while (!is(close)) {
      items.push(expression(scope));
      if (!take(',')) break;
    }
    need(close);
    return items;
  };
  const field = (target, name) =>
    target.kind === 'path'
      ? { kind: 'path', names: ROOTED([...target.names, name]) }
      : { kind: 'field', target, name };
  const primary = (scope) => {
    const token = tokens[at] ?? bad();
    at += 1;
    if (token.kind === 'value') return { kind: 'value', value: token.value };
    if (token.text === '(') {
      const inner = expression(scope);
      need(')');
      return inner;
    }
    if (token.text === '[') return { kind: 'list', items: list(']', scope) };
    if (token.kind !== 'name') bad();
    const words = { true: true, false: false, null: null };
    if (Object.hasOwn(words, token.text)) return { kind: 'value', value: words[token.text] };
    if (take('(')) {
      const items = list(')', scope);
      return items.length === 1 && ['has', 'size', 'instant'].includes(token.text)
        ? { kind: token.text, operand: items[0] }
        : bad();
    }
    return scope.includes(token.text)
      ? { kind: 'variable', name: token.text }
      : { kind: 'path', names: [token.text] };
  };
  const member = (scope) => {
    let node = primary(scope);
    for (;;) {
      if (take('.')) {
        const { kind, text: name } = tokens[at] ?? bad();
        if (kind !== 'name') bad();
        at += 1;
        if (!take('(')) {
          node = field(node, name);
          continue;
        }
        if (['all', 'exists', 'filter'].includes(name)) {
          const variable = tokens[at]?.kind === 'name' ? tokens[at].text : bad();
          at += 1;
          need(',');
          const body = expression([...scope, variable]);
          need(')');
          node = { kind: name, list: node, variable, body };
        } else {
          const items = list(')', scope);
          if (items.length === 0 && ['size', 'lowerAscii'].includes(name))
            node = { kind: name, operand: node };
          else if (items.length === 1 && ['startsWith', 'endsWith', 'contains'].includes(name))
            node = { kind: name, target: node, argument: items[0] };
          else bad();
        }
      } else if (take('[')) {
        const key = expression(scope);
        need(']');
        node =
          key.kind === 'value' && typeof key.value === 'string'
            ? field(node, key.value)
            : { kind: 'index', target: node, key };
      } else return node;
    }
  };
  const unary = (scope) => {
    if (take('!')) return { kind: 'not', operand: unary(scope) };
    if (!take('-')) return member(scope);
    const operand = unary(scope);
    return operand.kind === 'value' && typeof operand.value === 'number'
      ? { kind: 'value', value: -operand.value }
      : { kind: 'negate', operand };
  };
  const product = binary(unary, ['*', '/', '%']);
  const sum = binary(product, ['+', '-']);
  const relation = binary(sum, ['==', '!=', '<=', '>=', '<', '>', 'in']);
  const both = binary(relation, ['&&']);
  const either = binary(both, ['||']);
  function expression(scope) {
    const test = either(scope);
    if (!take('?')) return test;
    const whenTrue = expression(scope);
    need(':');
    return { kind: '?:', test, whenTrue, whenFalse: expression(scope) };
  }
  const tree = expression([]);
  return at === tokens.length ? tree : bad();
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
const pathText = (names) =>
  names
    .map((name, at) =>
      at === 0 ? name : IDENTIFIER.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`,
    )
    .join('');

/** The place a node reads, as failures name it. */
function placeOf(node) {
  if (node.kind === 'path') return pathText(node.names);
  if (node.kind === 'variable') return node.name;
  if (node.kind === 'field') return `${placeOf(node.target) ?? ''}.${node.name}`;
  return node.kind === 'index' ? `${placeOf(node.target) ?? ''}[]` : undefined;
}

const NOTHING = Symbol('nothing there');
const NO_FIELDS = Symbol('has no fields');
function fieldOf(holder, name) {
  if (!isObject(holder)) return NO_FIELDS;
  const value = Object.hasOwn(holder, name) ? holder[name] : undefined;
  return value === undefined ? NOTHING : value;
}
const isNumber = (value) => typeof value === 'number' && Number.isFinite(value);
const isScalar = (value) =>
  typeof value === 'string' || typeof value === 'boolean' || isNumber(value);
const failed = (value) => value instanceof Failure;

/** Evaluates one node: its value, or why there is none. */
function evaluate(node, scene) {
  const go = (child) => evaluate(child, scene);
  const mistyped = (child) => new Failure('type_error', placeOf(child));
  const spend = (steps) => {
    scene.steps -= steps;
    return scene.steps >= 0;
  };
  const characters = (count) => spend(Math.ceil(count / 1024));
  const truth = (child, inner = scene) => {
    const value = evaluate(child, inner);
    return typeof value === 'boolean' || failed(value) ? value : mistyped(child);
  };
  const equal = (a, b, place) => {
    if (a === null || b === null) return a === b;
    if (!isScalar(a) || !isScalar(b) || typeof a !== typeof b)
      return new Failure('type_error', place);
    if (typeof a === 'string' && a.length > 1024 && !characters(a.length))
      return new Failure('cost', place);
    return a === b;
  };
  switch (node.kind) {
    case 'value':
      return node.value;
    case 'variable':
      return scene.variables[node.name];
    case 'list': {
      const items = [];
      for (const item of node.items) {
        const value = go(item);
        if (failed(value)) return value;
        items.push(value);
      }
      return items;
    }
    case 'path': {
      const keys = node.names[0] === 'args' ? ['request', ...node.names] : node.names;
      let value = scene.roots;
      for (const key of keys) {
        value = fieldOf(value, key);
        if (value === NOTHING) return new Failure('missing_value', placeOf(node));
        if (value === NO_FIELDS) return mistyped(node);
      }
      const [root, ...rest] = node.names;
      const type = rest.reduce(fieldType, own(scene.types, root));
      return fitsType(type, value, !node.shallow) ? value : mistyped(node);
    }
    case 'field':
    case 'index': {
      const holder = go(node.target);
      if (failed(holder)) return holder;
      const key = node.kind === 'field' ? node.name : go(node.key);
      if (failed(key)) return key;
      const missing = new Failure('missing_value', placeOf(node));
      if (typeof key === 'string') {
        const value = fieldOf(holder, key);
        return value === NOTHING ? missing : value === NO_FIELDS ? mistyped(node) : value;
      }
      if (!Array.isArray(holder) || !Number.isInteger(key)) return mistyped(node);
      return holder[key] === undefined ? missing : holder[key];
    }
    case 'has': {
      const { operand } = node;
      // As deep a failure names the whole path that was asked for.
      let holder;
      if (operand.kind === 'path') {
        holder = evaluate(
          { kind: 'path', names: operand.names.slice(0, -1), shallow: true },
          scene,
        );
        if (failed(holder)) holder = new Failure(holder.reason, placeOf(operand));
      } else holder = go(operand.target);
      if (failed(holder)) return holder.reason === 'missing_value' ? false : holder;
      if (holder === null) return false;
      const value = fieldOf(holder, operand.kind === 'path' ? operand.names.at(-1) : operand.name);
      return value === NO_FIELDS ? mistyped(operand) : value !== NOTHING;
    }
    case 'not': {
      const value = truth(node.operand);
      return failed(value) ? value : !value;
    }
    case '&&':
    case '||': {
      const deciding = node.kind === '||';
      const left = truth(node.left);
      if (left === deciding) return deciding;
      const right = truth(node.right);
      if (right === deciding) return deciding;
      return failed(left) ? left : right;
    }
    case '?:': {
      const test = truth(node.test);
      return failed(test) ? test : go(test ? node.whenTrue : node.whenFalse);
    }
    case '==':
    case '!=': {
      const left = go(node.left);
      if (failed(left)) return left;
      const right = go(node.right);
      if (failed(right)) return right;
      const answer = equal(left, right, placeOf(node.left) ?? placeOf(node.right));
      return failed(answer) ? answer : answer === (node.kind === '==');
    }
    case '<':
    case '<=':
    case '>':
    case '>=': {
      const left = go(node.left);
      if (!isNumber(left)) return failed(left) ? left : mistyped(node.left);
      const right = go(node.right);
      if (!isNumber(right)) return failed(right) ? right : mistyped(node.right);
      return node.kind === '<'
        ? left < right
        : node.kind === '<='
          ? left <= right
          : node.kind === '>'
            ? left > right
            : left >= right;
    }
    case 'in':
      return memberOf(node, go, equal, spend, mistyped);
    case '+':
    case '-':
    case '*':
    case '/': {
      const left = go(node.left);
      if (failed(left)) return left;
      const right = go(node.right);
      if (failed(right)) return right;
      const place = placeOf(node.left) ?? placeOf(node.right);
      if (node.kind === '+' && typeof left === 'string' && typeof right === 'string') {
        return characters(left.length + right.length) ? left + right : new Failure('cost', place);
      }
      if (!isNumber(left)) return mistyped(node.left);
      if (!isNumber(right)) return mistyped(node.right);
      const value =
        node.kind === '+'
          ? left + right
          : node.kind === '-'
            ? left - right
            : node.kind === '*'
              ? left * right
              : left / right;
      return Number.isFinite(value) ? value : new Failure('arithmetic', place);
    }
    case 'negate': {
      const value = go(node.operand);
      return isNumber(value) ? -value : failed(value) ? value : mistyped(node.operand);
    }
    case 'startsWith':
    case 'endsWith':
    case 'contains': {
      const text = go(node.target);
      if (typeof text !== 'string') return failed(text) ? text : mistyped(node.target);
      const part = go(node.argument);
      if (typeof part !== 'string') return failed(part) ? part : mistyped(node.argument);
      const work = node.kind === 'contains' ? text.length * part.length : part.length;
      if (!characters(work)) return new Failure('cost', placeOf(node.target));
      return node.kind === 'contains' ? text.includes(part) : text[node.kind](part);
    }
    case 'lowerAscii': {
      const text = go(node.operand);
      if (typeof text !== 'string') return failed(text) ? text : mistyped(node.operand);
      if (!characters(text.length)) return new Failure('cost', placeOf(node.operand));
      return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    }
    case 'size': {
      const value = go(node.operand);
      if (failed(value)) return value;
      if (Array.isArray(value)) return value.length;
      if (typeof value !== 'string')
        return isObject(value) ? Object.keys(value).length : mistyped(node.operand);
      return characters(value.length)
        ? [...value].length
        : new Failure('cost', placeOf(node.operand));
    }
    case 'instant': {
      const text = go(node.operand);
      if (typeof text !== 'string') return failed(text) ? text : mistyped(node.operand);
      return readInstant(text, scene.zone) ?? mistyped(node.operand);
    }
    case 'all':
    case 'exists':
    case 'filter': {
      const values = go(node.list);
      if (!Array.isArray(values)) return failed(values) ? values : mistyped(node.list);
      const [kept, deciding] = [[], node.kind === 'exists'];
      let gap;
      for (const value of values) {
        if (!spend(1)) return new Failure('cost', placeOf(node.list));
        scene.variables[node.variable] = value;
        const answer = truth(node.body);
        if (node.kind === 'filter') {
          if (failed(answer)) return answer;
          if (answer) kept.push(value);
        } else if (answer === deciding) return deciding;
        else if (failed(answer)) gap ??= answer;
      }
      return node.kind === 'filter' ? kept : (gap ?? !deciding);
    }
    default:
      throw new Malformed('condition');
  }
}

function memberOf(node, go, equal, spend, mistyped) {
  const item = go(node.left);
  const constants =
    node.right.kind === 'list' &&
    node.right.items.length > 0 &&
    node.right.items.every((one) => one.kind === 'value' && one.value !== null);
  if (constants) {
    if (item === null) return false;
    if (isScalar(item) && typeof item === typeof node.right.items[0].value)
      return node.right.items.some(({ value }) => value === item);
    return failed(item) ? item : mistyped(node.left);
  }
  if (failed(item)) return item;
  const values = go(node.right);
  if (!Array.isArray(values)) {
    if (
      node.left.kind !== 'value' &&
      isObject(values) &&
      !failed(values) &&
      typeof item === 'string'
    )
      return Object.hasOwn(values, item);
    return failed(values) ? values : mistyped(node.right);
  }
  if (!spend(Math.ceil(values.length / 16))) return new Failure('cost', placeOf(node.right));
  let gap;
  for (const one of values) {
    const answer = equal(item, one, placeOf(node.right) ?? placeOf(node.left));
    if (answer === true) return true;
    if (failed(answer)) gap ??= answer;
  }
  return gap ?? false;
}

/* ------------------------------------------------------------------ time */

/** How far the clocks of a zone are ahead of UTC at an instant. */
function aheadMs(zone, instant) {
  if (zone === 'UTC') return 0;
  const fixed = /^([+-])(\d\d):(\d\d)$/.exec(zone);
  if (fixed)
    return (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3])) * 60_000;
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  );
  const wall = new Date(0);
  wall.setUTCFullYear(
    parts.era === 'BC' ? 1 - Number(parts.year) : Number(parts.year),
    Number(parts.month) - 1,
    Number(parts.day),
  );
  wall.setUTCHours(Number(parts.hour), Number(parts.minute), Number(parts.second));
  return wall.getTime() - Math.floor(instant / 1000) * 1000;
}

function calendar(instant, zone) {
  if (typeof instant !== 'number' || Number.isNaN(new Date(instant).getTime())) return undefined;
  const ahead = aheadMs(zone, instant);
  const wall = new Date(
    zone === 'UTC' || /^[+-]/.test(zone)
      ? instant + ahead
      : Math.floor(instant / 1000) * 1000 + ahead,
  );
  if (Number.isNaN(wall.getTime())) return undefined;
  return {
    epoch: instant,
    year: wall.getUTCFullYear(),
    month: wall.getUTCMonth() + 1,
    day: wall.getUTCDate(),
    hour: wall.getUTCHours(),
    minute: wall.getUTCMinutes(),
    second: wall.getUTCSeconds(),
    weekday: wall.getUTCDay() || 7,
  };
}

/** RFC 3339; a time without an offset is read on the clocks of the zone, where they show it once. */
function readInstant(text, zone) {
  const parts =
    /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?$/.exec(
      text,
    );
  if (!parts) return undefined;
  const [year, month, day, hour, minute, second] = parts
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const wall = date.setUTCHours(
    hour,
    minute,
    second,
    Number((parts[7] ?? '').padEnd(3, '0').slice(0, 3)),
  );
  if (parts[8] !== undefined)
    return wall - aheadMs(/^[zZ]$/.test(parts[8]) ? 'UTC' : parts[8], wall);
  if (zone === 'UTC' || /^[+-]/.test(zone)) return wall - aheadMs(zone, wall);
  const offsets = new Set([aheadMs(zone, wall - 86_400_000), aheadMs(zone, wall + 86_400_000)]);
  const meant = [...offsets].filter((offset) => aheadMs(zone, wall - offset) === offset);
  return meant.length === 1 ? wall - meant[0] : undefined;
}

/* ------------------------------------------------------------------ bundles */

const COMPARE = {
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
  eq: (a, b) => a === b,
  neq: (a, b) => a !== b,
};
const matches = (patterns, name) =>
  patterns.some((one) => (one.endsWith('*') ? name.startsWith(one.slice(0, -1)) : one === name));

function isNamed(patterns, value, whenAbsent) {
  if (typeof value === 'string') return matches(patterns, value);
  return value === undefined ? whenAbsent : 'unknown';
}

/** Roles are a list of texts; any other list does not tell which roles somebody lacks. */
function inRole(patterns, roles) {
  if (!Array.isArray(roles)) return 'unknown';
  if (roles.some((one) => typeof one === 'string' && matches(patterns, one))) return true;
  return roles.every((one) => typeof one === 'string') ? false : 'unknown';
}

/** Whether a request is inside a target: true, false, or not to be known. */
function insideTarget(target, request) {
  const parts = [
    ['tools', request.tool, false],
    ['resources', request.resource, false],
    ['agents', own(request.agent, 'id'), 'unknown'],
    ['actors', own(request.actor, 'id'), 'unknown'],
    ['roles', own(request.actor, 'roles'), 'unknown'],
    ['environments', request.env, 'unknown'],
  ];
  let answer = true;
  for (const [part, value, whenAbsent] of parts) {
    const patterns = target[part];
    if (patterns === undefined || patterns.includes('*')) continue;
    const said = part === 'roles' ? inRole(patterns, value) : isNamed(patterns, value, whenAbsent);
    if (said === false) return false;
    if (said === 'unknown') answer = 'unknown';
  }
  return answer;
}

/** A redaction that names no path masks the whole value its control is about. */
const wholeRedaction = (control) => [
  { kind: 'redact', target: control === 'tool_call' ? 'args' : 'result', path: '' },
];

/** What a rule asks for when it counts as this action, which `on_error` may have made stricter. */
function obligationsOf(rule, action) {
  if (rule.redact === undefined) {
    return rule.action === 'redact' || action === 'redact' ? wholeRedaction(rule.control) : [];
  }
  return join(
    [],
    rule.redact.map(({ path, mask, types }) => {
      const [target, ...rest] = path.split('.');
      return {
        kind: 'redact',
        target,
        path: rest.join('.'),
        ...(mask === undefined ? {} : { mask }),
        ...(types === undefined ? {} : { types: [...new Set(types)].sort() }),
      };
    }),
  );
}

/** The union, first seen first. */
function join(a, b) {
  const all = new Map();
  for (const one of [...a, ...b]) if (!all.has(canonical(one))) all.set(canonical(one), one);
  return [...all.values()];
}

/** Services that observe 1 or 0, or something between. */
const MEASURED = new Set(['sf_scope', 'sf_rbac', 'sf_rag', 'sf_explain', 'sf_validate']);

function findingOf(rule, request, scene) {
  const { metadata, threshold } = rule;
  const inside = insideTarget(rule.target ?? {}, request);
  if (inside === false) return undefined;
  const { observed } = request;
  let unknown = inside === 'unknown' ? 'the request does not say who or where' : undefined;
  if (threshold !== undefined) {
    if (observed === undefined) unknown ??= 'there is no observed value';
    else if (!isNumber(observed)) unknown ??= 'the observed value is not a finite number';
    else if (MEASURED.has(rule.service) && (observed < 0 || observed > 1))
      unknown ??= 'the observed value is not within 0 to 1';
    else if (!COMPARE[metadata?.comparator ?? 'lt'](observed, threshold)) return undefined;
  }
  if (rule.when !== undefined) {
    const answer = decideCondition(parseCondition(rule.when), scene());
    if (answer === false) return undefined;
    if (failed(answer))
      unknown ??= `its condition cannot be decided (${answer.reason}${answer.path === undefined ? '' : ` at ${answer.path}`})`;
  }
  const action =
    unknown === undefined ? rule.action : strictest(rule.action, rule.on_error ?? 'block');
  const stage = rule.stage ?? 'enforce';
  const isTimed = stage !== 'enforce' && typeof request.time === 'number';
  const shadow = isTimed && request.time < Date.parse(stage.until);
  return {
    rule_id: rule.rule_id,
    action,
    finding: shadow ? 'shadow' : unknown === undefined ? 'triggered' : 'indeterminate',
    reason:
      unknown === undefined
        ? (rule.rationale ?? `Rule ${rule.rule_id} applies.`)
        : `Rule ${rule.rule_id} counts as ${action}: ${unknown}.`,
    ...(threshold === undefined
      ? {}
      : {
          comparator: metadata?.comparator ?? 'lt',
          threshold,
          ...(isNumber(observed) ? { observed } : {}),
        }),
  };
}

function decideCondition(tree, scene) {
  const value = evaluate(tree, scene);
  return typeof value === 'boolean' || failed(value)
    ? value
    : new Failure('type_error', placeOf(tree));
}

/** A result that came as text where its tool declares something else is read as JSON. */
function withResult(bundle, request) {
  const result = own(request.facts, 'result');
  const schema = own(own(bundle.tools, request.tool), 'result');
  if (
    request.service !== 'sf_govern' ||
    request.control !== 'tool_result' ||
    typeof result !== 'string' ||
    schema === undefined
  )
    return request;
  const { kind } = typeOf(schema);
  if (kind === undefined || kind === 'string') return request;
  const value = tryJson(result, true, 1_048_576)?.value;
  const found = value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
  return value !== undefined && found === kind
    ? { ...request, facts: { ...request.facts, result: value } }
    : request;
}

const KINDS = {
  string: 'string',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  null: 'null',
  object: 'object',
  array: 'list',
};

const ANYTHING = {};

/** The type that a schema declares: its kind where it is one, whether it may be null, and what is in it. */
function typeOf(schema) {
  if (!isObject(schema)) return ANYTHING;
  const { type, properties, items, const: constant, enum: constants } = schema;
  if (type !== undefined) {
    const [given, wanted] = [[type].flat(), [type].flat().filter((one) => one !== 'null')];
    if (wanted.length === 0) return { kind: 'null' };
    const joined = wanted.map((one) => typeOfKind(KINDS[one], schema)).reduce(joinTypes);
    return { ...joined, nullable: given.includes('null') };
  }
  if (properties !== undefined) return typeOfKind('object', schema);
  if (items !== undefined) return typeOfKind('list', schema);
  const values = constant === undefined ? constants : [constant];
  const told = Array.isArray(values) ? values.filter((one) => one !== null) : [];
  if (told.length === 0) return ANYTHING;
  const kinds = told.map((one) => (typeof one === 'object' ? undefined : KINDS[typeof one]));
  const joined = kinds.map((kind) => ({ kind })).reduce(joinTypes);
  return { ...joined, nullable: values.includes(null) };
}

function typeOfKind(kind, { properties, items, additionalProperties }) {
  if (kind === 'list') return { kind, items: typeOf(items) };
  if (kind !== 'object') return { kind };
  const fields = Object.entries(properties ?? {}).map(([name, one]) => [name, typeOf(one)]);
  const open = additionalProperties ?? properties === undefined;
  const rest = open === false ? undefined : typeOf(open);
  return { kind, fields: new Map(fields), rest };
}

/** What two types have in common: fields of one alone could be missing. */
function joinTypes(a, b) {
  const nullable = a.nullable === true || b.nullable === true;
  if (a.kind === undefined || a.kind !== b.kind) return ANYTHING;
  if (a.kind === 'list') return { kind: a.kind, nullable, items: joinTypes(a.items, b.items) };
  if (a.kind !== 'object') return { kind: a.kind, nullable };
  const both = (one, other) => one && other && joinTypes(one, other);
  const names = [...a.fields.keys(), ...b.fields.keys()];
  const fields = names
    .map((name) => [name, both(fieldType(a, name), fieldType(b, name))])
    .filter(([, type]) => type !== undefined);
  return { kind: a.kind, nullable, fields: new Map(fields), rest: both(a.rest, b.rest) };
}

/** The type of a field: nothing where nothing, or no field, is declared. */
const fieldType = (type, name) =>
  type?.kind === 'object' ? (type.fields.get(name) ?? type.rest) : undefined;

/** Whether a value is of its declared type; with all that is in it, or on its own. */
function fitsType(type, value, deep) {
  if (type?.kind === undefined) return true;
  const { kind } = type;
  if (value === null) return kind === 'null' || type.nullable === true;
  if (kind === 'number') return isNumber(value);
  if (kind === 'list') {
    if (!Array.isArray(value)) return false;
    return !deep || value.every((one) => fitsType(type.items, one, true));
  }
  if (kind !== 'object') return typeof value === kind;
  if (!isObject(value)) return false;
  return (
    !deep ||
    Object.entries(value).every(([name, one]) => fitsType(fieldType(type, name), one, true))
  );
}

const ONE_TEXT = { kind: 'string' };
const TEXT_LIST = { kind: 'list', items: ONE_TEXT };
const typeOfFields = (fields, rest) => ({
  kind: 'object',
  fields: new Map(Object.entries(fields)),
  rest,
});

/** The types of what is the same in every request. */
const FIXED_TYPES = {
  request: typeOfFields({
    service: ONE_TEXT,
    control: ONE_TEXT,
    tool: ONE_TEXT,
    resource: ONE_TEXT,
    action: ONE_TEXT,
  }),
  actor: typeOfFields({ id: ONE_TEXT, roles: TEXT_LIST }),
  agent: typeOfFields({ id: ONE_TEXT, capabilities: TEXT_LIST }),
  env: ONE_TEXT,
  labels: TEXT_LIST,
  observed: { kind: 'number' },
  context: typeOfFields({}, ANYTHING),
};

function typeOfFact({ from, pick, take, detect }, tools) {
  if (from === undefined) return detect === undefined ? { kind: 'number' } : TEXT_LIST;
  let type = [from]
    .flat()
    .map((tool) => typeOf(own(own(tools, tool), 'result')))
    .reduce(joinTypes);
  for (const name of pick?.split('.') ?? [])
    if (type?.kind !== undefined) type = fieldType(type, name);
  return take === 'all' ? { kind: 'list', items: type } : type;
}

/** What is declared for a request: by the called tool, and by each fact. */
function typesFor({ tools, facts }, { tool: name, service, control }) {
  const tool = own(tools, name);
  const fields = Object.entries(facts ?? {}).map(([key, fact]) => [key, typeOfFact(fact, tools)]);
  if (service === 'sf_govern' && control === 'tool_result')
    fields.push(['result', typeOf(own(tool, 'result'))]);
  const args = typeOf(own(tool, 'schema'));
  return { ...FIXED_TYPES, args, facts: { kind: 'object', fields: new Map(fields) } };
}

const NO_RULE = {
  outcome: 'allow',
  obligations: [],
  reason: 'No rule applies; the service decides by itself.',
  reason_code: 'no_matching_rule',
};

/** What a bundle says to a recorded request: outcome, obligations, rules and why. */
export function rederive(bundleText, asked) {
  const bundle = parseJson(bundleText);
  const request = withResult(bundle, asked);
  const zone = bundle.zone ?? 'UTC';
  const types = typesFor(bundle, request);
  const scene = () => {
    const { actor, agent, env, labels, facts, observed, context } = request;
    const time = calendar(request.time, zone);
    const roots = { request, actor, agent, env, time, labels, facts, observed, context };
    return { roots, variables: {}, zone, steps: 100_000, types };
  };
  const rules = bundle.rules.filter(
    ({ enabled = true, service, control, target }) =>
      enabled &&
      service === request.service &&
      control === request.control &&
      !(
        typeof request.tool !== 'string' &&
        target?.tools !== undefined &&
        !target.tools.includes('*')
      ),
  );
  if (bundle.strategy !== 'first_match') rules.sort((a, b) => (a.rule_id < b.rule_id ? -1 : 1));
  const [findings, counted] = [[], []];
  const settles = ({ finding, action }) =>
    finding === 'triggered' || strictest(action, 'allow+log') !== 'allow+log';
  for (const rule of rules) {
    const finding = findingOf(rule, request, scene);
    if (finding === undefined) continue;
    findings.push(finding);
    if (finding.finding === 'shadow') continue;
    counted.push({ finding, obligations: obligationsOf(rule, finding.action) });
    if (bundle.strategy === 'first_match' && settles(finding)) break;
  }
  const fallback =
    bundle.default === undefined
      ? NO_RULE
      : {
          outcome: bundle.default,
          obligations: bundle.default === 'redact' ? wholeRedaction(request.control) : [],
          reason: 'No rule applies; the default of the bundle does.',
          reason_code: 'default',
        };
  const matched = counted.length > 0 || bundle.default !== undefined;
  if (counted.length === 0) return { ...fallback, matched, rules: findings };
  const winner = counted.reduce((a, b) =>
    OUTCOMES.indexOf(b.finding.action) > OUTCOMES.indexOf(a.finding.action) ? b : a,
  ).finding;
  const said = {
    outcome: winner.action,
    obligations: counted.reduce((all, { obligations }) => join(all, obligations), []),
    reason: winner.reason,
    reason_code: winner.finding === 'indeterminate' ? 'rule_indeterminate' : 'rule_triggered',
  };
  const settled = counted.some(({ finding }) => settles(finding));
  const stricter =
    !settled && OUTCOMES.indexOf(fallback.outcome) > OUTCOMES.indexOf(said.outcome)
      ? fallback
      : said;
  const obligations = settled ? said.obligations : join(said.obligations, fallback.obligations);
  return { ...stricter, obligations, matched, rules: findings };
}

/* ------------------------------------------------------------------ the package */

const REQUIRED = [
  'records.jsonl',
  'records.index',
  'checkpoint',
  'disclosures.jsonl',
  'VERIFY.md',
  'keys/jwks.json',
  'package.dsse.json',
];
const KNOWN = [
  /^proofs\/(?:0|[1-9][0-9]{0,15})\.tlog-proof$/,
  /^tile\/(?:[0-9]|[1-5][0-9]|6[0-3])\/(?:x[0-9]{3}\/)*[0-9]{3}(?:\.p\/[1-9][0-9]{0,2})?$/,
  /^policy\/[0-9a-f]{64}\.json$/,
  /^consistency-(?:0|[1-9][0-9]{0,15})-(?:0|[1-9][0-9]{0,15})\.txt$/,
  /^index-proof\.txt$/,
  /^checkpoint\.(?:tsr|salt)$/,
  /^keys\/[A-Za-z0-9][A-Za-z0-9._-]*\.vkey$/,
];
const WEIGHTS = ['invalid', 'failed', 'violation', 'unsupported', 'untrusted', 'incomplete'];
const EXITS = {
  valid: 0,
  invalid: 1,
  violation: 1,
  failed: 2,
  unsupported: 3,
  untrusted: 3,
  incomplete: 3,
};
const WHOLE = ['trace_id', 'run', 'tenant', 'project'];
const EXPORTERS_WORD = ['writer_hole', 'writers_not_checked', 'log_damaged'];
const TRACE_OUTCOMES = [...OUTCOMES, 'no_evidence', 'undecided'];

/** Lines without their newlines; undefined where the last is not ended. */
function splitLines(bytes) {
  const lines = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(10, start);
    if (end < 0) return undefined;
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

/** A line of canonical JSON, or undefined. */
function canonicalLine(bytes) {
  const text = textOfBytes(bytes);
  const parsed = text === undefined ? undefined : tryJson(text, false, JSON_BYTES.line);
  return parsed && canonical(parsed.value) === text ? parsed.value : undefined;
}

const isIndexLine = (line) =>
  (hasOnly(line, ['index']) ||
    (hasOnly(line, ['index', 'kid', 'hmac']) &&
      isText(line.kid) &&
      typeof line.hmac === 'string' &&
      /^hmac-sha256:[0-9a-f]{64}$/.test(line.hmac))) &&
  isCount(line.index);
const isDisclosureLine = (line) =>
  hasOnly(line, ['index', 'name', 'digest', 'disclosure']) &&
  isCount(line.index) &&
  isText(line.name, Infinity) &&
  typeof line.digest === 'string' &&
  /^[A-Za-z0-9_-]{43}$/.test(line.digest) &&
  typeof line.disclosure === 'string' &&
  /^[A-Za-z0-9_-]+$/.test(line.disclosure);

/** `size`: that of a checkpoint which a trusted log signed. */
/** Opens the statement about the other files: who signed it, and whether they are as it lists them. */
async function openEnvelope(files, keys, size, fault, predicateType) {
  const FILE = 'package.dsse.json';
  const bytes = files.get(FILE);
  if (!bytes) return fault('invalid', 'missing_file', { file: FILE });
  const text = textOfBytes(bytes);
  const parsed = text === undefined ? undefined : tryJson(text);
  if (!parsed) return fault('invalid', 'not_an_envelope', { file: FILE });
  if (canonical(parsed.value) !== text) return fault('invalid', 'not_canonical', { file: FILE });
  const { payloadType, payload: encoded, signatures } = parsed.value ?? {};
  const payload = base64(encoded);
  const formed =
    hasOnly(parsed.value, ['payloadType', 'payload', 'signatures']) &&
    isText(payloadType, Infinity) &&
    payload &&
    Array.isArray(signatures) &&
    signatures.length <= 100 &&
    signatures.every(
      (one) =>
        hasOnly(one, ['sig'], ['keyid']) &&
        base64(one.sig) &&
        (one.keyid === undefined || typeof one.keyid === 'string'),
    );
  if (!formed) return fault('invalid', 'not_an_envelope', { file: FILE });
  const message = concat(
    bytesOf(`DSSEv1 ${bytesOf(payloadType).length} ${payloadType} ${payload.length} `),
    payload,
  );
  let trusted = false;
  if (keys.length > 0) {
    const signers = new Set();
    let bad = 0;
    for (const { keyid, sig } of signatures) {
      const named = keys.find(({ kid }) => kid === keyid);
      const candidates = keyid === undefined ? keys : named ? [named] : [];
      let signer;
      for (const key of candidates)
        if (!signer && (await key.verify(message, base64(sig)))) signer = key;
      if (signer) signers.add(signer);
      else if (named) bad += 1;
    }
    const standing = [...signers].filter((key) => !lapse(key, size));
    const algorithms = new Set(standing.map(({ alg }) => alg));
    const lapsed = [...signers]
      .filter(({ alg }) => !algorithms.has(alg))
      .flatMap((key) => lapse(key, size) ?? []);
    if (bad > 0) fault('invalid', 'signature_invalid', { file: FILE });
    else if (lapsed.length > 0)
      fault(
        size === undefined ? 'untrusted' : 'invalid',
        lapsed.includes('key_revoked') ? 'key_revoked' : 'key_retired',
        { file: FILE },
      );
    else if (signers.size === 0)
      fault(
        signatures.length === 0 ? 'invalid' : 'untrusted',
        signatures.length === 0 ? 'not_signed' : 'untrusted_key',
        { file: FILE },
      );
    else if (keys.some((key) => !lapse(key, size) && !algorithms.has(key.alg)))
      fault('invalid', 'signature_missing', { file: FILE });
    else trusted = true;
  }
  if (payloadType !== 'application/vnd.in-toto+json')
    return fault('unsupported', 'payload_type', { file: FILE });
  const statement = tryJson(textOfBytes(payload) ?? '')?.value;
  const subject = own(statement, 'subject');
  const isSubject = (one) =>
    hasOnly(one, ['name', 'digest']) &&
    isText(one.name, Infinity) &&
    hasOnly(one.digest, ['sha256']) &&
    typeof one.digest.sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(one.digest.sha256);
  const stated =
    hasOnly(statement, ['_type', 'subject', 'predicateType', 'predicate']) &&
    statement._type === 'https://in-toto.io/Statement/v1' &&
    Array.isArray(subject) &&
    subject.length > 0 &&
    subject.every(isSubject) &&
    new Set(subject.map(({ name }) => name)).size === subject.length &&
    isText(statement.predicateType, Infinity);
  if (!stated) return fault('invalid', 'not_a_statement', { file: FILE });
  const listed = new Map(subject.map(({ name, digest }) => [name, digest.sha256]));
  for (const [name, content] of files) {
    if (name === FILE) continue;
    if (!listed.has(name)) fault('invalid', 'unlisted_file', { file: name });
    else if (listed.get(name) !== hex(sha256(content)))
      fault('invalid', 'digest_mismatch', { file: name });
  }
  for (const name of listed.keys())
    if (!files.has(name)) fault('invalid', 'missing_file', { file: name });
  if (statement.predicateType !== predicateType)
    return fault('unsupported', 'predicate_type', { file: FILE });
  return { predicate: statement.predicate, trusted };
}

async function checkEnvelope(files, keys, size, fault) {
  const type = 'https://spanforge.dev/operator-package/v1';
  const opened = await openEnvelope(files, keys, size, fault, type);
  if (opened && !isPredicate(opened.predicate))
    return fault('invalid', 'predicate_malformed', { file: 'package.dsse.json' });
  return opened;
}

function isPredicate(p) {
  const strings = (value, names) =>
    hasOnly(value, names) && names.every((name) => typeof value[name] === 'string');
  const q = own(p, 'query');
  return (
    hasOnly(
      p,
      [
        'log_origin',
        'size_range',
        'root',
        'query',
        'generated_at',
        'outcome',
        'summary',
        'completeness',
        'counts',
        'missing_policies',
      ],
      ['strictest'],
    ) &&
    isText(p.log_origin, Infinity) &&
    hasOnly(p.size_range, ['from', 'to']) &&
    isCount(p.size_range.from) &&
    isCount(p.size_range.to) &&
    typeof p.root === 'string' &&
    /^[0-9a-f]{64}$/.test(p.root) &&
    hasOnly(q, [], [...QUERY_TEXTS, 'types', 'from_time_ms', 'to_time_ms']) &&
    QUERY_TEXTS.every((name) => q[name] === undefined || typeof q[name] === 'string') &&
    ['from_time_ms', 'to_time_ms'].every((name) => q[name] === undefined || isNumber(q[name])) &&
    (q.types === undefined ||
      (Array.isArray(q.types) && q.types.every((one) => typeof one === 'string'))) &&
    typeof p.generated_at === 'string' &&
    TRACE_OUTCOMES.includes(p.outcome) &&
    (p.strictest === undefined || TRACE_OUTCOMES.includes(p.strictest)) &&
    strings(p.summary, ['allowed', 'blocked', 'controls', 'chain']) &&
    Array.isArray(p.completeness) &&
    p.completeness.every(
      (one) =>
        hasOnly(one, ['code', 'message'], ['index']) &&
        typeof one.code === 'string' &&
        typeof one.message === 'string' &&
        (one.index === undefined || isCount(one.index)),
    ) &&
    hasOnly(p.counts, ['selected', 'withheld', 'redacted', 'missing']) &&
    Object.values(p.counts).every(isCount) &&
    Array.isArray(p.missing_policies) &&
    p.missing_policies.every((one) => typeof one === 'string')
  );
}

async function checkCheckpoint(files, anchors, fault) {
  const at = { file: 'checkpoint' };
  const bytes = files.get('checkpoint');
  const note = bytes && textOfBytes(bytes);
  if (note === undefined) return fault('invalid', 'note_malformed', at);
  const { origin, noteKeys } = anchors;
  if (origin === undefined || noteKeys.length === 0) {
    const found = unsigned(note);
    if (!found) return fault('invalid', 'checkpoint_malformed', at);
    return origin === undefined || found.origin === origin
      ? { ...found, note, trusted: false, cosigners: [] }
      : fault('invalid', 'origin_mismatch', at);
  }
  const opened = await openNote(note, noteKeys);
  const elsewhere = (unsigned(note)?.origin ?? origin) !== origin;
  if (typeof opened === 'string') {
    const reason = elsewhere ? 'origin_mismatch' : opened;
    return fault(reason === 'untrusted_key' ? 'untrusted' : 'invalid', reason, at);
  }
  const found = parseCheckpoint(opened.body);
  if (!found) return fault('invalid', 'checkpoint_malformed', at);
  if (found.origin !== origin) return fault('invalid', 'origin_mismatch', at);
  const byLog = opened.signers.filter(({ type, name }) => type === 1 && name === origin);
  const lapsed = byLog.flatMap((key) => lapse(key, found.size) ?? []);
  if (byLog.length === 0) return fault('untrusted', 'untrusted_key', at);
  if (lapsed.length === byLog.length)
    return fault('invalid', lapsed.includes('key_revoked') ? 'key_revoked' : 'key_retired', at);
  const cosigners = opened.signers.filter((key) => key.type === 4 && !lapse(key, found.size));
  return { ...found, note, trusted: true, cosigners };
}

/**
 * What can be said of a time stamp without ASN.1: whether its files belong to this checkpoint. Who
 * stamped it is left to `openssl ts -verify`, as VERIFY.md says.
 */
function checkTimestamp(files, fault) {
  const [reply, salt] = [files.get('checkpoint.tsr'), files.get('checkpoint.salt')];
  if (!reply && !salt) return undefined;
  const at = { file: 'checkpoint.tsr' };
  if (!reply) return fault('invalid', 'missing_file', at);
  if (!salt) return fault('invalid', 'missing_file', { file: 'checkpoint.salt' });
  const [, written] =
    /^spanforge\.timestamp\.v1\nsalt ([A-Za-z0-9+/]{43}=)\nnonce [1-7][0-9a-f]{31}\n$/.exec(
      textOfBytes(salt) ?? '',
    ) ?? [];
  if (!base64(written)) return fault('invalid', 'salt_malformed', { file: 'checkpoint.salt' });
  if (reply[0] !== 0x30 || reply.length > 65_536)
    return fault('invalid', 'timestamp_malformed', at);
  const imprint = hex(sha256(concat(salt, files.get('checkpoint') ?? new Uint8Array())));
  if (!hex(reply).includes(imprint)) return fault('invalid', 'timestamp_mismatch', at);
  return undefined;
}

function checkConsistency(files, checkpoint, { since, knownSize }, fault) {
  const read = (file) => {
    const [, from, to] = /^consistency-(\d+)-(\d+)\.txt$/.exec(file);
    const parsed = parseConsistency(textOfBytes(files.get(file)));
    return parsed &&
      Number(to) === checkpoint.size &&
      parsed.size === Number(from) &&
      parsed.note === checkpoint.note
      ? parsed.proof
      : undefined;
  };
  for (const file of files.keys()) {
    if (file.startsWith('consistency-') && /^consistency-\d+-\d+\.txt$/.test(file) && !read(file))
      fault('invalid', 'consistency_malformed', { file });
  }
  let clean = true;
  const wrong = (verdict, reason) => {
    clean = false;
    fault(verdict, reason, { file: 'checkpoint' });
  };
  if (since !== undefined) {
    const kept = unsigned(since);
    if (!kept || kept.origin !== checkpoint.origin) unusable('the kept checkpoint');
    const [size1, size2] = [kept.size, checkpoint.size];
    if (size2 < size1) wrong('invalid', 'rollback');
    else if (size1 === size2) same(kept.root, checkpoint.root) || wrong('invalid', 'fork');
    else if (!files.has(`consistency-${size1}-${size2}.txt`))
      wrong('incomplete', 'consistency_missing');
    else {
      const proof = read(`consistency-${size1}-${size2}.txt`);
      if (
        !proof ||
        !verifyConsistency({ size1, size2, root1: kept.root, root2: checkpoint.root, proof })
      )
        wrong('invalid', 'consistency_invalid');
    }
  }
  if (knownSize !== undefined && checkpoint.size < knownSize) wrong('invalid', 'rollback');
  return clean && checkpoint.trusted && (since !== undefined || knownSize !== undefined)
    ? 'pinned'
    : 'unpinned';
}

/** Records with their lines in the index; undefined where the lines are not those of a package. */
function readShown(files, fault) {
  const broken = (file, reason) => fault('invalid', reason, { file });
  const records = splitLines(files.get('records.jsonl') ?? Uint8Array.of(0));
  if (!records || records.length > 250_000) broken('records.jsonl', 'lines_malformed');
  const index = splitLines(files.get('records.index') ?? Uint8Array.of(0));
  if (!index || index.length > 250_000) broken('records.index', 'lines_malformed');
  else if (index.some((line) => textOfBytes(line) === undefined))
    return broken('records.index', 'not_utf8');
  if (!records || !index) return undefined;
  if (records.length !== index.length) return broken('records.index', 'line_count_mismatch');
  const shown = [];
  let previous = -1;
  for (const [at, bytes] of records.entries()) {
    const line = canonicalLine(index[at]);
    if (!isIndexLine(line)) return broken('records.index', `line_${at + 1}_malformed`);
    if (line.index <= previous)
      return fault('invalid', line.index === previous ? 'duplicate_record' : 'out_of_order', {
        index: line.index,
      });
    if (bytes.length === 0 || bytes.length > 65_535)
      return fault('invalid', 'record_length', { index: line.index });
    previous = line.index;
    shown.push({ ...line, bytes, leaf: leafHash(bytes) });
  }
  return shown;
}

function prove(files, shown, checkpoint, fault) {
  const seen = new Set();
  for (const { index, leaf } of shown) {
    if (seen.has(hex(leaf))) fault('invalid', 'duplicate_record', { index });
    seen.add(hex(leaf));
  }
  return [...files.keys()].some((name) => name.startsWith('tile/'))
    ? proveByTiles(files, shown, checkpoint, fault)
    : proveByFiles(files, shown, checkpoint, fault);
}

function proveByFiles(files, shown, { size, root, note }, fault) {
  const names = new Set(shown.map(({ index }) => `proofs/${index}.tlog-proof`));
  for (const file of files.keys())
    if (file.startsWith('proofs/') && !names.has(file))
      fault('invalid', 'proof_without_record', { file });
  return shown.filter(({ index, leaf }) => {
    const bytes = files.get(`proofs/${index}.tlog-proof`);
    const parsed = bytes && parseTlogProof(textOfBytes(bytes));
    let reason;
    if (!bytes) reason = 'proof_missing';
    else if (!parsed) reason = 'proof_malformed';
    else if (parsed.index !== index) reason = 'proof_of_another_index';
    else if (parsed.note !== note) reason = 'proof_of_another_checkpoint';
    else if (!verifyInclusion({ index, size, leaf, proof: parsed.proof, root }))
      reason = 'not_in_checkpoint';
    if (reason !== undefined) fault('invalid', reason, { index });
    return reason === undefined;
  });
}

function proveByTiles(files, shown, { size, root }, fault) {
  const last = shown.at(-1);
  if (last && last.index >= size)
    return fault('invalid', 'not_in_checkpoint', { index: last.index }) ?? [];
  const tiles = tilesFor(
    size,
    shown.map(({ index }) => index),
  );
  const names = new Set(tiles.map(({ name }) => name));
  let clean = new Set(shown.map(({ leaf }) => hex(leaf))).size === shown.length;
  for (const { name, width } of tiles) {
    if (files.get(name)?.length === width * 32) continue;
    clean = false;
    fault('invalid', files.has(name) ? 'tile_length' : 'tile_missing', { file: name });
  }
  for (const file of files.keys()) {
    if (!file.startsWith('proofs/') && !(file.startsWith('tile/') && !names.has(file))) continue;
    clean = false;
    fault('invalid', 'proof_without_record', { file });
  }
  if (!clean) return [];
  let known = new Map(shown.map(({ index, leaf }) => [index, leaf]));
  let tops = [];
  for (const level of new Set(tiles.map((tile) => tile.level))) {
    const above = new Map();
    for (const { index, width, name } of tiles.filter((tile) => tile.level === level)) {
      const bytes = files.get(name);
      const hashes = Array.from({ length: width }, (_, at) =>
        bytes.subarray(at * 32, at * 32 + 32),
      );
      for (const [at, hash] of hashes.entries()) {
        const given = known.get(index * 256 + at);
        if (given && !same(given, hash)) {
          return (
            fault(
              'invalid',
              'not_in_checkpoint',
              level === 0 ? { index: index * 256 + at } : { file: 'tile/' },
            ) ?? []
          );
        }
      }
      if (width === 256) above.set(index, peaks(hashes)[0]);
      else tops = [...peaks(hashes), ...tops];
    }
    known = above;
  }
  const computed =
    tops.length === 0
      ? (known.get(0) ?? sha256(new Uint8Array()))
      : tops.reduceRight((right, left) => nodeHash(left, right));
  if (same(computed, root)) return shown;
  return fault('invalid', 'root_mismatch', { file: 'tile/' }) ?? [];
}

function checkMacs(records, secrets, fault) {
  let good = 0;
  for (const { index, leaf, kid, hmac: tag, tenant } of records) {
    const entry = secrets.find((one) => one.kid === kid);
    if (tag === undefined || !entry) continue;
    if (entry.secret.length < 32) unusable('a secret of fewer than 32 bytes');
    const key = hkdf(entry.secret, bytesOf(kid), bytesOf(`tenant:${tenant}`));
    if (`hmac-sha256:${hex(hmac(key, concat(bytesOf('spanforge.record.v1\n'), leaf)))}` === tag)
      if (index < (entry.lastGoodSize ?? Infinity)) good += 1;
      else fault('invalid', 'key_revoked', { index });
    else fault('invalid', 'hmac_mismatch', { index });
  }
  return secrets.length > 0 && records.length > 0 && good === records.length;
}

const named = (name) => (/^[\x21-\x7e]{1,100}$/.test(name) ? `:${name}` : '');

/** What disclosures open, by digest. */
function openDisclosures(files, records, fault) {
  const FILE = 'disclosures.jsonl';
  const opened = new Map();
  const lines = splitLines(files.get(FILE) ?? Uint8Array.of(0));
  if (!lines) return fault('invalid', 'lines_malformed', { file: FILE }) ?? opened;
  if (lines.some((line) => textOfBytes(line) === undefined))
    return fault('invalid', 'not_utf8', { file: FILE }) ?? opened;
  const byIndex = new Map(records.map((record) => [record.index, record]));
  let [previousIndex, previousName] = [-1, ''];
  for (const bytes of lines) {
    const line = canonicalLine(bytes);
    if (!isDisclosureLine(line))
      return fault('invalid', 'line_malformed', { file: FILE }) ?? opened;
    const { index, name, digest, disclosure } = line;
    const ordered = index > previousIndex || (index === previousIndex && name > previousName);
    [previousIndex, previousName] = [index, name];
    const record = byIndex.get(index);
    const committed = record && new Map(commitmentsOf(record)).get(name);
    let reason;
    if (!ordered || opened.has(digest)) reason = 'disclosure_repeated';
    else if (!record) reason = 'disclosure_without_record';
    else if (committed === undefined) reason = 'value_not_committed';
    else if (committed !== digest) reason = 'disclosure_mismatch';
    else {
      const decoded = base64url(disclosure);
      const parts = decoded && tryJson(textOfBytes(decoded) ?? '')?.value;
      const formed =
        Array.isArray(parts) &&
        parts.length === 3 &&
        isText(parts[1], Infinity) &&
        base64url(parts[0])?.length === 16;
      if (!formed) reason = 'disclosure_malformed';
      else if (parts[1] !== name || !same(sha256(bytesOf(disclosure)), base64url(digest) ?? []))
        reason = 'disclosure_mismatch';
      else opened.set(digest, { name, value: parts[2] });
    }
    if (reason !== undefined) fault('invalid', `${reason}${named(name)}`, { index });
  }
  return opened;
}

function checkAgreement(files, predicate, records, opened, checkpoint, fault) {
  const { counts, size_range: range, query } = predicate;
  const outcome = outcomeOf(records);
  const summary = summarise(records, outcome, checkpoint.size);
  const absent = digestsOf(records).filter((digest) => !files.has(`policy/${digest}.json`));
  const closed = records
    .flatMap(commitmentsOf)
    .filter(([name, digest]) => opened.get(digest)?.name !== name).length;
  const whole = Object.keys(query).every((term) => WHOLE.includes(term));
  const stated = predicate.completeness.filter(({ code }) => !EXPORTERS_WORD.includes(code));
  const claims = [
    ['log_origin', predicate.log_origin, checkpoint.origin],
    ['size_range', range.to, checkpoint.size],
    [
      'size_range',
      true,
      range.from === 0 || files.has(`consistency-${range.from}-${range.to}.txt`),
    ],
    ['root', predicate.root, hex(checkpoint.root)],
    ['outcome', predicate.outcome, outcome],
    ['strictest', predicate.strictest ?? strictestOf(records), strictestOf(records)],
    ...['allowed', 'blocked', 'controls', 'chain'].map((part) => [
      `summary.${part}`,
      predicate.summary[part],
      summary[part],
    ]),
    ['completeness', canonical(stated), canonical(findInRecords(records, whole))],
    ['counts.selected', counts.selected, records.length],
    ['counts.redacted', counts.redacted, records.filter(isRedacted).length],
    ['counts.withheld', counts.withheld + counts.missing, closed],
    ['missing_policies', predicate.missing_policies.join(), absent.join()],
  ];
  for (const [claim, said, shown] of claims)
    if (said !== shown) fault('invalid', `${claim}_mismatch`, { file: 'package.dsse.json' });
  for (const record of records) {
    const { index, trace_id, run, tenant, project, agent, actor, type, body, time } = record;
    const ms = Date.parse(time);
    const fits =
      (query.trace_id ?? trace_id) === trace_id &&
      (query.run ?? run) === run &&
      (query.tenant ?? tenant) === tenant &&
      (query.project ?? project) === project &&
      (query.types?.includes(type) ?? true) &&
      (query.outcome ?? body.outcome) === body.outcome &&
      (query.agent ?? agent) === agent &&
      (query.actor ?? actor) === actor &&
      (query.tool ?? body.tool) === body.tool &&
      (query.rule === undefined ||
        objectsAt(body, 'rules').some((rule) => textAt(rule, 'rule_id') === query.rule)) &&
      (query.subject === undefined ||
        (Array.isArray(body.subjects) && body.subjects.includes(query.subject))) &&
      ms >= (query.from_time_ms ?? ms) &&
      (query.to_time_ms === undefined || ms < query.to_time_ms);
    if (!fits) fault('invalid', 'record_outside_query', { index });
  }
}

const digestsOf = (records) =>
  [...new Set(records.flatMap((record) => policyOf(record)?.digest ?? []))].sort();

const NOT_ASKED = [
  'state_unavailable',
  'policy_unreadable',
  'request_unreadable',
  'environment_mismatch',
  'evidence_unavailable',
  'counter_unavailable',
  'policy_error',
  'unbundled',
];

/** Takes a recorded decision again; which parts differ, or what is missing for it. */
function takeAgain(record, files, opened) {
  const { body, policy } = record;
  const code = textAt(body, 'reason_code') ?? '';
  const unasked = NOT_ASKED.includes(code);
  if (unasked || (code === 'no_active_bundle' && policy === undefined)) {
    const parts = [];
    if (unasked && body.outcome !== 'block') parts.push('outcome');
    if (Array.isArray(body.rules) && body.rules.length > 0) parts.push('rules');
    return parts.length > 0
      ? { status: 'different', parts }
      : { status: 'not_rederivable', missing: ['policy'] };
  }
  const values = objectAt(body, 'values') ?? {};
  const bundle = policy && files.get(`policy/${policy.digest}.json`);
  const missing = ['request', 'args', 'result'].filter((name) => {
    const digest = textAt(values, name);
    return digest === undefined ? name === 'request' : !opened.has(digest);
  });
  if (!bundle) missing.unshift('policy');
  const openedValue = (name) => opened.get(textAt(values, name))?.value;
  if (missing.length === 0 && !isObject(openedValue('request'))) missing.push('request');
  if (missing.length > 0) return { status: 'not_rederivable', missing };
  const request = { ...openedValue('request') };
  if (values.args !== undefined) request.args = openedValue('args');
  if (values.result !== undefined)
    request.facts = { result: openedValue('result'), ...objectAt(request, 'facts') };
  let verdict;
  try {
    verdict = rederive(textOfBytes(bundle), request);
  } catch {
    return { status: 'not_rederivable', missing: ['policy_unreadable'] };
  }
  const parts = ['outcome', 'obligations', 'matched', 'reason', 'reason_code', 'rules'].filter(
    (part) =>
      canonical(body[part] ?? (part === 'obligations' ? [] : null)) !== canonical(verdict[part]),
  );
  for (const part of ['service', 'control', 'tool', 'resource', 'action', 'observed']) {
    if (canonical(body[part] ?? null) !== canonical(request[part] ?? null)) parts.push(part);
  }
  if (request.env !== record.env) parts.push('env');
  if (isObject(request.agent) && textAt(request.agent, 'id') !== record.agent) parts.push('agent');
  if (isObject(request.actor) && textAt(request.actor, 'id') !== record.actor) parts.push('actor');
  return parts.length > 0 ? { status: 'different', parts } : { status: 'same' };
}

/** Whether the witnesses that cosigned the checkpoint are enough for the verifier's policy. */
function checkWitnesses({ witnesses, met }, { cosigners }, fault) {
  const cosigned = witnesses.flatMap(({ name, raw }) => {
    const found = cosigners.find((one) => hex(one.raw) === raw);
    return found ? [{ name, time: found.seconds }] : [];
  });
  if (met(cosigners.map(({ raw }) => hex(raw)))) return { quorum: 'met', cosigned };
  fault('incomplete', 'witness_quorum_missed', { file: 'checkpoint' });
  return { quorum: 'missed', cosigned };
}

/** What the first record of a log says about the log before it. */
function noteOpening(records, report, fault) {
  const first = records.find(({ index, type }) => index === 0 && type === OPENED);
  if (!first) return undefined;
  const {
    origin,
    predecessor,
    predecessor_size: size,
    predecessor_root: root,
    reason,
  } = first.body;
  const formed =
    hasOnly(
      first.body,
      ['origin'],
      ['predecessor', 'predecessor_size', 'predecessor_root', 'reason'],
    ) &&
    isText(origin) &&
    (predecessor === undefined || typeof predecessor === 'string') &&
    (size === undefined || isCount(size)) &&
    (root === undefined || (typeof root === 'string' && /^[0-9a-f]{64}$/.test(root))) &&
    (reason === undefined || isText(reason));
  if (!formed) return fault('invalid', 'not_a_record', { index: 0 });
  if (predecessor !== undefined && size !== undefined && root !== undefined)
    report.succeeds = { origin: predecessor, size, root };
  return undefined;
}

const INNER = 'operator/';
const PARTS = {
  'profile.json': 'spanforge.deployment-profile.v1',
  'controls.json': 'spanforge.enterprise-controls.v1',
  'status.json': 'spanforge.enterprise-status.v1',
  'architectures.json': 'spanforge.reference-architectures.v1',
};
const OUTER = [...Object.keys(PARTS), 'VERIFY.md', 'SHA256SUMS', 'package.dsse.json'];

const isOuterPredicate = (value) =>
  hasOnly(value, [
    ...['tenant', 'log_origin', 'log_size', 'root', 'outcome'],
    ...['operator_statement', 'checksums', 'generated_at'],
  ]) &&
  [value.tenant, value.log_origin].every((one) => isText(one, Infinity)) &&
  isCount(value.log_size) &&
  [value.root, value.operator_statement, value.checksums].every(
    (one) => typeof one === 'string' && /^[0-9a-f]{64}$/.test(one),
  ) &&
  [value.outcome, value.generated_at].every((one) => typeof one === 'string');

/** A part: canonical JSON and a newline, of the version that its name stands for. */
function readPart(files, file) {
  const text = textOfBytes(files.get(file) ?? new Uint8Array());
  const value = text === undefined ? undefined : tryJson(text)?.value;
  const good = isObject(value) && value.v === PARTS[file] && `${canonical(value)}\n` === text;
  return good ? value : undefined;
}

/** An enterprise package: the operator's package inside it, then what stands around it. */
async function runEnterprise(files, options, report, fault) {
  const { witnessPolicy } = options;
  const policy = witnessPolicy === undefined ? undefined : await readPolicy(witnessPolicy);
  const { packageKeys } = await readAnchors(options.keys ?? [], options.origin, policy?.vkeys);
  const total = [...files.values()].reduce((sum, bytes) => sum + bytes.length, 0);
  if (files.size > MAX_FILES || total > MAX_BYTES) return fault('unsupported', 'package_too_large');
  const inner = new Map();
  for (const [name, bytes] of files) {
    if (name.startsWith(INNER)) inner.set(name.slice(INNER.length), bytes);
    else if (!isSafeName(name)) fault('invalid', 'unsafe_name');
    else if (!OUTER.includes(name)) fault('invalid', 'unknown_file', { file: name });
  }
  for (const file of OUTER) if (!files.has(file)) fault('invalid', 'missing_file', { file });
  const digest = (name) => hex(sha256(files.get(name) ?? new Uint8Array()));
  const lines = [...files.keys()]
    .filter((name) => name !== 'SHA256SUMS' && name !== 'package.dsse.json')
    .sort()
    .map((name) => `${digest(name)}  ${name}\n`);
  if (hex(sha256(bytesOf(lines.join('')))) !== digest('SHA256SUMS'))
    fault('invalid', 'checksum_mismatch', { file: 'SHA256SUMS' });
  const position = await run(inner, options, report, (verdict, reason, { file, ...place } = {}) =>
    fault(verdict, reason, file === undefined ? place : { ...place, file: `${INNER}${file}` }),
  );
  const type = 'https://spanforge.dev/enterprise-package/v1';
  const opened = await openEnvelope(files, packageKeys, position, fault, type);
  const at = { file: 'package.dsse.json' };
  const parts = {};
  for (const file of Object.keys(PARTS)) {
    parts[file] = readPart(files, file);
    if (parts[file] === undefined) fault('invalid', 'part_malformed', { file });
  }
  if (!opened) return undefined;
  const said = opened.predicate;
  if (!isOuterPredicate(said)) return fault('invalid', 'predicate_malformed', at);
  if (own(own(parts['status.json'], 'log'), 'origin') !== said.log_origin)
    fault('invalid', 'log_mismatch', { file: 'status.json' });
  if (own(parts['controls.json'], 'tenant_id') !== said.tenant)
    fault('invalid', 'tenant_mismatch', { file: 'controls.json' });
  const note = textOfBytes(inner.get('checkpoint') ?? new Uint8Array());
  const log = note === undefined ? undefined : unsigned(note);
  const claims = {
    operator_statement: digest(`${INNER}package.dsse.json`),
    checksums: digest('SHA256SUMS'),
    log_origin: log?.origin,
    log_size: log?.size,
    root: log && hex(log.root),
    outcome: report.outcome ?? said.outcome,
  };
  for (const [claim, shown] of Object.entries(claims))
    if (said[claim] !== shown) fault('invalid', `${claim}_mismatch`, at);
  return undefined;
}

/** Checks an operator's package; its checkpoint's size where a trusted log signed it. */
async function run(files, options, report, fault) {
  const { witnessPolicy } = options;
  const policy = witnessPolicy === undefined ? undefined : await readPolicy(witnessPolicy);
  const anchors = await readAnchors(options.keys ?? [], options.origin, policy?.vkeys);
  const total = [...files.values()].reduce((sum, bytes) => sum + bytes.length, 0);
  if (files.size > MAX_FILES || total > MAX_BYTES) return fault('unsupported', 'package_too_large');
  for (const name of files.keys()) {
    if (!isSafeName(name)) fault('invalid', 'unsafe_name');
    else if (!REQUIRED.includes(name) && !KNOWN.some((pattern) => pattern.test(name)))
      fault('invalid', 'unknown_file', { file: name });
  }
  for (const file of REQUIRED) if (!files.has(file)) fault('invalid', 'missing_file', { file });
  checkTimestamp(files, fault);
  const checkpoint = await checkCheckpoint(files, anchors, fault);
  const position = checkpoint?.trusted ? checkpoint.size : undefined;
  const { predicate, trusted = false } =
    (await checkEnvelope(files, anchors.packageKeys, position, fault)) ?? {};
  let macs = false;
  if (checkpoint) {
    report.log = { origin: checkpoint.origin, size: checkpoint.size, root: hex(checkpoint.root) };
    report.tail = checkConsistency(files, checkpoint, options, fault);
    if (policy) report.witnesses = checkWitnesses(policy, checkpoint, fault);
    const shown = readShown(files, fault);
    const records = (shown ? prove(files, shown, checkpoint, fault) : []).flatMap(
      ({ bytes, ...rest }) => {
        const record = readRecord(bytes);
        if (typeof record !== 'string') return [{ ...record, ...rest }];
        fault(record === 'record_version' ? 'unsupported' : 'invalid', record, {
          index: rest.index,
        });
        return [];
      },
    );
    report.records = shown?.length ?? 0;
    if (checkpoint.trusted) noteOpening(records, report, fault);
    macs = checkMacs(records, options.secrets ?? [], fault);
    const opened = openDisclosures(files, records, fault);
    const decided = new Set(digestsOf(records));
    for (const [file, bytes] of files) {
      const digest = /^policy\/([0-9a-f]{64})\.json$/.exec(file)?.[1];
      if (digest === undefined) continue;
      if (hex(sha256(bytes)) !== digest) fault('invalid', 'digest_mismatch', { file });
      else if (!decided.has(digest)) fault('invalid', 'policy_without_record', { file });
    }
    const all = shown !== undefined && records.length === shown.length;
    macs &&= all;
    if (all && records.length === 0) fault('incomplete', 'no_evidence', { file: 'records.jsonl' });
    if (options.rederive !== false) {
      for (const record of records.filter(({ type }) => type === DECISION)) {
        const decision = { index: record.index, ...takeAgain(record, files, opened) };
        report.rederivation[decision.status] += 1;
        if (decision.status !== 'same') report.rederivation.decisions.push(decision);
        if (decision.status === 'different')
          fault('invalid', `decision_differs:${decision.parts.join(',')}`, { index: record.index });
      }
    }
    if (all) {
      const whole =
        predicate !== undefined &&
        Object.keys(predicate.query).every((term) => WHOLE.includes(term));
      report.outcome = outcomeOf(records);
      report.strictest = strictestOf(records);
      report.findings = findInRecords(records, whole);
      if (checkpoint.trusted || trusted || macs) {
        for (const { code, index } of report.findings)
          if (VIOLATIONS.includes(code)) fault('violation', code, { index });
      }
      const told = predicate?.completeness.filter(({ code }) => EXPORTERS_WORD.includes(code));
      report.findings = [...report.findings, ...(told ?? [])];
      const proof = files.get('index-proof.txt');
      if (proof && predicate && checkpoint.trusted) {
        const term = termOfQuery(predicate.query);
        const reason =
          term === undefined
            ? 'other_term'
            : await indexRefusal(textOfBytes(proof), term, records, checkpoint, anchors.noteKeys);
        if (reason === undefined) report.complete = 'proven';
        else fault('invalid', `index_proof_${reason}`, { file: 'index-proof.txt' });
      }
      if (predicate) checkAgreement(files, predicate, records, opened, checkpoint, fault);
    }
    if (checkpoint.trusted && records.length > 0) report.level = 'L1';
    else if (macs) report.level = 'L0';
  }
  if (trusted) return position;
  const nobody = anchors.packageKeys.length === 0 && anchors.noteKeys.length === 0 && !macs;
  fault(nobody ? 'untrusted' : 'incomplete', nobody ? 'no_trusted_key' : 'no_trusted_package_key');
  return position;
}

/**
 * Verifies a package.
 *
 * @param files Map of file names to bytes, as `readContainer` gives them.
 * @param options `keys`: texts of trusted keys (JWK, JWK Set, vkeys); `origin`, `since`, `knownSize`,
 *   `secrets` ({kid, secret, lastGoodSize}), `witnessPolicy` (text); `rederive: false` leaves decisions
 *   alone.
 */
export async function verify(files, options = {}) {
  const report = {
    verdict: 'valid',
    exit_code: 0,
    faults: [],
    findings: [],
    tail: 'unpinned',
    complete: 'unproven',
    records: 0,
    rederivation: { same: 0, different: 0, not_rederivable: 0, decisions: [] },
  };
  const fault = (verdict, reason, place = {}) => {
    report.faults.push({ verdict, reason, ...place });
  };
  try {
    const isEnterprise = files.has(`${INNER}package.dsse.json`);
    await (isEnterprise ? runEnterprise : run)(files, options, report, fault);
  } catch (error) {
    fault(
      error instanceof Refused ? error.verdict : 'failed',
      error instanceof Refused ? error.message : 'unexpected_error',
    );
  }
  report.verdict =
    WEIGHTS.find((weight) => report.faults.some(({ verdict }) => verdict === weight)) ?? 'valid';
  report.exit_code = EXITS[report.verdict];
  if (!['valid', 'violation', 'incomplete'].includes(report.verdict)) delete report.level;
  return report;
}

/** Files of a zip or JSON document, or why it is refused. */
function openBytes(bytes) {
  try {
    return { files: readContainer(bytes) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { refused: error };
  }
}

async function verifyOpened({ files, refused }, options) {
  if (files) return verify(files, options);
  const report = await verify(new Map(), { keys: [] });
  return {
    ...report,
    verdict: refused.verdict,
    exit_code: EXITS[refused.verdict],
    faults: [{ verdict: refused.verdict, reason: refused.message }],
  };
}

/** Verifies the bytes of a zip or JSON document; a container that is refused is a fault like any other. */
export async function verifyBytes(bytes, options = {}) {
  return verifyOpened(openBytes(bytes), options);
}

/* ------------------------------------------------------------------ several packages */

const RELATIONS = [
  'fork',
  'same',
  'grown',
  'successor',
  'beyond',
  'succession_not_shown',
  'growth_not_shown',
  'not_related',
];
const RELATED = ['same', 'grown', 'successor'];

const isJwk = (text) => text.trim().startsWith('{');

/** Each vkey is trusted for the log it names alone; a package of no such log has package keys only. */
async function optionsFor(files, options) {
  const note = textOfBytes(files?.get('checkpoint') ?? Uint8Array.of());
  const origin = note === undefined ? undefined : unsigned(note)?.origin;
  const { keys = [] } = options;
  const inPolicy = (options.witnessPolicy ?? '').matchAll(/^[ \t]*log[ \t]+(\S+)/gm);
  const lines = keys.flatMap((text) => (isJwk(text) ? [] : text.split('\n')));
  for (const [, vkey] of inPolicy) lines.push(vkey);
  let named = false;
  for (const line of lines.map((one) => one.trim()).filter((one) => one !== '')) {
    // What is no vkey stays, for the verification to refuse.
    const vkey = await readVkey(line).catch(() => undefined);
    named ||= vkey === undefined || vkey.name === origin;
  }
  if (origin === undefined || !named)
    return { ...options, witnessPolicy: undefined, keys: keys.filter(isJwk) };
  return { ...options, origin };
}

function growth(smaller, larger) {
  const since = textOfBytes(smaller.files.get('checkpoint'));
  const note = textOfBytes(larger.files.get('checkpoint'));
  const reasons = [];
  const checkpoint = { ...unsigned(note), note, trusted: true };
  checkConsistency(larger.files, checkpoint, { since }, (_, reason) => reasons.push(reason));
  if (reasons.length === 0) return 'grown';
  return reasons.includes('consistency_invalid') ? 'fork' : 'growth_not_shown';
}

function succession({ report: before }, { report: after }) {
  const [{ log }, { succeeds }] = [before, after];
  if (succeeds?.origin !== log.origin) return undefined;
  if (log.size > succeeds.size) return 'beyond';
  if (log.size < succeeds.size) return 'succession_not_shown';
  return log.root === succeeds.root ? 'successor' : 'fork';
}

function relationOf(a, b) {
  const sound = [a, b].every(({ report }) =>
    ['valid', 'violation', 'incomplete'].includes(report.verdict),
  );
  const [one, other] = [a.report.log, b.report.log];
  if (!sound || !one || !other) return 'not_related';
  if (one.origin !== other.origin) return succession(a, b) ?? succession(b, a) ?? 'not_related';
  if (one.size === other.size) return one.root === other.root ? 'same' : 'fork';
  return one.size < other.size ? growth(a, b) : growth(b, a);
}

/** From the first package on, the best link to one that is not joined yet: their order says nothing. */
function linksOf(opened) {
  const pairs = opened.flatMap((later, to) =>
    opened
      .slice(0, to)
      .map((earlier, from) => ({ from, to, relation: relationOf(earlier, later) })),
  );
  const [joined, links] = [new Set([0]), []];
  while (joined.size < opened.length) {
    const { from, to, relation } = pairs
      .filter((one) => joined.has(one.from) !== joined.has(one.to))
      .reduce((a, b) => (RELATIONS.indexOf(b.relation) < RELATIONS.indexOf(a.relation) ? b : a));
    const link = joined.has(from) ? { from, to, relation } : { from: to, to: from, relation };
    joined.add(link.to);
    links.push(link);
  }
  const forkAt = (at) => pairs.find(({ to, relation }) => to === at && relation === 'fork');
  return links.sort((a, b) => a.to - b.to).map((link) => forkAt(link.to) ?? link);
}

/**
 * Verifies several packages, in any order, and says how they belong together: one log at several
 * times, or a log and the one that succeeded it.
 *
 * @param packages Maps of files, or the bytes of zip and JSON documents.
 * @param options As for `verify`, without `origin`, `since` and `knownSize`: they are about one package.
 */
export async function verifyTogether(packages, options = {}) {
  const { origin: _, since: __, knownSize: ___, ...common } = options;
  const opened = [];
  for (const one of packages) {
    const found = one instanceof Uint8Array ? openBytes(one) : { files: one };
    const report = await verifyOpened(found, await optionsFor(found.files, common));
    opened.push({ files: found.files, report });
  }
  const links = opened.length > 1 ? linksOf(opened) : [];
  const reports = opened.map(({ report }) => report);
  const worst = [1, 2, 3].find((code) => reports.some(({ exit_code }) => exit_code === code));
  const forked = links.some(({ relation }) => relation === 'fork');
  const apart = links.some(({ relation }) => !RELATED.includes(relation));
  return { packages: reports, links, exit_code: forked ? 1 : (worst ?? (apart ? 3 : 0)) };
}

/** Text of others with what could steer a terminal, or the direction of a line, shown as an escape. */
const visible = (text) =>
  String(text).replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\p{Cf}]/gu,
    (one) => `\\u${one.codePointAt(0).toString(16).padStart(4, '0')}`,
  );

/** A report as lines of plain text, visible as they are. */
export function describe(report) {
  const {
    verdict,
    level,
    log,
    outcome,
    strictest: beside,
    tail,
    records,
    rederivation: again,
  } = report;
  return [
    `${verdict.toUpperCase()}${level ? ` (${level})` : ''}, ${records} records`,
    ...(log
      ? [
          `log ${log.origin}, size ${log.size}, tail ${tail}`,
          ...(report.complete === 'proven'
            ? ['these are all records that were asked for, up to this checkpoint']
            : []),
        ]
      : []),
    ...(report.witnesses?.cosigned ?? []).map(
      ({ name, time }) =>
        `witness ${name}, second ${time}: had cosigned no other and no longer history of this log by then`,
    ),
    ...(outcome
      ? [`outcome ${outcome}${beside === outcome ? '' : `, strictest decision ${beside}`}`]
      : []),
    `decisions taken again: ${again.same} the same, ${again.different} different, ${again.not_rederivable} not re-derivable`,
    ...again.decisions.map(
      (one) =>
        `  record ${one.index}: ${one.status === 'different' ? `differs in ${one.parts.join(', ')}` : `not re-derivable: ${one.missing.join(', ')} withheld or erased`}`,
    ),
    ...report.findings.map(({ code, message }) => `  ${code}: ${message}`),
    ...report.faults.map(
      ({ verdict: kind, reason, index, file }) =>
        `  ${kind}: ${[index === undefined ? '' : `record ${index}`, file ?? '', reason].filter(Boolean).join(': ')}`,
    ),
  ]
    .map(visible)
    .join('\n');
}

/* ------------------------------------------------------------------ the command line */

async function main(argv) {
  const { readFile } = await import('node:fs/promises');
  const [keys, paths, more] = [[], [], {}];
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at];
    if (word === '--json') more.json = true;
    else if (word === '--key') keys.push(await readFile(argv[++at], 'utf8'));
    else if (word === '--since') more.since = await readFile(argv[++at], 'utf8');
    else if (word === '--witness-policy') more.witnessPolicy = await readFile(argv[++at], 'utf8');
    else if (word === '--origin') more.origin = argv[++at];
    else if (word === '--known-size') more.knownSize = Number(argv[++at]);
    else paths.push(word === '--with' ? argv[++at] : word);
  }
  if (paths.length === 0) throw new Error('which package? node verify.mjs PACKAGE --key FILE');
  const { json, witnessPolicy, ...options } = more;
  if (paths.length > 1 && Object.keys(options).length > 0)
    throw new Error('--origin, --since and --known-size are about one package');
  const packages = [];
  for (const path of paths) packages.push(new Uint8Array(await readFile(path)));
  const print = (report, text) => console.log(json ? JSON.stringify(report) : text);
  if (packages.length > 1) {
    const together = await verifyTogether(packages, { keys, witnessPolicy });
    const links = together.links.map(
      ({ from, to, relation }) => `${paths[to]} with ${paths[from]}: ${relation}`,
    );
    const parts = together.packages.map((report, at) => `${paths[at]}\n${describe(report)}\n`);
    print(together, [...parts, ...links].join('\n'));
    return together.exit_code;
  }
  const report = await verifyBytes(packages[0], { keys, witnessPolicy, ...options });
  print(report, describe(report));
  return report.exit_code;
}

if (
  globalThis.process?.argv?.[1] &&
  import.meta.url === new URL(`file://${globalThis.process.argv[1]}`).href
) {
  main(globalThis.process.argv.slice(2)).then(
    (code) => {
      globalThis.process.exitCode = code;
    },
    (error) => {
      console.error(error.message);
      globalThis.process.exitCode = 2;
    },
  );
}
