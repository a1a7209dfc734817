import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { verifyTogether, writeJson, writeZip } from '../../verifier/verify.mjs';
import { writePackage } from '../node/any-form.js';
import { type PackageRelation, verifyPackagesAt } from '../node/verify-together.js';
import { type ChainVectorFile, makeChainVectors } from './make-chain-vectors.js';
import { filesOfVector } from './vector.js';

const FILE = new URL('../../vectors/chains.json', import.meta.url);
// With SPANFORGE_WRITE_VECTORS set they are made anew; else they stay what they are.
if (process.env.SPANFORGE_WRITE_VECTORS !== undefined || !existsSync(FILE)) {
  writeFileSync(FILE, `${JSON.stringify(await makeChainVectors())}\n`);
}
const file = JSON.parse(readFileSync(FILE, 'utf8')) as ChainVectorFile;

const filesAt = (base: string): Map<string, Uint8Array> =>
  filesOfVector(
    { v: 'spanforge.package-vectors.v1', keys: file.keys, bases: file.packages, vectors: [] },
    { name: base, base, set: {}, verdict: 'valid', exit_code: 0 },
  );
const keysOf = (names: readonly string[]): string[] => names.map((name) => file.keys[name] ?? '');

/** Every relation, so that a new one is missed here until it is named. */
const RELATIONS: Readonly<Record<PackageRelation, true>> = {
  same: true,
  grown: true,
  growth_not_shown: true,
  fork: true,
  successor: true,
  beyond: true,
  succession_not_shown: true,
  not_related: true,
};

describe('published vectors of several packages', () => {
  it.each(file.vectors)('$name', async ({ packages, keys, verdicts, links, exit_code }) => {
    const expected = { verdicts, links, exit_code };
    const folder = mkdtempSync(join(tmpdir(), 'spanforge-chains-'));
    try {
      const paths = packages.map((name, at) => join(folder, `${at}-${name}.json`));
      for (const [at, path] of paths.entries()) {
        await writePackage(path, filesAt(packages[at] ?? ''));
      }
      const ours = await verifyPackagesAt(paths, { keys: keysOf(keys) });
      const said = ours.packages.map(({ report }) => report.verdict);
      expect({ verdicts: said, links: ours.links, exit_code: ours.exitCode }).toEqual(expected);
    } finally {
      rmSync(folder, { recursive: true });
    }
    const second = await verifyTogether(packages.map(filesAt), { keys: keysOf(keys) });
    const verdictsOfSecond = second.packages.map(({ verdict }) => verdict);
    expect({ ...second, verdicts: verdictsOfSecond }).toMatchObject(expected);
  });

  it('show each relation', () => {
    const shown = new Set(
      file.vectors.flatMap(({ links }) => links.map(({ relation }) => relation)),
    );
    expect([...shown].sort()).toEqual(Object.keys(RELATIONS).sort());
  });

  it('refuse keys that cannot be read, and reject nothing', async () => {
    const second = await verifyTogether([filesAt('before')], { keys: ['no+key'] });
    expect(second).toMatchObject({ exit_code: 2, packages: [{ verdict: 'failed' }] });
    const ours = await verifyPackagesAt(['/nowhere/at/all'], { keys: ['no+key'] });
    expect(ours).toMatchObject({ exitCode: 2, links: [] });
  });
});

const TRUSTED = ['package', 'log', 'next', 'log_revoked'];

/** Runs a verifier on files: its exit code, and what it links. */
function runOn(command: string, script: string, ...more: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'spanforge-chains-'));
  const write = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const path = fileURLToPath(new URL(`../../../../${script}`, import.meta.url));
  const args = [
    write('last.zip', writeZip(filesAt('last'))),
    ...['--with', write('link.json', writeJson(filesAt('link')))],
    ...['--with', write('after.zip', writeZip(filesAt('after')))],
    ...TRUSTED.flatMap((name) => ['--key', write(name, file.keys[name] ?? '')]),
  ];
  try {
    const { status, stdout } = spawnSync(command, [path, ...args, ...more], { encoding: 'utf8' });
    return { status, report: JSON.parse(stdout) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
const LINKED = {
  status: 0,
  report: { links: [{ relation: 'successor' }, { relation: 'grown' }], exit_code: 0 },
};

it('verify.mjs follows a chain on the command line', () => {
  const script = 'packages/operator/verifier/verify.mjs';
  expect(runOn(process.execPath, script, '--json')).toMatchObject(LINKED);
});

const hasPython =
  spawnSync('python3', ['-c', 'import sys; assert sys.version_info >= (3, 9)']).status === 0;

it.skipIf(!hasPython)('a verifier in Python, written from the specification, agrees', () => {
  const script = 'tooling/verifiers/verify.py';
  const path = fileURLToPath(new URL(`../../../../${script}`, import.meta.url));
  const output = execFileSync('python3', [path, 'chain-vectors', fileURLToPath(FILE)]).toString();
  expect(output.trim()).toBe(`${file.vectors.length} of ${file.vectors.length} vectors`);
  expect(runOn('python3', script)).toMatchObject(LINKED);
});
