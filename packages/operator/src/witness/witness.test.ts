import { beforeEach, describe, expect, it } from 'vitest';
import { verify as verifyAlone } from '../../verifier/verify.mjs';
import { formatVerification } from '../index.js';
import type { EvidencePackage } from '../package/members.js';
import { openTestLog, recordCall, type TestLog } from '../test-log.js';
import { text, withFiles } from '../verify/test-forge.js';
import { verifyPackage } from '../verify/verify-package.js';
import { createCheckpointCosigner, type WitnessAnswer } from './cosigner.js';
import { createHttpWitnessTransport } from './http-witness.js';
import { openTestWitness } from './test-witness.js';

const transport = createHttpWitnessTransport();
type Witness = Awaited<ReturnType<typeof openTestWitness>>;

/** A policy: so many of these. */
function policyOf(least: number, witnesses: readonly Witness[], urls = true): string {
  const lines = witnesses.map(
    ({ vkey, url }, at) => `witness w${at + 1} ${vkey}${urls ? ` ${url}` : ''}`,
  );
  const names = witnesses.map((_, at) => `w${at + 1}`).join(' ');
  return `${lines.join('\n')}\ngroup enough ${least} ${names}\nquorum enough\n`;
}

let test: TestLog;
let witnesses: readonly Witness[] = [];
let answers: WitnessAnswer[] = [];

const cosign = (policy: string) =>
  createCheckpointCosigner({ policy, transport, onAnswer: (one) => answers.push(one) });
const exported = (of: TestLog, policy: string): Promise<EvidencePackage> =>
  of.operator.exportPackage({ traceId: 'trace-1' }, { cosign: cosign(policy) });

beforeEach(async () => {
  test = await openTestLog();
  await recordCall(test.log, 'trace-1');
  answers = [];
  witnesses = await Promise.all(
    ['a', 'b', 'c'].map((name) => openTestWitness(`witness.example/${name}`, [test.vkey])),
  );
  return async () => {
    await Promise.all(witnesses.map(({ close }) => close()));
  };
});

describe('a package that witnesses cosigned', () => {
  it('is valid under a policy of the verifier, for both verifiers', async () => {
    const pkg = await exported(test, policyOf(2, witnesses));
    expect(text(pkg, 'checkpoint').match(/^— /gm)).toHaveLength(4);
    const witnessPolicy = policyOf(3, witnesses, false);
    const report = await verifyPackage(pkg, { keys: test.trusted, witnessPolicy });
    const cosigned = ['w1', 'w2', 'w3'].map((name) => ({ name, time: 1_790_000_001 }));
    expect(report).toMatchObject({
      verdict: 'valid',
      level: 'L1',
      tail: 'unpinned',
      witnesses: { quorum: 'met', cosigned },
    });
    expect(formatVerification(report)).toContain('no other and no longer history of this log');
    const second = await verifyAlone(pkg, { keys: test.trusted, witnessPolicy });
    expect(second).toMatchObject({
      verdict: 'valid',
      witnesses: { quorum: 'met', cosigned },
      faults: [],
    });
    // Whoever has no policy is told nothing of witnesses, and their lines change nothing.
    const plain = await verifyPackage(pkg, { keys: test.trusted });
    expect(plain).toMatchObject({ verdict: 'valid', level: 'L1' });
    expect(plain).not.toHaveProperty('witnesses');
  });

  it('goes on from what each witness has, and sends it nothing but the checkpoint', async () => {
    await exported(test, policyOf(3, witnesses));
    await recordCall(test.log, 'trace-2');
    await exported(test, policyOf(3, witnesses));
    await exported(test, policyOf(3, witnesses));
    const [first] = witnesses;
    const lines = first?.witness.requests.map((one) => one.split('\n', 2).join(' '));
    const path = 'POST /submit/add-checkpoint';
    expect(lines).toEqual([0, 0, 6, 0, 11].map((old) => `${path} old ${old}`));
    expect(first?.witness.requests.join('')).not.toContain('trace-');
  });

  it('is incomplete where the verifier needs more, or others', async () => {
    const pkg = await exported(test, policyOf(1, witnesses.slice(0, 1)));
    const stranger = await openTestWitness('witness.example/z', [test.vkey]);
    await stranger.close();
    for (const witnessPolicy of [
      policyOf(2, witnesses, false),
      policyOf(1, [stranger], false),
      policyOf(1, witnesses.slice(1), false),
    ]) {
      const report = await verifyPackage(pkg, { keys: test.trusted, witnessPolicy });
      expect(report).toMatchObject({
        verdict: 'incomplete',
        exitCode: 3,
        firstBad: { file: 'checkpoint', reason: 'witness_quorum_missed' },
        witnesses: { quorum: 'missed' },
      });
      const second = await verifyAlone(pkg, { keys: test.trusted, witnessPolicy });
      expect(second).toMatchObject({ verdict: 'incomplete', witnesses: report.witnesses });
    }
  });

  it('is invalid where a cosignature of a trusted witness is not good', async () => {
    const pkg = await exported(test, policyOf(3, witnesses));
    const note = text(pkg, 'checkpoint');
    const [, second = ''] = note.match(/^— witness.*\n/gm) ?? [];
    const forged = note.replace(second, `${second.slice(0, -10)}AAAAAAAAA\n`);
    const files = [...pkg.keys()].filter((name) => text(pkg, name).includes(note));
    const changed = withFiles(
      pkg,
      Object.fromEntries(files.map((name) => [name, text(pkg, name).replace(note, forged)])),
    );
    const witnessPolicy = policyOf(2, witnesses, false);
    const report = await verifyPackage(changed, { keys: test.trusted, witnessPolicy });
    expect(report).toMatchObject({ verdict: 'invalid' });
    expect(JSON.stringify(report.checks)).toContain('signature_invalid');
    const alone = await verifyAlone(changed, { keys: test.trusted, witnessPolicy });
    expect(alone.faults).toContainEqual(expect.objectContaining({ reason: 'signature_invalid' }));
  });

  it('cannot be verified by a policy that cannot be read, or that gives a key two roles', async () => {
    const pkg = await exported(test, policyOf(1, witnesses));
    const [one] = witnesses;
    for (const witnessPolicy of [
      '',
      'quorum w1',
      policyOf(4, witnesses),
      `witness w1 ${one?.vkey}\nwitness w2 ${one?.vkey}\nquorum w1`,
    ]) {
      const options = { keys: test.trusted, witnessPolicy };
      expect(await verifyPackage(pkg, options)).toMatchObject({ verdict: 'failed', exitCode: 2 });
      expect(await verifyAlone(pkg, options)).toMatchObject({ verdict: 'failed', exit_code: 2 });
    }
  });
});

