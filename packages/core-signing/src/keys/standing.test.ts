import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createNoteVerifier,
  EMPTY_ROOT,
  formatCheckpoint,
  formatJwks,
  generateSigningKey,
  importVerificationKey,
  keyStanding,
  limitKey,
  parseJwks,
  type SigningError,
  signEnvelope,
  signNote,
  toVerificationKey,
  utf8,
  verifyCheckpoint,
  verifyEnvelope,
} from '../index.js';
import { limitsOf } from './standing.js';

const log = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
const next = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
const pack = await generateSigningKey({ alg: 'ES256', role: 'package' });
const origin = 'log.example/acme';
const size = fc.nat({ max: 100 });

describe('how a key stands', () => {
  it('counts up to its limits, and not above the smaller one', () => {
    fc.assert(
      fc.property(size, fc.option(size), fc.option(size), (at, retired, good) => {
        const limits = { retiredSize: retired ?? undefined, lastGoodSize: good ?? undefined };
        const most = Math.min(retired ?? 1000, good ?? 1000);
        expect(keyStanding(limits, at) === 'good').toBe(at <= most);
        if (good !== null && at > good) expect(keyStanding(limits, at)).toBe('revoked');
      }),
    );
  });

  it('is judged without a position by why the key left service', () => {
    expect(keyStanding({ retiredSize: 5 }, undefined)).toBe('good');
    expect(keyStanding({ lastGoodSize: 5 }, undefined)).toBe('revoked');
    expect(keyStanding({}, undefined)).toBe('good');
  });

  it('is told apart: retired, and revoked where it is both', () => {
    expect(keyStanding({ retiredSize: 5 }, 6)).toBe('retired');
    expect(keyStanding({ lastGoodSize: 5 }, 6)).toBe('revoked');
    expect(keyStanding({ retiredSize: 4, lastGoodSize: 5 }, 6)).toBe('revoked');
    expect(keyStanding({ retiredSize: 4, lastGoodSize: 5 }, 5)).toBe('retired');
  });

  it('has the limits that were set, and no member for another', () => {
    const key = toVerificationKey(log);
    expect(Object.keys(limitKey(key, {}))).toEqual(Object.keys(key));
    expect(limitsOf({ retiredSize: 5, lastGoodSize: undefined })).toStrictEqual({ retiredSize: 5 });
    expect(limitsOf({ retiredSize: undefined, lastGoodSize: 0 })).toStrictEqual({
      lastGoodSize: 0,
    });
  });

  it('takes the stricter of two sources', () => {
    const key = limitKey(limitKey(toVerificationKey(log), { lastGoodSize: 7 }), {
      lastGoodSize: 9,
      retiredSize: 3,
    });
    expect(key).toMatchObject({ lastGoodSize: 7, retiredSize: 3 });
    expect(limitKey(key, { lastGoodSize: 2 })).toMatchObject({ lastGoodSize: 2, retiredSize: 3 });
  });
});

describe('a published key', () => {
  it('keeps its limits in a JWK Set', () => {
    const key = limitKey(toVerificationKey(log), { lastGoodSize: 7, retiredSize: 0 });
    const [read] = parseJwks(formatJwks([key]));
    expect(read).toMatchObject({ kid: log.kid, lastGoodSize: 7, retiredSize: 0, role: 'log' });
    expect(formatJwks([toVerificationKey(log)])).not.toContain('size');
  });

  it('keeps the log that it names', () => {
    const [read] = parseJwks(formatJwks([{ ...toVerificationKey(log), origin }]));
    expect(read).toMatchObject({ kid: log.kid, origin, role: 'log' });
    expect(formatJwks([toVerificationKey(log)])).not.toContain('origin');
    for (const wrong of ['', 'a name', 7, null]) {
      expect(() => importVerificationKey({ ...log.publicJwk, spanforge_origin: wrong })).toThrow(
        expect.objectContaining({ code: 'SIGNING_KEY_INVALID' } satisfies Partial<SigningError>),
      );
    }
  });

  it.each([-1, 1.5, '7', null, 2 ** 53])('is refused with the size %s', (wrong) => {
    const jwk = { ...log.publicJwk, spanforge_last_good_size: wrong };
    expect(() => importVerificationKey(jwk)).toThrow(
      expect.objectContaining({
        code: 'SIGNING_KEY_INVALID',
        message: expect.stringContaining('expected a size of 0 or more'),
      } satisfies Partial<SigningError>),
    );
  });
});

describe('a checkpoint by a key that left service', () => {
  const noteOf = (at: number, ...keys: readonly (typeof log)[]) =>
    signNote(
      formatCheckpoint({ origin, size: at, root: EMPTY_ROOT }),
      keys.map((key) => ({ name: origin, key })),
    );
  const trust = (...limits: readonly Parameters<typeof limitKey>[1][]) => ({
    origin,
    verifiers: [log, next].map((key, at) =>
      createNoteVerifier(origin, limitKey(toVerificationKey(key), limits[at] ?? {})),
    ),
  });

  it('is good up to the last good size and refused above it', async () => {
    const revoked = trust({ lastGoodSize: 7 });
    expect(await verifyCheckpoint(await noteOf(7, log), revoked)).toMatchObject({ ok: true });
    expect(await verifyCheckpoint(await noteOf(8, log), revoked)).toEqual({
      ok: false,
      reason: 'key_revoked',
    });
    expect(await verifyCheckpoint(await noteOf(8, log), trust({ retiredSize: 7 }))).toEqual({
      ok: false,
      reason: 'key_retired',
    });
  });

  it('stands by the other key that signed it, and the lapsed one is no signer', async () => {
    const both = await noteOf(8, log, next);
    expect(await verifyCheckpoint(both, trust({ lastGoodSize: 7 }))).toMatchObject({
      ok: true,
      signers: [{ kid: next.kid }],
    });
    expect(
      await verifyCheckpoint(both, trust({ lastGoodSize: 7 }, { retiredSize: 7 })),
    ).toMatchObject({ reason: 'key_revoked' });
  });
});

it('an envelope counts a revoked key only at a position within its limit', async () => {
  const envelope = await signEnvelope({ payloadType: 'x', payload: utf8('y'), keys: [pack] });
  const verify = (limits: Parameters<typeof limitKey>[1], at?: number) =>
    verifyEnvelope(envelope, {
      keys: [limitKey(toVerificationKey(pack), limits)],
      threshold: 1,
      size: at,
    });
  await expect(verify({ lastGoodSize: 7 })).rejects.toMatchObject({
    code: 'SIGNING_THRESHOLD_NOT_MET',
    details: { lapsed: pack.kid, bad: 0 },
  });
  await expect(verify({ lastGoodSize: 7 }, 8)).rejects.toMatchObject({
    code: 'SIGNING_THRESHOLD_NOT_MET',
  });
  expect(await verify({ lastGoodSize: 7 }, 7)).toMatchObject({ signers: [pack.kid], lapsed: [] });
  expect(await verify({ retiredSize: 7 })).toMatchObject({ signers: [pack.kid] });
});
