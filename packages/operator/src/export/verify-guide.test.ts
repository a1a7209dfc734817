import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromUtf8 } from '@spanforge/core-signing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writePackageFolder } from '../node/folder.js';
import type { EvidencePackage } from '../package/members.js';
import {
  bundleDraft,
  contextOf,
  openTestLog,
  record,
  recordCall,
  scopeDraft,
  type TestLog,
} from '../test-log.js';
import { openTestAuthority } from '../timestamp/test-authority.js';
import { createCheckpointStamper } from '../timestamp.js';
import { createCheckpointCosigner } from '../witness/cosigner.js';
import { createHttpWitnessTransport } from '../witness/http-witness.js';
import { openTestWitness } from '../witness/test-witness.js';

function toolsAreThere(): boolean {
  try {
    execFileSync('bash', [
      '-c',
      'for t in openssl jq sha256sum base64 od awk; do command -v $t; done',
    ]);
    return execFileSync('openssl', ['version']).toString().startsWith('OpenSSL 3');
  } catch {
    return false;
  }
}

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spanforge-guide-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the commands of a package's own VERIFY.md, in the package's folder. */
function runGuide(pkg: EvidencePackage, withDigests = true, before = ''): string {
  const guide = fromUtf8(pkg.get('VERIFY.md') as Uint8Array);
  const script = guide
    .split('\n')
    .filter((line) => line.startsWith('    '))
    .map((line) => line.slice(4))
    .filter((line) => withDigests || !/^jq.*--check|^diff/.test(line));
  return execFileSync('bash', ['-c', [before, ...script].join('\n')], {
    cwd: join(folder, 'pkg'),
    stdio: 'pipe',
  }).toString();
}

/** What the commands printed until one of them failed; the digests of the files are not looked at. */
function saidBeforeItStopped(pkg: EvidencePackage, before = ''): string {
  try {
    runGuide(pkg, false, before);
  } catch (error) {
    return String((error as { stdout?: Buffer }).stdout);
  }
  throw new Error('it did not stop');
}

