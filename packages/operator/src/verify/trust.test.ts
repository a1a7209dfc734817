import nodeCrypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { createProver } from '@spanforge/core-events/log';
import {
  canonicalize,
  concatBytes,
  formatJwks,
  formatTlogProof,
  formatVkey,
  fromUtf8,
  generateSigningKey,
  leafHash,
  parseEnvelope,
  signNote,
  toVerificationKey,
  utf8,
} from '@spanforge/core-signing';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { contextOf, openTestLog, rbacDraft, record, recordCall, scopeDraft } from '../test-log.js';
import { predicate, resign, text, withFiles } from './test-forge.js';
import { verifyPackage } from './verify-package.js';

async function callPackage() {
  const test = await openTestLog();
  await recordCall(test.log, 'trace-1');
  const pkg = await test.operator.exportPackage({ traceId: 'trace-1' });
  return { ...test, pkg, forger: [test.keys.ed25519, test.keys.es256] };
}

describe('anchors', () => {
  it('K-07: keys inside the package are never believed', async () => {
    const { pkg, trusted } = await callPackage();
    const attacker = [
      await generateSigningKey({ alg: 'Ed25519', role: 'package' }),
      await generateSigningKey({ alg: 'ES256', role: 'package' }),
    ];
    const jwks = formatJwks(attacker.map(toVerificationKey));
    const swapped = await resign(withFiles(pkg, { 'keys/jwks.json': jwks }), attacker);
    expect(await verifyPackage(swapped, { keys: [] })).toMatchObject({
      verdict: 'untrusted',
      exitCode: 3,
    });
    expect(await verifyPackage(pkg, { keys: [] })).toMatchObject({
      verdict: 'untrusted',
      exitCode: 3,
    });
    expect(await verifyPackage(swapped, { keys: trusted })).toMatchObject({
      verdict: 'untrusted',
      exitCode: 3,
      signers: [{ role: 'log' }],
    });
  });

  it('says what a package key alone and a log key alone leave open', async () => {
    const { pkg, jwks, vkey } = await callPackage();
    const byPackage = await verifyPackage(pkg, { keys: [jwks] });
    expect(byPackage).toMatchObject({ verdict: 'valid', exitCode: 0 });
    expect(byPackage.level).toBeUndefined();
    expect(byPackage.notCovered).toEqual(['the signature of the log on its checkpoint']);
    const byLog = await verifyPackage(pkg, { keys: [vkey] });
    expect(byLog).toMatchObject({ verdict: 'incomplete', exitCode: 3, level: 'L1' });
    const changed = withFiles(pkg, { 'VERIFY.md': 'trust me' });
    expect((await verifyPackage(changed, { keys: [jwks] })).verdict).toBe('invalid');
    expect((await verifyPackage(changed, { keys: [vkey] })).exitCode).not.toBe(0);
  });

  it('takes a JWK of the log with an origin, and refuses contradictory anchors', async () => {
    const { pkg, jwks, vkey, keys, origin } = await callPackage();
    const logJwks = formatJwks([toVerificationKey(keys.log)]);
    expect(await verifyPackage(pkg, { keys: [jwks, logJwks], origin })).toMatchObject({
      level: 'L1',
    });
    const bad: readonly (readonly [readonly string[], string | undefined])[] = [
      [[logJwks], undefined],
      [['nonsense'], undefined],
      // The key would stand on a line beyond those that are read.
      [[`${vkey}${'\n'.repeat(100)}${vkey}`], undefined],
      [['{"keys":[{"kty":"oct","k":"AAAA"}]}'], undefined],
      [[JSON.stringify({ ...keys.ed25519.exportPrivateJwk() })], undefined],
      [[vkey], 'log.example/other'],
      [[vkey, formatVkey('log.example/other', toVerificationKey(keys.log))], undefined],
      [[JSON.stringify(keys.log.publicJwk), vkey], undefined],
    ];
    for (const [trusted, named] of bad) {
      const options = named === undefined ? { keys: trusted } : { keys: trusted, origin: named };
      expect(await verifyPackage(pkg, options)).toMatchObject({
        verdict: 'failed',
        exitCode: 2,
        firstBad: { reason: 'OPERATOR_ANCHOR_INVALID' },
        checks: [
          {
            ...{ name: 'verification', ok: false },
            detail: expect.stringMatching(
              /^OPERATOR_ANCHOR_INVALID: a trusted key cannot be used: ./,
            ),
          },
        ],
      });
    }
    const twice = [jwks, JSON.stringify(keys.ed25519.publicJwk), jwks, vkey, `${vkey}\n${vkey}\n`];
    expect(await verifyPackage(pkg, { keys: twice })).toMatchObject({
      verdict: 'valid',
      level: 'L1',
    });
    const other = await verifyPackage(pkg, { keys: [jwks], origin: 'log.example/other' });
    expect(other).toMatchObject({ verdict: 'invalid', firstBad: { reason: 'origin_mismatch' } });
  });
});

