import { readFileSync } from 'node:fs';
import { EventsError } from '@spanforge/core-events';
import { SigningError } from '@spanforge/core-signing';
import { beforeEach, describe, expect, it } from 'vitest';
import { OperatorError } from '../error.js';
import type { EvidencePackage } from '../package/members.js';
import {
  bundleDraft,
  contextOf,
  openTestLog,
  record,
  recordCall,
  SECRET,
  scopeDraft,
  startedDraft,
} from '../test-log.js';
import { filesOfVector, type VectorFile } from '../vectors/vector.js';
import type { VerificationReport } from './report.js';
import { resign, text, withFiles } from './test-forge.js';
import { type VerifyOptions, verifyPackage } from './verify-package.js';

/** How the verifier puts its checks together: which run, on what, and what they are told. */
const fileOf = (name: string): VectorFile =>
  JSON.parse(
    readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8'),
  ) as VectorFile;

const OLD = { origin: 'log.example/old', size: 7, root: 'ab'.repeat(32) };
const PREDECESSOR = {
  ...{ predecessor: OLD.origin, predecessorSize: OLD.size, predecessorRoot: OLD.root },
};
/** What is only checked where every record could be read. */
const OF_WHOLE = ['agreement', 'complete', 'conduct'];

let test: Awaited<ReturnType<typeof openTestLog>>;
let pkg: EvidencePackage;
let size = 0;
// Not before all: where this fails, each test has to.
beforeEach(async () => {
  if (size > 0) return;
  test = await openTestLog({ opened: PREDECESSOR });
  await record(test.log, bundleDraft());
  await recordCall(test.log, 'a');
  pkg = await test.operator.exportPackage({ traceId: 'a' }, { disclose: () => true });
  size = Number(text(pkg, 'checkpoint').split('\n')[1]);
});

async function verify(files = pkg, options: Partial<VerifyOptions> = {}) {
  const report = await verifyPackage(files, { keys: test.trusted, ...options });
  // What fails on the way is no verdict about the package.
  expect(namesIn(report).includes('verification')).toBe(report.verdict === 'failed');
  return report;
}
const namesIn = ({ checks }: VerificationReport) => checks.map(({ name }) => name);
const resigned = (files: Parameters<typeof withFiles>[1]) =>
  resign(withFiles(pkg, files), [test.keys.ed25519, test.keys.es256]);
const limitedKeys = (limit: object) => {
  const { keys } = JSON.parse(test.jwks) as { keys: readonly object[] };
  return JSON.stringify({ keys: keys.map((key) => ({ ...key, ...limit })) });
};

