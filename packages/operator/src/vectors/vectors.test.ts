import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { makePage } from '../../verifier/page.mjs';
import { verify } from '../../verifier/verify.mjs';
import { verifyPackage } from '../verify/verify-package.js';
import { makeEnterpriseVectors } from './make-enterprise-vectors.js';
import { makeKeyVectors } from './make-key-vectors.js';
import { makeRecordVectors } from './make-record-vectors.js';
import { makeVectors } from './make-vectors.js';
import { makeWitnessVectors } from './make-witness-vectors.js';
import { compareVerifiers, createMutationSite, mutantVectors } from './mutations.js';
import { rememberSignatures } from './remembered-crypto.js';
import { filesOfVector, type VectorFile } from './vector.js';

/** A reason as the source of the verifier spells it: beside `reason`, or as what a rule answers with. */
const REASON = /(?:reason(?:: | = )|return |\? |: )'((?:[a-z0-9]+_)+[a-z0-9]+|fork|rollback)'/g;

const FILE = new URL('../../vectors/verdicts.json', import.meta.url);
const KEYS_FILE = new URL('../../vectors/keys.json', import.meta.url);
// With SPANFORGE_WRITE_VECTORS set they are made anew; else they stay what they are.
async function readVectors(path: URL, make: () => Promise<VectorFile>): Promise<VectorFile> {
  if (process.env.SPANFORGE_WRITE_VECTORS !== undefined || !existsSync(path)) {
    writeFileSync(path, `${JSON.stringify(await make())}\n`);
  }
  return JSON.parse(readFileSync(path, 'utf8')) as VectorFile;
}
const file = await readVectors(FILE, makeVectors);
const keysFile = await readVectors(KEYS_FILE, makeKeyVectors);
const RECORDS_FILE = new URL('../../vectors/records.json', import.meta.url);
const recordsFile = await readVectors(RECORDS_FILE, makeRecordVectors);
const WITNESSES_FILE = new URL('../../vectors/witnesses.json', import.meta.url);
const witnessesFile = await readVectors(WITNESSES_FILE, makeWitnessVectors);
const ENTERPRISE_FILE = new URL('../../vectors/enterprise.json', import.meta.url);
const enterpriseFile = await readVectors(ENTERPRISE_FILE, makeEnterpriseVectors);

describe.each([
  ['of packages', file],
  ['of keys', keysFile],
  ['of reviews and records', recordsFile],
  ['of witnesses', witnessesFile],
  ['of enterprise packages', enterpriseFile],
])('published vectors %s', (_, file) => {
  it.each(file.vectors)('$name: $verdict', async (vector) => {
    const files = filesOfVector(file, vector);
    const keys = (vector.keys ?? ['package', 'log']).map((name) => file.keys[name] ?? '');
    const { since, known_size: knownSize, witness_policy: witnessPolicy } = vector.options ?? {};
    const options = {
      keys,
      ...(typeof since === 'string' ? { since } : {}),
      ...(typeof knownSize === 'number' ? { knownSize } : {}),
      ...(typeof witnessPolicy === 'string' ? { witnessPolicy } : {}),
    };
    const ours = await verifyPackage(files, options);
    const second = await verify(files, { ...options, rederive: false });
    const expected = { verdict: vector.verdict, exit: vector.exit_code };
    expect({ verdict: ours.verdict, exit: ours.exitCode }).toEqual(expected);
    expect({ verdict: second.verdict, exit: second.exit_code }).toEqual(expected);
    if (vector.reason === undefined || vector.verdict === 'failed') return;
    const details = ours.checks.filter(({ ok }) => !ok).map(({ detail }) => detail);
    expect(details.some((detail) => detail.endsWith(vector.reason ?? ''))).toBe(true);
    const given = second.faults.map(({ reason }) => reason);
    expect(given).toContain(vector.reason);
    if (vector.reasons === undefined) return;
    const named = details.map((detail) => detail.split(': ').at(-1));
    expect([...new Set(named)].sort()).toEqual(vector.reasons);
    expect([...new Set(given)].sort()).toEqual(vector.reasons);
  });
});

