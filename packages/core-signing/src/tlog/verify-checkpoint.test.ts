import { describe, expect, test } from 'vitest';
import { SigningError } from '../error.js';
import { limitKey } from '../keys/standing.js';
import { formatCheckpoint } from './checkpoint.js';
import { leafHash } from './hash.js';
import { openNote } from './open-note.js';
import { cosignCheckpoint, signNote } from './sign-note.js';
import { testKey } from './test-keys.js';
import { attempt, verifyCheckpoint } from './verify-checkpoint.js';

const origin = 'log.example/acme';
const log = await testKey('log', origin);
const next = await testKey('log', origin);
const witness = await testKey('witness', 'witness.example');
const noteOf = (size: number, ...keys: readonly (typeof log)[]) =>
  signNote(formatCheckpoint({ origin, size, root: leafHash('root') }), keys);
const limited = ({ verifier }: typeof log, limits: Parameters<typeof limitKey>[1]) => ({
  ...verifier,
  key: limitKey(verifier.key, limits),
});

describe('a checkpoint by keys that left service', () => {
  const refused = (reason: string) => ({ ok: false, reason });
  const judge = async (size: number, ...limits: readonly Parameters<typeof limitKey>[1][]) => {
    const keys = [log, next].slice(0, limits.length);
    const verifiers = limits.map((limit, at) => limited(keys[at] ?? log, limit));
    return verifyCheckpoint(await noteOf(size, ...keys), { origin, verifiers });
  };

  test('counts up to the size at which they did', async () => {
    expect(await judge(7, { lastGoodSize: 7 })).toMatchObject({ ok: true });
    expect(await judge(8, { lastGoodSize: 7 })).toEqual(refused('key_revoked'));
    expect(await judge(7, { retiredSize: 7 })).toMatchObject({ ok: true });
    expect(await judge(8, { retiredSize: 7 })).toEqual(refused('key_retired'));
  });

  test('is by a revoked key where one was revoked, and by the good one where one is', async () => {
    const [revoked, retired] = [{ lastGoodSize: 7 }, { retiredSize: 7 }];
    expect(await judge(8, retired, revoked)).toEqual(refused('key_revoked'));
    expect(await judge(8, revoked, retired)).toEqual(refused('key_revoked'));
    expect(await judge(8, retired, retired)).toEqual(refused('key_retired'));
    const stands = await judge(8, revoked, {});
    expect(stands).toMatchObject({ ok: true, signers: [{ kid: next.verifier.key.kid }] });
    expect(stands.ok && stands.signers).toHaveLength(1);
  });

  test('is the log of a lapsed key, although a witness is in good standing', async () => {
    const note = await cosignCheckpoint(await noteOf(8, log), { ...witness, timestamp: 5 });
    const verifiers = [witness.verifier, limited(log, { retiredSize: 7 })];
    expect(await verifyCheckpoint(note, { origin, verifiers })).toEqual(refused('key_retired'));
    const lapsed = [limited(witness, { lastGoodSize: 7 }), log.verifier];
    const result = await verifyCheckpoint(note, { origin, verifiers: lapsed });
    expect(result.ok && result.signers.map(({ name }) => name)).toEqual([origin]);
  });
});

describe('what is no refusal', () => {
  test('is thrown: an error of another code, or none of ours', () => {
    const error = new SigningError('SIGNING_NOTE_INVALID', 'x');
    const fail = (thrown: unknown) => () => {
      throw thrown;
    };
    expect(attempt('SIGNING_NOTE_INVALID', fail(error))).toBe(error);
    expect(() => attempt('SIGNING_PROOF_INVALID', fail(error))).toThrow(error);
    const other = Object.assign(new Error('x'), { code: 'SIGNING_PROOF_INVALID' });
    expect(() => attempt('SIGNING_PROOF_INVALID', fail(other))).toThrow(other);
    expect(attempt('SIGNING_PROOF_INVALID', () => 5)).toBe(5);
  });

  test('is a contradiction between the verifiers, which names the key', async () => {
    const note = await noteOf(3, log);
    const twin = { ...next.verifier, keyId: log.verifier.keyId };
    const details = { name: origin, key_id: log.verifier.keyId };
    await expect(
      verifyCheckpoint(note, { origin, verifiers: [log.verifier, twin] }),
    ).rejects.toMatchObject({
      code: 'SIGNING_KEY_DUPLICATE',
      message: 'two keys have one name and key ID',
      details,
    });
    const mistyped = { ...log.verifier, type: 4 as const };
    await expect(verifyCheckpoint(note, { origin, verifiers: [mistyped] })).rejects.toMatchObject({
      ...{ code: 'SIGNING_KEY_ROLE_CONFLICT', message: 'one key may serve one role only', details },
    });
    const twice = await testKey('witness', 'witness.example/w1', log.privateJwk);
    for (const verifiers of [
      [log.verifier, twice.verifier],
      [twice.verifier, log.verifier],
    ]) {
      await expect(verifyCheckpoint(note, { origin, verifiers })).rejects.toMatchObject({
        code: 'SIGNING_KEY_ROLE_CONFLICT',
      });
    }
    const error = { code: 'SIGNING_NOTE_INVALID' };
    const broken = {
      ...log.verifier,
      key: { ...log.verifier.key, verify: () => Promise.reject(error) },
    };
    await expect(verifyCheckpoint(note, { origin, verifiers: [broken] })).rejects.toBe(error);
  });
});

describe('a line of a note that does not verify', () => {
  test('is named by its signer', async () => {
    const note = (await noteOf(3, log)).replace('\n3\n', '\n4\n');
    await expect(openNote(note, [log.verifier])).rejects.toMatchObject({
      details: { reason: 'bad_signature', name: origin },
    });
  });
});