describe('the envelope', () => {
  it('T-19: only distinct trusted keys of each trusted algorithm pass', async () => {
    const { pkg, trusted, keys } = await callPackage();
    const envelope = parseEnvelope(text(pkg, 'package.dsse.json'));
    const [first, second] = envelope.signatures;
    const verify = (change: object) =>
      verifyPackage(
        withFiles(pkg, { 'package.dsse.json': canonicalize({ ...envelope, ...change }) }),
        {
          keys: trusted,
        },
      );
    const url = envelope.payload.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    expect(await verify({})).toMatchObject({ verdict: 'valid' });
    expect(await verify({ payloadType: 'application/json' })).toMatchObject({ exitCode: 1 });
    expect(await verify({ payload: `${url}-` })).toMatchObject({ exitCode: 1 });
    expect(await verify({ signatures: [] })).toMatchObject({ firstBad: { reason: 'not_signed' } });
    expect(await verify({ signatures: [first, first] })).toMatchObject({
      firstBad: { reason: 'signature_missing' },
    });
    expect(
      await verify({
        signatures: [
          { keyid: second?.keyid, sig: first?.sig },
          { keyid: first?.keyid, sig: second?.sig },
        ],
      }),
    ).toMatchObject({ verdict: 'invalid', firstBad: { reason: 'signature_invalid' } });
    const stranger = { keyid: 'somebody', sig: first?.sig };
    expect(await verify({ signatures: [first, second, stranger] })).toMatchObject({
      verdict: 'valid',
    });
    expect(await verify({ signatures: [stranger] })).toMatchObject({
      verdict: 'untrusted',
      exitCode: 3,
    });
    const alone = await resign(pkg, [keys.ed25519]);
    expect(await verifyPackage(alone, { keys: trusted })).toMatchObject({
      firstBad: { reason: 'signature_missing' },
    });
  });

  it('refuses another spelling of the same envelope', async () => {
    const { pkg, trusted } = await callPackage();
    const spaced = withFiles(pkg, { 'package.dsse.json': `${text(pkg, 'package.dsse.json')}\n` });
    expect((await verifyPackage(spaced, { keys: trusted })).firstBad?.reason).toBe('not_canonical');
  });

  it('refuses claims that the records do not bear out, and kinds it does not know', async () => {
    const { pkg, trusted, forger } = await callPackage();
    const verify = async (change: Record<string, unknown>) =>
      verifyPackage(await resign(pkg, forger, predicate(change)), { keys: trusted });
    expect(await verify({ outcome: 'block' })).toMatchObject({ verdict: 'invalid' });
    expect(await verify({ log_origin: 'log.example/x' })).toMatchObject({ verdict: 'invalid' });
    expect(await verify({ root: '0'.repeat(64) })).toMatchObject({ verdict: 'invalid' });
    expect(await verify({ extra: 1 })).toMatchObject({ verdict: 'invalid' });
    const kind = await resign(pkg, forger, (statement) => ({
      ...statement,
      predicateType: 'https://x/v2',
    }));
    expect(await verifyPackage(kind, { keys: trusted })).toMatchObject({
      verdict: 'unsupported',
      exitCode: 3,
    });
  });

  it('T-18: an unlisted, missing or renamed file is found', async () => {
    const { pkg, trusted, forger } = await callPackage();
    const reason = async (files: Record<string, string | undefined>) =>
      (await verifyPackage(withFiles(pkg, files), { keys: trusted })).firstBad;
    expect(await reason({ 'keys/other.vkey': 'x' })).toEqual({
      file: 'keys/other.vkey',
      reason: 'unlisted_file',
    });
    expect(await reason({ 'VERIFY.md': undefined })).toMatchObject({
      file: 'VERIFY.md',
      reason: 'missing_file',
    });
    expect(await reason({ 'notes.txt': 'x' })).toEqual({
      file: 'notes.txt',
      reason: 'unknown_file',
    });
    expect(await reason({ '../evil': 'x' })).toMatchObject({ reason: 'unsafe_name' });
    const renamed = withFiles(pkg, {
      'keys/log.vkey': undefined,
      'keys/root.vkey': text(pkg, 'keys/log.vkey'),
    });
    expect((await verifyPackage(renamed, { keys: trusted })).verdict).toBe('invalid');
    const listed = await resign(withFiles(pkg, { 'notes.txt': 'x' }), forger);
    expect((await verifyPackage(listed, { keys: trusted })).verdict).toBe('invalid');
  });
});

