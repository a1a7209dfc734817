import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { verify } from '../../verifier/verify.mjs';
import { openTestLog } from '../test-log.js';
import { lines } from '../verify/test-forge.js';
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

const cases: Vector[] = [];
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

describe('records with odd values', () => {
  it('are refused where their time does not exist, and only there', () => {
    const verdicts = new Map(cases.map(({ name, verdict }) => [name, verdict]));
    expect(TIMES.map((time) => verdicts.get(time))).toEqual(TIMES.map(() => 'invalid'));
    expect(GOOD_TIMES.map((time) => verdicts.get(time))).toEqual(GOOD_TIMES.map(() => 'valid'));
    expect([...verdicts.values()]).not.toContain('failed');
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

  const hasPython =
    spawnSync('python3', ['-c', 'import sys; assert sys.version_info >= (3, 9)']).status === 0;

  it.skipIf(!hasPython)('are the same to the verifier in Python', () => {
    const folder = mkdtempSync(join(tmpdir(), 'odd-values-'));
    try {
      writeFileSync(join(folder, 'odd.json'), JSON.stringify(file));
      const script = fileURLToPath(
        new URL('../../../../tooling/verifiers/verify.py', import.meta.url),
      );
      const graded = execFileSync('python3', [script, 'vectors', join(folder, 'odd.json')]);
      expect(graded.toString().trim()).toBe(`${cases.length} of ${cases.length} vectors`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
