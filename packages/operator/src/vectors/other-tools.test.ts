import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatVkey, generateSigningKey, toVerificationKey } from '@spanforge/core-signing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EvidencePackage } from '../package/members.js';
import { openTestLog, recordCall } from '../test-log.js';
import { resign, text, withFiles } from '../verify/test-forge.js';

const TOOLS = fileURLToPath(new URL('../../../../tooling/verifiers/', import.meta.url));
const answers = (command: string, ...words: readonly string[]): boolean =>
  spawnSync(command, words, { cwd: TOOLS, stdio: 'pipe' }).status === 0;

const own = mkdtempSync(join(tmpdir(), 'spanforge-tools-'));
const hasJava = answers('javac', '-version') && answers('java', '-version');
const CHECK_LOG = join(own, 'sumdb');
/** golang.org/x/mod as Debian packages it, or by the Go module proxy where it was not fetched before. */
const hasGo = [{ GO111MODULE: 'off', GOPATH: '/usr/share/gocode' }, { GOFLAGS: '-mod=mod' }].some(
  (set) =>
    spawnSync('go', ['build', '-o', CHECK_LOG, '.'], {
      cwd: join(TOOLS, 'sumdb'),
      env: { ...process.env, ...set },
      stdio: 'pipe',
      timeout: 60_000,
    }).status === 0,
);

let pkg: EvidencePackage;
let keys: Awaited<ReturnType<typeof openTestLog>>['keys'];
beforeAll(async () => {
  const test = await openTestLog();
  ({ keys } = test);
  await recordCall(test.log, 'trace-1');
  await recordCall(test.log, 'trace-2');
  pkg = await test.operator.exportPackage({ traceId: 'trace-1' });
  writeFileSync(join(own, 'jwks.json'), test.jwks);
  writeFileSync(join(own, 'log.vkey'), test.vkey);
  if (hasJava) execFileSync('javac', ['-d', own, join(TOOLS, 'Verify.java')]);
}, 120_000);
afterAll(() => rmSync(own, { recursive: true }));

const flipped = (name: string): EvidencePackage => {
  const bytes = Uint8Array.from(pkg.get(name) ?? []);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return withFiles(pkg, { [name]: bytes });
};

function folderOf(files: EvidencePackage): string {
  const folder = mkdtempSync(join(own, 'package-'));
  for (const [name, bytes] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  return folder;
}

/** The second record in the place of the first, its proof with it, signed again by the exporter. */
function swapped(): Promise<EvidencePackage> {
  const [first = '', second = '', ...rest] = text(pkg, 'records.jsonl').split('\n');
  const records = [second, first, ...rest].join('\n');
  return resign(withFiles(pkg, { 'records.jsonl': records }), [keys.ed25519, keys.es256]);
}

describe.skipIf(!hasJava)(
  'the Java platform as second JOSE implementation (skipped without a JDK)',
  () => {
    const run = (files: EvidencePackage) => {
      const words = ['-cp', own, 'Verify', folderOf(files), join(own, 'jwks.json')];
      const { status, stdout } = spawnSync('java', [...words, join(own, 'log.vkey')], {
        encoding: 'utf8',
      });
      return [status, stdout];
    };

    it('finds signatures, files, checkpoint and proofs good', { timeout: 120_000 }, () => {
      expect(run(pkg)).toEqual([
        0,
        expect.stringMatching(
          /^statement: (EdDSA and ES256|ES256 and EdDSA), \d+ files\nlog: log\.example\/acme, size 11, 5 records\n$/,
        ),
      ]);
    });

    it('finds each tampered twin bad', { timeout: 240_000 }, async () => {
      const by = (alone: typeof keys.log) => resign(pkg, [alone]);
      const twins: readonly (readonly [EvidencePackage, string])[] = [
        [flipped('records.jsonl'), 'records.jsonl is another'],
        [flipped('package.dsse.json'), 'BAD'],
        [withFiles(pkg, { 'VERIFY.md': undefined }), 'VERIFY.md is missing'],
        [withFiles(pkg, { more: '' }), 'is not listed'],
        [await by(keys.ed25519), 'no signature of'],
        [await by(keys.es256), 'no signature of'],
        [await swapped(), 'is not in the tree'],
      ];
      for (const [twin, what] of twins) {
        expect(run(twin)).toEqual([1, expect.stringContaining(what)]);
      }
    });
  },
);

describe.skipIf(!hasGo)('golang.org/x/mod/sumdb (skipped without Go and its module)', () => {
  const run = (files: EvidencePackage) => {
    const words = [folderOf(files), join(own, 'log.vkey')];
    const { status, stdout } = spawnSync(CHECK_LOG, words, { encoding: 'utf8' });
    return [status, stdout];
  };

  it('finds checkpoint and proofs good, and tampered twins bad', { timeout: 240_000 }, async () => {
    expect(run(pkg)).toEqual([0, 'log: log.example/acme, size 11, 5 records\n']);
    for (const name of ['records.jsonl', 'checkpoint', 'proofs/3.tlog-proof']) {
      expect(run(flipped(name))).toEqual([1, expect.stringContaining('BAD')]);
    }
    expect(run(await swapped())).toEqual([1, expect.stringContaining('record 1')]);
    const stranger = toVerificationKey(await generateSigningKey({ alg: 'Ed25519', role: 'log' }));
    writeFileSync(join(own, 'other.vkey'), formatVkey('log.example/acme', stranger));
    const words = [folderOf(pkg), join(own, 'other.vkey')];
    const { status, stdout } = spawnSync(CHECK_LOG, words, { encoding: 'utf8' });
    expect([status, stdout]).toEqual([1, expect.stringContaining('BAD')]);
  });
});

it('says which of these tools ran', () => {
  console.log(
    `other tools: Java ${hasJava ? 'ran' : 'is missing'}, Go ${hasGo ? 'ran' : 'is missing'}`,
  );
});