describe('the checkpoint', () => {
  it('T-11: every other spelling of a checkpoint is refused, though the log had signed it', async () => {
    const { pkg, trusted, forger, keys, origin } = await callPackage();
    const [, size = '', root = ''] = text(pkg, 'checkpoint').split('\n');
    const bodies = [
      `${origin}\n0${size}\n${root}\n`,
      `${origin}\n+${size}\n${root}\n`,
      `${origin}\n${size}\n${root}\nextra\n`,
      `${origin}\n${size}\n${root.replace('=', '')}\n`,
      `${origin}\n${size}\n${Buffer.alloc(31).toString('base64')}\n`,
      `log.example/other\n${size}\n${root}\n`,
    ];
    for (const body of bodies) {
      const note = await signNote(body, [{ name: origin, key: keys.log }]);
      const forged = await resign(withFiles(pkg, { checkpoint: note }), forger);
      expect(await verifyPackage(forged, { keys: trusted })).toMatchObject({
        verdict: 'invalid',
        firstBad: { file: 'checkpoint' },
      });
    }
    for (const note of [
      text(pkg, 'checkpoint').replaceAll('\n', '\r\n'),
      text(pkg, 'checkpoint').trimEnd(),
      '',
    ]) {
      const forged = await resign(withFiles(pkg, { checkpoint: note }), forger);
      expect((await verifyPackage(forged, { keys: trusted })).verdict).toBe('invalid');
    }
  });

  it('T-12: unknown, bad and too many note signatures', async () => {
    const { pkg, trusted, forger, origin } = await callPackage();
    const note = text(pkg, 'checkpoint');
    const body = note.slice(0, note.indexOf('\n\n') + 1);
    const stranger = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
    const verify = async (checkpoint: string) =>
      verifyPackage(await resign(withFiles(pkg, { checkpoint }), forger), { keys: trusted });
    const unknown = await signNote(body, [{ name: origin, key: stranger }]);
    expect(await verify(unknown)).toMatchObject({ verdict: 'untrusted', exitCode: 3 });
    const line = note.slice(note.indexOf('\n\n') + 2);
    const bad = Buffer.from(line.split(' ')[2] ?? '', 'base64');
    bad[20] = (bad[20] ?? 0) ^ 1;
    expect(await verify(`${note}— ${origin} ${bad.toString('base64')}\n`)).toMatchObject({
      verdict: 'invalid',
      firstBad: { reason: 'signature_invalid' },
    });
    const many = Array.from(
      { length: 1000 },
      (_, at) => `— w${at} ${Buffer.alloc(40, at).toString('base64')}\n`,
    );
    expect(await verify(note + many.join(''))).toMatchObject({
      firstBad: { reason: 'note_malformed' },
    });
  });

  it('T-10: a checkpoint kept from earlier finds rollback and fork, and needs the proof', async () => {
    const test = await openTestLog();
    await record(test.log, scopeDraft(contextOf('a'), 'allow'));
    const early = await test.checkpointer.checkpoint();
    const before = await test.operator.exportPackage({ traceId: 'a' });
    await record(test.log, rbacDraft(contextOf('a')));
    const bare = await test.operator.exportPackage({ traceId: 'a' });
    const grown = await test.operator.exportPackage({ traceId: 'a' }, { since: early.note });
    const late = text(grown, 'checkpoint');
    const since = (pkg: typeof bare, kept: string) =>
      verifyPackage(pkg, { keys: test.trusted, since: kept });
    expect(await since(grown, early.note)).toMatchObject({ verdict: 'valid' });
    expect(await since(grown, late)).toMatchObject({ verdict: 'valid' });
    expect(await since(bare, early.note)).toMatchObject({ verdict: 'incomplete', exitCode: 3 });
    expect(await since(before, late)).toMatchObject({
      verdict: 'invalid',
      firstBad: { reason: 'rollback' },
    });
    const fork = early.note.replace(
      /\n[^\n]{44}\n/,
      `\n${Buffer.alloc(32, 7).toString('base64')}\n`,
    );
    expect(await since(before, fork)).toMatchObject({
      verdict: 'invalid',
      firstBad: { reason: 'fork' },
    });
    expect(await since(grown, fork)).toMatchObject({ firstBad: { reason: 'consistency_invalid' } });
    expect(await since(grown, 'nonsense')).toMatchObject({ verdict: 'failed', exitCode: 2 });
    const forkExport = test.operator.exportPackage({ traceId: 'a' }, { since: fork });
    await expect(forkExport).rejects.toMatchObject({ code: 'OPERATOR_CHECKPOINT_INCONSISTENT' });
  });

  it('T-16: consistency proofs of wrong shape are refused', async () => {
    const test = await openTestLog();
    await record(test.log, scopeDraft(contextOf('a'), 'allow'), rbacDraft(contextOf('a')));
    const early = await test.checkpointer.checkpoint();
    await record(test.log, rbacDraft(contextOf('a')), rbacDraft(contextOf('a')));
    const pkg = await test.operator.exportPackage({ traceId: 'a' }, { since: early.note });
    const file = [...pkg.keys()].find((name) => name.startsWith('consistency-')) ?? '';
    const proof = text(pkg, file);
    const hash = `${Buffer.alloc(32).toString('base64')}\n`;
    const cases = [
      proof.replace(/^(old \d+\n)[^\n]+\n/, '$1'),
      proof.replace(/^(old \d+\n)/, `$1${hash.repeat(64)}`),
      proof.replace(/^old \d+/, 'old 99'),
      '',
    ];
    for (const forged of cases) {
      expect(forged).not.toBe(proof);
      const signed = await resign(withFiles(pkg, { [file]: forged }), [
        test.keys.ed25519,
        test.keys.es256,
      ]);
      const report = await verifyPackage(signed, { keys: test.trusted, since: early.note });
      expect(report.verdict).toBe('invalid');
    }
  });

  it('T-13: proofs of another index or of wrong length are refused', async () => {
    const { pkg, trusted, forger } = await callPackage();
    const file = 'proofs/2.tlog-proof';
    const proof = text(pkg, file);
    const hash = `${Buffer.alloc(32).toString('base64')}\n`;
    const cases = [
      proof.replace('index 2', 'index 3'),
      proof.replace('index 2', 'index 9007199254740992'),
      proof.replace('index 2', 'index 02'),
      proof.replace(/(index 2\n)[^\n]+\n/, '$1'),
      proof.replace(/(index 2\n)/, `$1${hash}`),
      proof.replace(/(index 2\n)/, `$1${hash.repeat(64)}`),
      proof.replace('index 2', 'extra AAAA\nindex 2'),
      text(pkg, 'proofs/4.tlog-proof'),
    ];
    for (const forged of cases) {
      expect(forged).not.toBe(proof);
      const signed = await resign(withFiles(pkg, { [file]: forged }), forger);
      expect(await verifyPackage(signed, { keys: trusted })).toMatchObject({
        verdict: 'invalid',
        firstBad: { index: 2 },
      });
    }
    const missing = await resign(withFiles(pkg, { [file]: undefined }), forger);
    expect((await verifyPackage(missing, { keys: trusted })).firstBad?.reason).toBe(
      'proof_missing',
    );
    const stray = await resign(withFiles(pkg, { 'proofs/0.tlog-proof': proof }), forger);
    expect((await verifyPackage(stray, { keys: trusted })).firstBad?.reason).toBe(
      'proof_without_record',
    );
  });
});

