import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { verify } from '../../verifier/verify.mjs';
import { openTestLog } from '../test-log.js';
import { lines, predicate, resign } from '../verify/test-forge.js';
import { verifyPackage } from '../verify/verify-package.js';
import { exportOpening, reopen } from './make-chain-vectors.js';
import { changesOf, filesOf, filesOfVector, type Vector, type VectorFile } from './vector.js';

// Somebody with all keys signs a record that has something odd in one place: every verifier says the
// same of it, and none fails.

const test = await openTestLog();
const opening = await exportOpening(test);
const [record = ''] = lines(opening, 'records.jsonl');
const members = Object.keys(JSON.parse(record) as object);

const TIMES = [
  ...['2026-13-01T00:00:00.000Z', '2026-00-10T00:00:00.000Z', '2026-02-30T00:00:00.000Z'],
  ...['2025-02-29T00:00:00.000Z', '1900-02-29T00:00:00.000Z', '2026-04-31T00:00:00.000Z'],
  ...['2026-01-01T24:00:00.000Z', '2026-01-01T23:60:00.000Z', '2026-12-31T23:59:60.000Z'],
  ...['0000-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000+00:00', '2026-01-01T00:00:00Z'],
  ...['٢٠٢٦-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z\n', '99999-01-01T00:00:00.000Z'],
];
const GOOD_TIMES = [
  '2024-02-29T23:59:59.999Z',
  '2000-02-29T00:00:00.000Z',
  '0001-01-01T00:00:00.000Z',
];
const ODD: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  '',
  'x',
  '\u0000',
  '💥',
  [],
  {},
  [{}],
];

async function withMember(name: string, value: unknown, path: string): Promise<Vector> {
  const changed = await reopen(opening, test.keys, (text) =>
    JSON.stringify({ ...(JSON.parse(text) as object), [name]: value }),
  );
  const ours = await verifyPackage(changed, { keys: [test.jwks, test.vkey] });
  return {
    ...{ name: path, base: 'opening', verdict: ours.verdict, exit_code: ours.exitCode },
    set: changesOf(opening, changed),
  };
}

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

/** A member more of the body of a type that nobody knows, as text: what only a parser can tell. The record itself is two levels. */
const BODIES: readonly (readonly [name: string, member: string, verdict: string])[] = [
  ['__proto__', '"__proto__":{"tenant":"other"}', 'valid'],
  ['__proto__ that is no object', '"__proto__":1', 'valid'],
  ['__proto__ twice', '"__proto__":1,"__proto__":1', 'invalid'],
  ['__proto__ spelled otherwise', '"\\u005f_proto__":1', 'valid'],
  ['constructor', '"Constructor":{"prototype":{"mode":"replay"}}', 'valid'],
  ['62 levels more', `"A":${nested(62)}`, 'valid'],
  ['63 levels more', `"A":${nested(63)}`, 'invalid'],
  ['10,000 levels more', `"A":${nested(10_000)}`, 'invalid'],
  ['the largest safe integer', '"A":9007199254740991', 'valid'],
  ['an integer beyond it', '"A":9007199254740992', 'invalid'],
  ['an integer by its exponent', '"A":1e300', 'invalid'],
  ['a number that is none', '"A":1e400', 'invalid'],
  ['a number that becomes zero', '"A":1e-400', 'invalid'],
  ['zero of any size', '"A":0e-400', 'valid'],
  ['a fraction in its one spelling', '"A":0.1', 'valid'],
  ['a fraction in another', '"A":1.0', 'valid'],
];

async function withBody(
  [name, member, verdict]: (typeof BODIES)[number],
  type = 'example.odd.v1',
): Promise<Vector> {
  const changed = await reopen(opening, test.keys, (text) =>
    text.replace('"body":{', `"body":{${member},`).replace('spanforge.log.opened.v1', type),
  );
  const common = { name, base: 'opening', set: changesOf(opening, changed) };
  return { ...common, verdict, exit_code: verdict === 'valid' ? 0 : 1 };
}

const cases: Vector[] = [];
for (const body of BODIES) cases.push(await withBody(body));
// A type that is known has no members but its own.
for (const [name, member] of BODIES) {
  cases.push(await withBody([`known: ${name}`, member, 'invalid'], 'spanforge.log.opened.v1'));
}
const bodies = cases.length;
for (const time of [...TIMES, ...GOOD_TIMES]) cases.push(await withMember('time', time, time));
// Python without `cryptography` takes its time over each: all of them with SPANFORGE_LONG alone.
const each = process.env.SPANFORGE_LONG === undefined ? 1 : ODD.length;
for (const [at, name] of members.entries()) {
  for (let nth = 0; nth < each; nth += 1) {
    const value = ODD[(at + nth) % ODD.length];
    cases.push(await withMember(name, value, `${name}: ${JSON.stringify(value)}`));
  }
}
const file: VectorFile = {
  v: 'spanforge.package-vectors.v1',
  keys: { package: test.jwks, log: test.vkey },
  bases: { opening: filesOf(opening) },
  vectors: cases,
};