describe('a package', () => {
  it('is judged by every check that its options ask for, and by no other', async () => {
    const report = await verify();
    expect(size).toBeGreaterThan(5);
    expect(report).toMatchObject({
      ...{ verdict: 'valid', exitCode: 0, level: 'L1', tail: 'unpinned', complete: 'proven' },
      ...{ outcome: 'allow', notCovered: [], findings: [] },
    });
    expect(namesIn(report).sort()).toEqual(
      [
        ...['checkpoint', 'digests', 'disclosures', 'inclusion', 'members', 'policies'],
        ...['signatures', ...OF_WHOLE],
      ].sort(),
    );
    expect([report.rederivation, report.timestamp, report.witnesses]).toEqual([
      ...[undefined, undefined, undefined],
    ]);
  });

  it('is not read where it is larger than allowed', async () => {
    const report = await verify(pkg, { limits: { maxFiles: 1 } });
    expect(report).toMatchObject({ verdict: 'unsupported', exitCode: 3 });
    expect(namesIn(report)).toEqual(['members']);
  });

  it('has no more records than allowed', async () => {
    expect(await verify(pkg, { limits: { maxRecords: 5 } })).toMatchObject({ verdict: 'valid' });
    const report = await verify(pkg, { limits: { maxRecords: 4 } });
    expect(report).toMatchObject({ verdict: 'invalid', exitCode: 1 });
    expect(namesIn(report)).toContain('lines');
    for (const name of [...OF_WHOLE, 'evidence']) expect(namesIn(report)).not.toContain(name);
    expect(report.outcome).toBeUndefined();
  });

  it('that is not whole is not compared with its statement', async () => {
    const broken = await resigned({ 'proofs/3.tlog-proof': 'x' });
    const report = await verify(broken);
    expect(report).toMatchObject({ verdict: 'invalid', exitCode: 1 });
    for (const name of OF_WHOLE) expect(namesIn(report)).not.toContain(name);
    expect(report.outcome).toBeUndefined();
    const noStatement = await verify(withFiles(pkg, { 'package.dsse.json': 'x' }));
    expect(noStatement).toMatchObject({ verdict: 'invalid', exitCode: 1, outcome: 'allow' });
    expect(namesIn(noStatement)).not.toContain('agreement');
    const noCheckpoint = await verify(await resigned({ checkpoint: 'x' }));
    expect(noCheckpoint).toMatchObject({ verdict: 'invalid', exitCode: 1 });
    for (const name of OF_WHOLE) expect(namesIn(noCheckpoint)).not.toContain(name);
    const unsigned = await verify(await resigned({ checkpoint: 'x' }), { keys: [] });
    expect(unsigned.level).toBeUndefined();
    expect(unsigned.checks).toContainEqual({
      ...{ name: 'trust', ok: false, detail: 'no_trusted_key' },
    });
  });

  it('shows a violation to whoever trusts a key of the log, of packages or of records', async () => {
    const { log, operator, trusted, vkey, jwks } = await openTestLog();
    const context = contextOf('v');
    const ids = await record(log, scopeDraft(context, 'block'));
    await record(log, startedDraft(context, ids));
    const ran = await operator.exportPackage({ traceId: 'v' });
    for (const keys of [trusted, [vkey], [jwks]]) {
      expect(await verify(ran, { keys })).toMatchObject({ verdict: 'violation', exitCode: 1 });
    }
    const byMac = await verify(ran, { keys: [], hmacSecrets: [SECRET] });
    expect(byMac.verdict).toBe('violation');
    const byNobody = await verify(ran, { keys: [] });
    expect(byNobody.verdict).toBe('untrusted');
  });

  it('without records is no evidence, and one with unproven records is not that', async () => {
    const empty = await test.operator.exportPackage({ traceId: 'nobody' });
    const report = await verify(empty);
    expect(report).toMatchObject({
      ...{ verdict: 'incomplete', exitCode: 3 },
      firstBad: { file: 'records.jsonl', reason: 'no_evidence' },
    });
    expect(namesIn(report)).toContain('evidence');
    const proofs = [...pkg.keys()].filter((name) => name.startsWith('proofs/'));
    const unproven = await resigned(Object.fromEntries(proofs.map((name) => [name, 'x'])));
    const none = await verify(unproven);
    expect(none.verdict).toBe('invalid');
    expect(namesIn(none)).not.toContain('evidence');
  });

  it('names the log before only where the log is trusted', async () => {
    const exported = await test.operator.exportPackage({
      query: { types: ['spanforge.log.opened.v1'] },
    });
    expect(await verify(exported)).toMatchObject({ succeeds: OLD });
    const { succeeds: unsigned, verdict } = await verify(exported, { keys: [test.jwks] });
    expect([verdict, unsigned]).toEqual(['valid', undefined]);
  });

  it('is at level L0 by the HMACs of all of its records', async () => {
    const byMac = { keys: [], hmacSecrets: [SECRET] };
    expect(await verify(pkg, byMac)).toMatchObject({ level: 'L0', verdict: 'incomplete' });
    const short = await verify(await resigned({ 'proofs/6.tlog-proof': 'x' }), byMac);
    expect(short.level).toBeUndefined();
    expect((await verify(pkg, { keys: [] })).level).toBeUndefined();
  });
});

describe('the options', () => {
  it('pin the end of the log', async () => {
    expect((await verify(pkg, { knownSize: size })).tail).toBe('pinned');
    const { note } = await test.checkpointer.checkpoint();
    const report = await verify(pkg, { since: note });
    expect(namesIn(report)).toContain('since');
  });

  it('ask for a time stamp', async () => {
    const timestamps = async () => ({ ok: false, reason: 'untrusted' }) as never;
    expect(await verify(pkg, { timestamps })).toMatchObject({
      ...{ verdict: 'incomplete', firstBad: { reason: 'timestamp_missing' } },
    });
  });

  it('have decisions taken again', async () => {
    let asked = 0;
    const rederive = () => {
      asked += 1;
      throw new Error('not readable');
    };
    const { rederivation } = await verify(pkg, { rederive });
    expect(asked).toBe(1);
    expect(rederivation).toBeDefined();
  });

  it('name witnesses, whose policy also names the log', async () => {
    const witnesses = fileOf('witnesses');
    const [vector] = witnesses.vectors;
    if (vector === undefined) throw new Error('no vector');
    const policy = String(vector.options?.witness_policy);
    const files = filesOfVector(witnesses, vector);
    const { package: jwks = '', log = '' } = witnesses.keys;
    const report = await verifyPackage(files, { keys: [jwks, log], witnessPolicy: policy });
    expect(report).toMatchObject({ verdict: 'valid', witnesses: { quorum: 'met' } });
    const origin = 'log.example/acme';
    const named = `log ${log}\n${policy}`;
    const byPolicy = await verifyPackage(files, { keys: [jwks], origin, witnessPolicy: named });
    expect(byPolicy).toMatchObject({ verdict: 'valid', level: 'L1', notCovered: [] });
    expect(byPolicy.signers.map(({ role }) => role)).toEqual(
      report.signers.map(({ role }) => role),
    );
    const without = await verifyPackage(files, { keys: [jwks, log] });
    expect(without.witnesses).toBeUndefined();
  });
});