describe('the verifier itself', () => {
  const { verify, createHash } = nodeCrypto;
  afterEach(() => {
    Object.assign(nodeCrypto, { verify, createHash });
    syncBuiltinESMExports();
  });

  it('V-03: cryptography that throws is a failed verification, never a valid one', async () => {
    const { pkg, trusted } = await callPackage();
    let calls = 0;
    const failing = (): never => {
      calls += 1;
      throw new Error('fault injected');
    };
    Object.assign(nodeCrypto, { verify: failing });
    syncBuiltinESMExports();
    const report = await verifyPackage(pkg, { keys: trusted });
    expect(calls).toBeGreaterThan(0);
    expect([1, 2]).toContain(report.exitCode);
    expect(report.firstBad).toBeDefined();
  });

  it('V-03: a package that throws when read is a failed verification', async () => {
    const { pkg, trusted } = await callPackage();
    const read = [
      'records.jsonl',
      'records.index',
      'checkpoint',
      'disclosures.jsonl',
      'package.dsse.json',
    ];
    for (const name of [...read, 'proofs/1.tlog-proof']) {
      const trap = new Map(pkg);
      trap.get = (key) => {
        if (key === name) throw new Error('fault injected');
        return pkg.get(key);
      };
      expect((await verifyPackage(trap, { keys: trusted })).exitCode).not.toBe(0);
    }
  });

  it('finds bytes inserted, removed and repeated anywhere', async () => {
    const { pkg, trusted } = await callPackage();
    const edit = fc.record({
      name: fc.constantFrom(...pkg.keys()),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      remove: fc.nat(40),
      insert: fc.uint8Array({ maxLength: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(edit, async ({ name, at, remove, insert }) => {
        const bytes = pkg.get(name) ?? new Uint8Array();
        const start = Math.floor(at * bytes.length);
        const changed = concatBytes(bytes.slice(0, start), insert, bytes.slice(start + remove));
        const same = Buffer.compare(changed, bytes) === 0;
        const report = await verifyPackage(withFiles(pkg, { [name]: changed }), { keys: trusted });
        expect(report.exitCode === 0).toBe(same);
      }),
      { numRuns: 150 },
    );
  });

  it('V-01: hostile members are bounded', async () => {
    const { pkg, trusted, forger } = await callPackage();
    const deep = '['.repeat(100_000);
    const hostile: readonly Record<string, string | Uint8Array>[] = [
      { 'records.jsonl': '\n'.repeat(1_000_000), 'records.index': '\n'.repeat(1_000_000) },
      { 'records.index': deep },
      { 'disclosures.jsonl': `${deep}\n` },
      { 'disclosures.jsonl': '{}\n'.repeat(500_000) },
      { 'proofs/1.tlog-proof': 'AAAA\n'.repeat(500_000) },
      { 'package.dsse.json': deep },
      { checkpoint: 'x'.repeat(5_000_000) },
      { 'records.jsonl': new Uint8Array(5_000_000) },
    ];
    for (const files of hostile) {
      const plain = await verifyPackage(withFiles(pkg, files), { keys: trusted });
      expect(plain.exitCode).toBe(1);
      expect(plain.checks.length).toBeLessThan(1100);
      if ('package.dsse.json' in files) continue;
      const signed = await resign(withFiles(pkg, files), forger);
      expect((await verifyPackage(signed, { keys: trusted })).exitCode).toBe(1);
    }
    const limits = { maxBytes: 1000 };
    expect(await verifyPackage(pkg, { keys: trusted, limits })).toMatchObject({
      verdict: 'unsupported',
      exitCode: 3,
    });
  });

  it('says unsupported for a record of a version it does not know', async () => {
    const { operator, store, trusted, log, checkpointer, pkg, forger } = await callPackage();
    const bytes = utf8(canonicalize({ v: 'spanforge.record.v2', trace_id: 'z', body: {} }));
    const strange = {
      bytes,
      leaf: leafHash(bytes),
      timeMs: 1,
      terms: ['trace:z'],
      disclosures: [],
    };
    await store.append([{ records: [strange] }]);
    const index = (await log.size()) - 1;
    await expect(operator.exportPackage({ traceId: 'z' })).rejects.toMatchObject({
      code: 'OPERATOR_EVIDENCE_BROKEN',
      details: { index },
    });
    const { size, note } = await checkpointer.checkpoint();
    const proof = await createProver(store).inclusion(index, size);
    const members: Record<string, string | undefined> = {
      'records.jsonl': `${fromUtf8(bytes)}\n`,
      'records.index': `{"index":${index}}\n`,
      checkpoint: note,
    };
    for (const name of pkg.keys()) if (name.startsWith('proofs/')) members[name] = undefined;
    members[`proofs/${index}.tlog-proof`] = formatTlogProof({ index, proof, checkpoint: note });
    const report = await verifyPackage(await resign(withFiles(pkg, members), forger), {
      keys: trusted,
    });
    expect(report).toMatchObject({ verdict: 'unsupported', exitCode: 3, firstBad: { index } });
    expect(report.outcome).toBeUndefined();
  });
});