function flip(path: string, offset: number): void {
  const bytes = readFileSync(path);
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

async function lay(test: TestLog, pkg: EvidencePackage): Promise<void> {
  writeFileSync(join(folder, 'trusted.jwks.json'), test.jwks);
  writeFileSync(join(folder, 'trusted.vkey'), `${test.vkey}\n`);
  await writePackageFolder(join(folder, 'pkg'), pkg);
}

describe.skipIf(!toolsAreThere())('VERIFY.md, run with standard tools', () => {
  it('verifies a package of proof files', async () => {
    const test = await openTestLog({ origin: "log.example/o'hara" });
    await record(test.log, bundleDraft());
    await recordCall(test.log, 'trace-1');
    const pkg = await test.operator.exportPackage({ traceId: 'trace-1' }, { disclose: () => true });
    await lay(test, pkg);
    const output = runGuide(pkg);
    for (const line of ['files: ok', 'Verified OK', 'records: ok', 'values: ok', 'policies: ok']) {
      expect(output).toContain(line);
    }
    expect(output.match(/Signature Verified Successfully/g)).toHaveLength(2);
  });

  it('T-20: verifies a time stamp by openssl ts, and stops where it is about something else', async () => {
    const authority = openTestAuthority();
    const stamp = createCheckpointStamper({ authority: authority.stamp });
    const test = await openTestLog();
    await recordCall(test.log, 'trace-1');
    const pkg = await test.operator.exportPackage({ traceId: 'trace-1' }, { stamp });
    await lay(test, pkg);
    writeFileSync(join(folder, 'trusted-tsa.pem'), authority.root);
    expect(runGuide(pkg)).toMatch(/^time stamp: .* GMT$/m);
    const salt = join(folder, 'pkg/checkpoint.salt');
    const good = readFileSync(salt);
    for (const at of [30, good.length - 2]) {
      flip(salt, at);
      expect(() => runGuide(pkg, false)).toThrow();
      writeFileSync(salt, good);
    }
    const reply = join(folder, 'pkg/checkpoint.tsr');
    flip(reply, readFileSync(reply).length - 3);
    expect(() => runGuide(pkg, false)).toThrow();
    flip(reply, readFileSync(reply).length - 3);
    const other = openTestAuthority('Another TSA');
    writeFileSync(join(folder, 'trusted-tsa.pem'), other.root);
    expect(() => runGuide(pkg, false)).toThrow();
    for (const one of [authority, other]) one.close();
  });

  it('verifies cosignatures of witnesses, and stops at those that are wrong, missing or of others', async () => {
    const test = await openTestLog();
    await recordCall(test.log, 'trace-1');
    const names = ['w/one', 'two'] as const;
    const witnesses = await Promise.all(names.map((name) => openTestWitness(name, [test.vkey])));
    const policyOf = (count: number) =>
      `${witnesses.map(({ vkey, url }, at) => `witness w${at} ${vkey} ${url}\n`).join('')}group g ${count} w0 w1\nquorum g\n`;
    const cosign = createCheckpointCosigner({
      policy: policyOf(2),
      transport: createHttpWitnessTransport(),
    });
    const pkg = await test.operator.exportPackage({ traceId: 'trace-1' }, { cosign });
    await lay(test, pkg);
    const trusted = join(folder, 'trusted.witnesses');
    writeFileSync(trusted, policyOf(2));
    const output = runGuide(pkg);
    expect(output).toContain('witness w/one: cosigned at 2026-09-21T14:13:21Z');
    expect(output).toContain('witness two: cosigned at 2026-09-21T14:13:21Z');
    expect(output).toContain('witnesses: ok');

    // A byte of each witness' time, signature, and of the text all signed.
    const path = join(folder, 'pkg/checkpoint');
    const good = readFileSync(path);
    const lines = good.toString().split('\n');
    for (const name of names) {
      for (const at of [9, 20]) {
        const twin = lines.map((line) => {
          const [mark, by, signature = ''] = line.split(' ');
          if (by !== name) return line;
          const bytes = Buffer.from(signature, 'base64');
          bytes[at] = (bytes[at] ?? 0) ^ 1;
          return `${mark} ${by} ${bytes.toString('base64')}`;
        });
        writeFileSync(path, twin.join('\n'));
        expect(saidBeforeItStopped(pkg)).not.toContain('witnesses: ok');
      }
    }
    // One line less is one witness less: too few, unless one is enough.
    writeFileSync(path, lines.filter((line) => !line.startsWith('— two ')).join('\n'));
    expect(saidBeforeItStopped(pkg)).toMatch(/witness two: did not cosign\n$/);
    expect(saidBeforeItStopped(pkg, 'needed=1')).toContain('witnesses: ok');
    writeFileSync(path, good);
    // A witness of the same name with another key did not sign; nor does anybody a policy does not name.
    const stranger = await openTestWitness('two', [test.vkey]);
    writeFileSync(trusted, policyOf(1).replace(witnesses[1]?.vkey ?? '', stranger.vkey));
    expect(saidBeforeItStopped(pkg)).toMatch(/witness two: did not cosign\n$/);
    expect(runGuide(pkg, true, 'needed=1')).toContain('witness two: did not cosign');
    writeFileSync(trusted, 'quorum none\n');
    expect(saidBeforeItStopped(pkg)).toMatch(/Verified Successfully\n$/);
    await Promise.all([...witnesses, stranger].map(({ close }) => close()));
  });

  it('N-12: exits 3 for a package without evidence', async () => {
    const test = await openTestLog();
    const pkg = await test.operator.exportPackage({ traceId: 'nobody' });
    await lay(test, pkg);
    expect(() => runGuide(pkg)).toThrow(
      expect.objectContaining({
        status: 3,
        stderr: expect.objectContaining({}),
        stdout: expect.objectContaining({}),
      }),
    );
  });

  it.each(['link', 'file'] as const)('stops at an extra %s', async (kind) => {
    const test = await openTestLog();
    await recordCall(test.log, 'trace-1');
    const pkg = await test.operator.exportPackage({ traceId: 'trace-1' });
    await lay(test, pkg);
    expect(runGuide(pkg)).toContain('evidence: ok');
    const extra = join(folder, 'pkg', 'keys', 'extra');
    if (kind === 'link') symlinkSync('jwks.json', extra);
    else writeFileSync(extra, 'x');
    expect(() => runGuide(pkg)).toThrow();
  });

  // A minute of subprocesses: one hash, one process.
  it.skipIf(process.env.SPANFORGE_LONG === undefined)('verifies a package of tiles', async () => {
    const test = await openTestLog();
    const drafts = Array.from({ length: 257 }, () => scopeDraft(contextOf('big'), 'allow'));
    await record(
      test.log,
      ...Array.from({ length: 300 }, () => scopeDraft(contextOf('x'), 'block')),
    );
    await record(test.log, ...drafts);
    const pkg = await test.operator.exportPackage({ traceId: 'big' });
    expect([...pkg.keys()].filter((name) => name.startsWith('tile/')).length).toBeGreaterThan(2);
    await lay(test, pkg);
    expect(runGuide(pkg)).toContain('records: ok');
    flip(join(folder, 'pkg', 'records.jsonl'), 9000);
    expect(() => runGuide(pkg, false)).toThrow();
  });

  it.each(['records.jsonl', 'checkpoint', 'disclosures.jsonl', 'package.dsse.json', 'VERIFY.md'])(
    'stops when a byte of %s is changed',
    async (file) => {
      const test = await openTestLog();
      await recordCall(test.log, 'trace-1');
      const pkg = await test.operator.exportPackage(
        { traceId: 'trace-1' },
        { disclose: () => true },
      );
      await lay(test, pkg);
      flip(join(folder, 'pkg', file), 40);
      expect(() => runGuide(pkg)).toThrow();
    },
  );

  it.each([
    ['records.jsonl', 60],
    ['proofs/2.tlog-proof', 40],
    ['disclosures.jsonl', 200],
    ['records.index', 1],
  ] as const)(
    'stops at a changed byte of %s without looking at the digests',
    async (file, offset) => {
      const test = await openTestLog();
      await record(test.log, bundleDraft());
      await recordCall(test.log, 'trace-1');
      const pkg = await test.operator.exportPackage(
        { traceId: 'trace-1' },
        { disclose: () => true },
      );
      await lay(test, pkg);
      runGuide(pkg, false);
      flip(join(folder, 'pkg', file), offset);
      expect(() => runGuide(pkg, false)).toThrow();
    },
  );
});