/** Why a reason has no vector among these. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  package_too_large: 'more than 20,000 files or 256 MiB are no vector',
  timestamp_missing: 'vectors hold no time stamps; they are checked in timestamp.test.ts',
  hmac_mismatch: 'vectors hold no secrets; macs are checked in trust.test.ts',
  not_rederivable: 'what becomes of a decision, and no fault',
  other_term: 'given as index_proof_other_term, which has one',
  unexpected_error: 'no package is known that does this',
};

it('each reason that the verifier spells out has a vector', () => {
  const folder = new URL('../verify/', import.meta.url);
  const sources = readdirSync(folder).filter((name) => !name.includes('test'));
  const spelled = sources.flatMap((name) =>
    [...readFileSync(new URL(name, folder), 'utf8').matchAll(REASON)].map(([, reason]) => reason),
  );
  const shown = new Set(
    [file, keysFile, recordsFile, witnessesFile, enterpriseFile].flatMap(({ vectors }) =>
      vectors.flatMap(({ reason }) => reason?.split(':') ?? []),
    ),
  );
  const missing = [...new Set(spelled)].filter((one) => one && !shown.has(one));
  expect(missing.sort()).toEqual(Object.keys(ELSEWHERE).sort());
  expect(spelled.length).toBeGreaterThan(50);
});

it.each(['null', '[]', '1', '"x"', '{}', 'true'])(
  'an envelope that is %s is none',
  async (text) => {
    const vector = { name: '', base: 'call', set: {}, verdict: '', exit_code: 1 };
    const files = filesOfVector(file, vector).set('package.dsse.json', Buffer.from(text));
    const keys = [file.keys.package ?? '', file.keys.log ?? ''];
    const [ours, second] = [await verifyPackage(files, { keys }), await verify(files, { keys })];
    expect([ours.verdict, second.verdict]).toEqual(['invalid', 'invalid']);
    expect(second.faults.map(({ reason }) => reason)).toContain('not_an_envelope');
  },
);

it('the page holds the verifier as it is', () => {
  const read = (name: string): string =>
    readFileSync(new URL(`../../verifier/${name}`, import.meta.url), 'utf8');
  expect(read('verify.html')).toBe(makePage(read('verify.mjs')));
});

/** With SPANFORGE_LONG a million packages are mutated, or SPANFORGE_CASES of them, else a few; SPANFORGE_SEED begins elsewhere. */
const isLong = process.env.SPANFORGE_LONG !== undefined;
const CASES = isLong ? Number(process.env.SPANFORGE_CASES ?? 1_000_000) : 60;
if (isLong) rememberSignatures();
const FROM = Number(process.env.SPANFORGE_SEED ?? 0);
const BATCH = 500;
const site = await createMutationSite(file);

it('both verifiers agree on mutated packages, and accept none, in bounded memory and time', {
  timeout: 360_000_000,
}, async () => {
  const counts: Record<string, number> = {};
  let [slowest, memory] = [0, 0];
  const started = performance.now();
  for (let done = 0; done < CASES; done += BATCH) {
    const count = Math.min(BATCH, CASES - done);
    const result = await compareVerifiers(site, { from: FROM + done, count });
    expect(result.wrong).toEqual([]);
    slowest = Math.max(slowest, result.slowestMs);
    memory = Math.max(memory, process.memoryUsage().heapUsed);
    for (const [what, number] of Object.entries(result.verdicts)) {
      counts[what] = (counts[what] ?? 0) + number;
    }
  }
  expect(Object.values(counts).reduce((sum, one) => sum + one, 0)).toBe(CASES);
  expect(slowest).toBeLessThan(60_000);
  expect(memory).toBeLessThan(1_000_000_000);
  if (!isLong) return;
  const perSecond = Math.round((CASES / (performance.now() - started)) * 1000);
  const figures = { cases: CASES, from: FROM, perSecond, slowestMs: slowest, heapBytes: memory };
  console.log({ ...figures, ...counts });
});

const hasPython =
  spawnSync('python3', ['-c', 'import sys; assert sys.version_info >= (3, 9)']).status === 0;

it.skipIf(!hasPython)('a verifier in Python, written from the specification, agrees', () => {
  const script = fileURLToPath(new URL('../../../../tooling/verifiers/verify.py', import.meta.url));
  const graded = [
    [FILE, file],
    [KEYS_FILE, keysFile],
    [RECORDS_FILE, recordsFile],
    [WITNESSES_FILE, witnessesFile],
    [ENTERPRISE_FILE, enterpriseFile],
  ] as const;
  for (const [path, { vectors }] of graded) {
    const output = execFileSync('python3', [script, 'vectors', fileURLToPath(path)]).toString();
    expect(output.trim()).toBe(`${vectors.length} of ${vectors.length} vectors`);
  }
});

it.skipIf(!hasPython)(
  'the verifier in Python agrees on mutated packages',
  {
    timeout: 36_000_000,
  },
  async () => {
    const script = fileURLToPath(
      new URL('../../../../tooling/verifiers/verify.py', import.meta.url),
    );
    const folder = mkdtempSync(join(tmpdir(), 'spanforge-mutants-'));
    const path = join(folder, 'vectors.json');
    const [batches, count] = isLong ? [100, 100] : [1, 30];
    const verdicts: Record<string, number> = {};
    for (let batch = 0; batch < batches; batch += 1) {
      // A seed of a container is passed over, so that more seeds are read than vectors made.
      const from = FROM + batch * count * 2;
      const mutants = await mutantVectors(site, { from, count });
      writeFileSync(path, JSON.stringify(mutants));
      const { stdout } = spawnSync('python3', [script, 'vectors', path], { encoding: 'utf8' });
      expect(stdout.trim()).toBe(`${count} of ${count} vectors`);
      for (const { verdict } of mutants.vectors) verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    }
    if (isLong) console.log({ python: batches * count, from: FROM, ...verdicts });
    rmSync(folder, { recursive: true });
  },
);