const hasPython =
  spawnSync('python3', ['-c', 'import sys; assert sys.version_info >= (3, 9)']).status === 0;

function gradedByPython(graded: VectorFile): string {
  const folder = mkdtempSync(join(tmpdir(), 'odd-values-'));
  try {
    writeFileSync(join(folder, 'odd.json'), JSON.stringify(graded));
    const script = fileURLToPath(
      new URL('../../../../tooling/verifiers/verify.py', import.meta.url),
    );
    const words = [script, 'vectors', join(folder, 'odd.json')];
    return spawnSync('python3', words, { encoding: 'utf8' }).stdout.trim();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Spaces inside the braces, so that the text has just so many bytes. */
const padded = (text: string, bytes: number): string =>
  `{${' '.repeat(bytes - text.length)}${text.slice(1)}`;

describe('a text of JSON that is too large', () => {
  const LIMIT = 1_048_576;
  const vectors: Vector[] = [
    { name: 'keys of a mebibyte', base: 'opening', set: {}, verdict: 'valid', exit_code: 0 },
    { name: 'a byte more', base: 'opening', set: {}, verdict: 'failed', exit_code: 2 },
  ].map((one, at) => ({ ...one, keys: [`jwks ${at}`, 'log'] }));
  const huge: VectorFile = {
    ...file,
    keys: {
      log: test.vkey,
      'jwks 0': padded(test.jwks, LIMIT),
      'jwks 1': padded(test.jwks, LIMIT + 1),
    },
    vectors,
  };

  it('is no file of keys to any verifier', async () => {
    for (const vector of vectors) {
      const keys = (vector.keys ?? []).map((name) => huge.keys[name] ?? '');
      const files = filesOfVector(huge, vector);
      const ours = await verifyPackage(files, { keys });
      const { verdict } = await verify(files, { keys });
      expect([ours.verdict, verdict]).toEqual([vector.verdict, vector.verdict]);
    }
    if (hasPython) expect(gradedByPython(huge)).toBe('2 of 2 vectors');
  });

  it('is no envelope to any verifier', { timeout: 120_000 }, async () => {
    const large = new Map(opening);
    large.set('package.dsse.json', new Uint8Array(67_108_865).fill(0x20));
    const keys = [test.jwks, test.vkey];
    const ours = await verifyPackage(large, { keys });
    const second = await verify(large, { keys });
    expect(ours.firstBad).toMatchObject({ reason: 'not_an_envelope' });
    expect(second.faults).toContainEqual(expect.objectContaining({ reason: 'not_an_envelope' }));
  });
});

describe('records with odd values', () => {
  it('are refused where their time does not exist, and only there', () => {
    const verdicts = new Map(cases.map(({ name, verdict }) => [name, verdict]));
    expect(TIMES.map((time) => verdicts.get(time))).toEqual(TIMES.map(() => 'invalid'));
    expect(GOOD_TIMES.map((time) => verdicts.get(time))).toEqual(GOOD_TIMES.map(() => 'valid'));
    expect([...verdicts.values()]).not.toContain('failed');
  });

  it('are what JSON says of a member of the body', async () => {
    for (const vector of cases.slice(0, bodies)) {
      const keys = [test.jwks, test.vkey];
      const { verdict, checks } = await verifyPackage(filesOfVector(file, vector), { keys });
      expect([vector.name, verdict, checks.filter(({ ok }) => !ok).length > 0]).toEqual([
        vector.name,
        vector.verdict,
        vector.verdict !== 'valid',
      ]);
    }
    expect(Object.hasOwn(Object.prototype, 'tenant')).toBe(false);
  });

  it('are the same to the verifier in one file', async () => {
    const said = await Promise.all(
      cases.map(async (vector) => {
        const keys = [test.jwks, test.vkey];
        const { verdict } = await verify(filesOfVector(file, vector), { keys });
        return [vector.name, verdict];
      }),
    );
    expect(said).toEqual(cases.map(({ name, verdict }) => [name, verdict]));
  });

  it.skipIf(!hasPython)('are the same to the verifier in Python', () => {
    expect(gradedByPython(file)).toBe(`${cases.length} of ${cases.length} vectors`);
  });
});

describe('white space and names', () => {
  // ECMAScript's white space, which other languages count differently, and control characters, which are none.
  const WHITE = [
    '\t',
    '\v',
    '\f',
    '\r',
    ' ',
    '\u00a0',
    '\u1680',
    '\u2003',
    '\u2028',
    '\u3000',
    '\ufeff',
  ];
  const OTHER = ['\u001c', '\u001f', '\u0085', '\u180e', '\u200b', '\u0000', '\u007f'];
  const jwk = JSON.parse(test.jwks).keys[0] as object;
  const keySets = [
    ...[...WHITE, ...OTHER].map((one) => ({
      text: `${one}\n${test.vkey.trim()}${one}`,
      verdict: WHITE.includes(one) ? 'valid' : 'failed',
    })),
    { text: JSON.stringify({ ...jwk, key_ops: ['verify'] }), verdict: 'valid' },
    { text: JSON.stringify({ ...jwk, key_ops: 'verify' }), verdict: 'failed' },
  ].map((one, at) => ({ ...one, name: `set ${at}` }));
  const odd: VectorFile = {
    ...file,
    keys: {
      log: test.vkey,
      package: test.jwks,
      ...Object.fromEntries(keySets.map(({ name, text }) => [name, text])),
    },
    vectors: keySets.map(({ name, verdict }) => ({
      ...{ name, base: 'opening', set: {}, verdict: verdict as Vector['verdict'] },
      exit_code: verdict === 'valid' ? 0 : 2,
      keys: name === 'set 18' || name === 'set 19' ? ['package', 'log', name] : ['package', name],
    })),
  };

  it('are the same to every verifier', async () => {
    for (const vector of odd.vectors) {
      const keys = (vector.keys ?? []).map((name) => odd.keys[name] ?? '');
      const files = filesOfVector(odd, vector);
      const ours = await verifyPackage(files, { keys });
      const { verdict } = await verify(files, { keys });
      expect([vector.name, ours.verdict, verdict]).toEqual([
        ...[vector.name, vector.verdict, vector.verdict],
      ]);
    }
    if (hasPython)
      expect(gradedByPython(odd)).toBe(`${keySets.length} of ${keySets.length} vectors`);
  });

  it.each(['', ' ', 'log example', 'a+b', 'a\u0085b', 'a\ufeffb'])(
    'an origin that is no name is refused: %j',
    async (origin) => {
      for (const keys of [[test.jwks], [test.jwks, test.vkey]]) {
        const ours = await verifyPackage(opening, { keys, origin });
        const second = await verify(opening, { keys, origin });
        expect([ours.verdict, second.verdict]).toEqual(['failed', 'failed']);
      }
    },
  );
});

describe('a body that says nothing of what a sentence names', () => {
  const held = {
    allowed: 'Nothing was allowed.',
    blocked: 'Call  of  was held for review : “”.',
    outcome: 'human_review',
  };
  const blocked = {
    allowed: 'No live decision is on record.',
    blocked: 'Call  of  was blocked: “”.',
    outcome: 'undecided',
  };
  const review = 'spanforge.review.requested.v1';
  const odd = { call_id: 1, tool: null, review_id: [], reason: {} };

  it.each([
    [review, {}, held],
    [review, odd, held],
    ['spanforge.execution.ended.v1', { ...odd, status: 'blocked' }, blocked],
  ] as const)('leaves it empty, for every verifier: %s %j', async (type, body, said) => {
    const { outcome, ...sentences } = said;
    const changed = await reopen(opening, test.keys, (text) =>
      JSON.stringify({ ...(JSON.parse(text) as object), type, body }),
    );
    const summary = {
      ...sentences,
      controls: 'No control contributed.',
      chain: 'Yes: 1 record(s) are proven in the checkpoint of size 1.',
    };
    const agrees = predicate({ outcome, strictest: outcome, summary, completeness: [] });
    const pkg = await resign(changed, [test.keys.ed25519, test.keys.es256], agrees);
    const vector: Vector = {
      ...{ name: type, base: 'opening', verdict: 'valid', exit_code: 0 },
      set: changesOf(opening, pkg),
    };
    const keys = [test.jwks, test.vkey];
    expect((await verifyPackage(pkg, { keys })).firstBad).toBeUndefined();
    expect((await verify(pkg, { keys })).faults).toEqual([]);
    if (hasPython) expect(gradedByPython({ ...file, vectors: [vector] })).toBe('1 of 1 vectors');
  });
});