describe('two histories of one log', () => {
  it('the witness that saw the first refuses the second, shorter, as long and longer', async () => {
    await exported(test, policyOf(3, witnesses));
    // The same origin and the same key: to anybody who sees only one of them, each is the log.
    const other = await openTestLog();
    expect([other.origin, other.vkey]).toEqual([test.origin, test.vkey]);
    await recordCall(other.log, 'trace-1');
    const refused = (reason: string) =>
      expect.objectContaining({
        code: 'OPERATOR_WITNESS_QUORUM',
        details: expect.objectContaining({ missing: `w1 ${reason}, w2 ${reason}, w3 ${reason}` }),
      });
    await expect(exported(other, policyOf(1, witnesses))).rejects.toEqual(refused('inconsistent'));
    await recordCall(other.log, 'trace-2');
    await expect(exported(other, policyOf(1, witnesses))).rejects.toEqual(refused('inconsistent'));
    await recordCall(test.log, 'trace-2');
    await recordCall(test.log, 'trace-3');
    await exported(test, policyOf(3, witnesses));
    await expect(exported(other, policyOf(1, witnesses))).rejects.toEqual(refused('ahead'));
    // Without witnesses nothing shows it: the second history verifies on its own.
    const split = await other.operator.exportPackage({ traceId: 'trace-1' });
    expect(await verifyPackage(split, { keys: other.trusted })).toMatchObject({ verdict: 'valid' });
    const witnessPolicy = policyOf(1, witnesses, false);
    expect(await verifyPackage(split, { keys: other.trusted, witnessPolicy })).toMatchObject({
      verdict: 'incomplete',
    });
    // Lines that were made for the first do not fit the second.
    const good = await exported(test, policyOf(3, witnesses));
    const lines =
      text(good, 'checkpoint')
        .match(/^— witness.*\n/gm)
        ?.join('') ?? '';
    const pasted = withFiles(split, { checkpoint: text(split, 'checkpoint') + lines });
    expect(await verifyPackage(pasted, { keys: other.trusted, witnessPolicy })).toMatchObject({
      verdict: 'invalid',
    });
  });
});

describe('witnesses that fail', () => {
  it('are told of, and are no obstacle while there are enough others', async () => {
    const [a, b] = witnesses;
    if (a) a.witness.mood = 'silent';
    if (b) b.witness.mood = 'signs_another';
    const pkg = await exported(test, policyOf(1, witnesses));
    expect(text(pkg, 'checkpoint').match(/^— /gm)).toHaveLength(2);
    const failed = answers.flatMap((one) => (one.ok ? [] : [`${one.name} ${one.reason}`]));
    expect(failed.sort()).toEqual(['w1 network', 'w2 bad_signature']);
    await expect(exported(test, policyOf(2, witnesses))).rejects.toMatchObject({
      code: 'OPERATOR_WITNESS_QUORUM',
      details: { signed: 1, missing: 'w1 network, w2 bad_signature' },
    });
  });

  it('that forget, answer without end, do not know the log, or have no URL', async () => {
    const [a, b, c] = witnesses;
    if (a) a.witness.mood = 'forgetful';
    if (b) b.witness.mood = 'endless';
    const elsewhere = await openTestWitness('witness.example/d', []);
    const policy = `${policyOf(1, witnesses).replace(` ${c?.url}`, '')}witness x ${elsewhere.vkey} ${elsewhere.url}\n`;
    await exported(test, policy);
    await elsewhere.close();
    const failed = answers.flatMap((one) => (one.ok ? [] : [`${one.name} ${one.reason}`]));
    expect(failed.sort()).toEqual(['w2 answer_too_large', 'x status_404']);
  });

  it('refuses policies it cannot use before anything is sent', () => {
    for (const policy of ['', 'quorum w1', `witness w1 ${witnesses[0]?.vkey} ftp://x\nquorum w1`]) {
      expect(() => cosign(policy)).toThrow(
        expect.objectContaining({ code: 'OPERATOR_OPTIONS_INVALID' }),
      );
    }
  });
});