describe('a key of packages that left service', () => {
  it('is judged by the size of a log that is trusted', async () => {
    const verdict = async (limit: object, ...more: string[]) => {
      const report = await verify(pkg, { keys: [limitedKeys(limit), ...more] });
      return report.firstBad?.reason ?? report.verdict;
    };
    expect(await verdict({ spanforge_last_good_size: size }, test.vkey)).toBe('valid');
    expect(await verdict({ spanforge_last_good_size: size - 1 }, test.vkey)).toBe('key_revoked');
    expect(await verdict({ spanforge_last_good_size: size })).toBe('key_revoked');
  });
});

describe('an enterprise package', () => {
  const enterprise = fileOf('enterprise');
  const [vector] = enterprise.vectors;
  if (vector === undefined) throw new Error('no vector');
  const files = filesOfVector(enterprise, vector);
  const { package: jwks = '', log = '' } = enterprise.keys;

  it('is verified with the package in it, by the same options', async () => {
    const report = await verifyPackage(files, { keys: [jwks, log] });
    expect(report).toMatchObject({ verdict: 'valid', exitCode: 0, level: 'L1' });
    expect(namesIn(report)).toEqual(expect.arrayContaining(['enterprise', 'members', ...OF_WHOLE]));
    const pinned = await verifyPackage(files, {
      ...{ keys: [jwks, log], knownSize: report.log?.size ?? 0 },
    });
    expect(pinned.tail).toBe('pinned');
  });

  it('is not read where it is larger than allowed', async () => {
    const limits = { maxFiles: 1 };
    const report = await verifyPackage(files, { keys: [jwks, log], limits });
    expect(report).toMatchObject({
      ...{ verdict: 'unsupported', exitCode: 3, firstBad: { reason: 'package_too_large' } },
    });
    expect(namesIn(report)).toEqual(['members']);
  });

  it('has its keys judged by the size of the log in it', async () => {
    const { log: shown } = await verifyPackage(files, { keys: [jwks, log] });
    const { keys } = JSON.parse(jwks) as { keys: readonly object[] };
    const verdict = async (last: number, ...more: string[]) => {
      const limited = keys.map((key) => ({ ...key, spanforge_last_good_size: last }));
      const given = [JSON.stringify({ keys: limited }), ...more];
      const report = await verifyPackage(files, { keys: given });
      return report.firstBad?.reason ?? report.verdict;
    };
    const last = shown?.size ?? 0;
    expect(await verdict(last, log)).toBe('valid');
    expect(await verdict(last - 1, log)).toBe('key_revoked');
    expect(await verdict(last)).toBe('key_revoked');
  });
});

describe('a verification that cannot be carried out', () => {
  it.each([
    [new SigningError('SIGNING_PROOF_INVALID', 'x'), 'SIGNING_PROOF_INVALID'],
    [new OperatorError('OPERATOR_ANCHOR_INVALID', 'x'), 'OPERATOR_ANCHOR_INVALID'],
    [new EventsError('EVENTS_LOG_CLOSED' as never, 'x'), 'EVENTS_LOG_CLOSED'],
    [new Error('x'), 'unexpected_error'],
    [undefined, 'unexpected_error'],
  ])('has failed, with the code of %s', async (error, reason) => {
    const trap = new Map(pkg);
    trap.values = () => {
      throw error;
    };
    const detail = reason === 'unexpected_error' ? reason : `${reason}: x`;
    expect(await verify(trap)).toMatchObject({
      ...{ verdict: 'failed', exitCode: 2, firstBad: { reason } },
      checks: [{ name: 'verification', ok: false, detail }],
    });
  });

  it('has failed where the keys cannot be read', async () => {
    expect(await verify(pkg, { witnessPolicy: 'x' })).toMatchObject({
      ...{ verdict: 'failed', exitCode: 2, firstBad: { reason: 'OPERATOR_ANCHOR_INVALID' } },
    });
  });
});

describe('a package of many records', () => {
  it('has no more records than 250,000', async () => {
    const lines = (count: number) => '\n'.repeat(count);
    const of = async (count: number) => {
      const files = { 'records.jsonl': lines(count), 'records.index': lines(count) };
      const { checks } = await verify(withFiles(pkg, files));
      return checks.filter(({ name }) => name === 'lines').map(({ detail }) => detail);
    };
    expect(await of(250_000)).toEqual(['records.index: line_1_malformed']);
    expect(await of(250_001)).toEqual([
      'records.jsonl: lines_malformed',
      'records.index: lines_malformed',
    ]);
  });
});
