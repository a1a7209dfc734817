import { policyLifecycleV1 } from '@spanforge/core-events/records';
import {
  type Envelope,
  generateSigningKey,
  type SigningKey,
  toBase64,
  toVerificationKey,
  utf8,
  type VerificationKey,
} from '@spanforge/core-signing';
import { beforeAll, describe, expect, it } from 'vitest';
import { promotedBundle } from './promoted-bundle.js';
import { BUNDLE_PAYLOAD_TYPE, signBundle } from './signatures.js';
import { aBundle, context, pay, setUp } from './test-policy.js';

let signing: SigningKey[];
let keys: VerificationKey[];
let stranger: SigningKey;
beforeAll(async () => {
  const all = await Promise.all(
    ['Ed25519', 'ES256', 'Ed25519', 'Ed25519'].map((alg) =>
      generateSigningKey({ alg: alg as 'Ed25519', role: 'root' }),
    ),
  );
  signing = all.slice(0, 3);
  keys = signing.map(toVerificationKey);
  stranger = all[3] as SigningKey;
});

const code = (expected: string, reason?: string) =>
  reason === undefined ? { code: expected } : { code: expected, details: { reason } };
const open = () => setUp({ signatures: { threshold: 2, keys } });

describe('a bundle that has to be signed', () => {
  it('governs with the signatures of enough keys, also after a restart', async () => {
    const { policy, create } = await open();
    const bundle = aBundle({ metadata: { note: 'é🚆"\\'.repeat(12_000) } });
    await policy.lifecycle.activate(bundle, { envelope: await signBundle(bundle, signing) });
    const again = create();
    expect((await again.lifecycle.active('prod'))?.digest).toBe(bundle.digest);
    expect((await again.evaluate(pay(5000), { context })).verdict.reasonCode).toBe(
      'rule_triggered',
    );
    const [entry] = (await again.lifecycle.history('prod')).entries;
    expect(entry?.signers).toEqual(keys.map(({ kid }) => kid));
  });

  it('can be signed by one person after another', async () => {
    const { policy } = await open();
    const bundle = aBundle();
    const [ann, bea] = signing as [SigningKey, SigningKey];
    const first = await signBundle(bundle, ann);
    await expect(policy.lifecycle.activate(bundle, { envelope: first })).rejects.toMatchObject(
      code('POLICY_SIGNATURE_INVALID', 'threshold'),
    );
    const both = await signBundle(bundle, bea, await signBundle(bundle, ann, first));
    expect(both.signatures.map(({ keyid }) => keyid)).toEqual([ann.kid, bea.kid]);
    await policy.lifecycle.activate(bundle, { envelope: both });
    const other = aBundle({ version: '2' });
    await expect(signBundle(other, bea, first)).rejects.toMatchObject(
      code('POLICY_SIGNATURE_INVALID', 'payload'),
    );
  });

  it('T-19, Y-09: is refused, on record, however the signatures are wrong', async () => {
    const { policy, steps } = await open();
    const bundle = aBundle();
    const good = await signBundle(bundle, signing.slice(0, 2));
    const [one, two] = good.signatures as [Envelope['signatures'][0], Envelope['signatures'][0]];
    const extra = (await signBundle(bundle, stranger)).signatures[0];
    if (extra === undefined) throw new Error('unsigned');
    const changed = (part: Partial<Envelope>): Envelope => ({ ...good, ...part });
    const signed = (...signatures: Envelope['signatures']) => changed({ signatures });
    const cases: readonly (readonly [string, Envelope])[] = [
      ['threshold', signed()],
      ['threshold', signed(one)],
      ['duplicate_signature', signed(one, one)],
      ['duplicate_signature', signed(one, { sig: one.sig })],
      ['unknown_signature', signed(one, two, extra)],
      ['unknown_signature', signed(extra)],
      ['unknown_signature', signed(one, { sig: toBase64(new Uint8Array(64)) })],
      ['unknown_signature', signed(one, { ...two, keyid: '__proto__' })],
      ['bad_signature', signed({ ...one, sig: two.sig }, { ...two, sig: one.sig })],
      ['payload_type', changed({ payloadType: 'application/vnd.in-toto+json' })],
      ['payload', changed({ payload: toBase64(utf8(aBundle({ version: '2' }).canonical)) })],
      ['payload', changed({ payload: toBase64(utf8(`${bundle.canonical} `)) })],
      ['malformed', changed({ payload: good.payload.replaceAll('=', '') })],
      ['malformed', { ...good, more: 1 } as never],
      ['malformed', null as never],
      ['malformed', signed({ ...one, keyid: 'k'.repeat(200) }, two)],
      ['too_many', signed(...Array.from({ length: 33 }, () => one))],
    ];
    for (const [reason, envelope] of cases) {
      await expect(policy.lifecycle.activate(bundle, { envelope }), reason).rejects.toMatchObject(
        code('POLICY_SIGNATURE_INVALID', reason),
      );
    }
    await expect(policy.lifecycle.activate(bundle)).rejects.toMatchObject(
      code('POLICY_SIGNATURE_REQUIRED'),
    );
    expect(await policy.lifecycle.active('prod')).toBeUndefined();
    expect(await steps()).toEqual([
      ...cases.map(() => 'refused:POLICY_SIGNATURE_INVALID'),
      'refused:POLICY_SIGNATURE_REQUIRED',
    ]);
  });

  it('is promoted with signatures over what it becomes, and not with those it had', async () => {
    const { policy, create } = await open();
    const dev = aBundle({ environment: 'dev' });
    const envelope = await signBundle(dev, signing);
    await policy.lifecycle.activate(dev, { envelope });
    const move = { from: 'dev', to: 'prod' };
    await expect(policy.lifecycle.promote(move)).rejects.toMatchObject(
      code('POLICY_SIGNATURE_REQUIRED'),
    );
    await expect(policy.lifecycle.promote({ ...move, envelope })).rejects.toMatchObject(
      code('POLICY_SIGNATURE_INVALID', 'payload'),
    );
    const signed = await signBundle(promotedBundle(dev, 'prod'), signing);
    await policy.lifecycle.promote({ ...move, envelope: signed });
    expect((await create().lifecycle.active('prod'))?.environment).toBe('prod');
  });

  it('is gone back to with the signatures on record', async () => {
    const { policy, create } = await open();
    for (const version of ['1', '2']) {
      const bundle = aBundle({ version });
      await policy.lifecycle.activate(bundle, { envelope: await signBundle(bundle, signing) });
    }
    await policy.lifecycle.rollback('prod');
    expect((await create().lifecycle.active('prod'))?.version).toBe('1');
  });

  it('needs them in shadow as well', async () => {
    const { policy } = await open();
    await expect(policy.lifecycle.activate(aBundle(), { stage: 'shadow' })).rejects.toMatchObject(
      code('POLICY_SIGNATURE_REQUIRED'),
    );
  });
});

describe('what is on record without enough signatures', () => {
  it('blocks, and can neither be promoted nor gone back to', async () => {
    const { create } = await setUp();
    const free = create();
    await free.lifecycle.activate(aBundle());
    await free.lifecycle.activate(aBundle({ environment: 'dev' }));
    const strict = create({ signatures: { threshold: 2, keys } });
    const { verdict } = await strict.evaluate(pay(1), { context });
    expect(verdict).toMatchObject({ outcome: 'block', reasonCode: 'policy_unreadable' });
    expect(await strict.getStatus()).toMatchObject({ status: 'unavailable' });
    await expect(strict.lifecycle.promote({ from: 'dev', to: 'stage' })).rejects.toMatchObject(
      code('POLICY_STATE_UNAVAILABLE'),
    );
    const next = aBundle({ version: '2' });
    await strict.lifecycle.activate(next, { envelope: await signBundle(next, signing) });
    expect((await strict.lifecycle.active('prod'))?.version).toBe('2');
    await expect(strict.lifecycle.rollback('prod')).rejects.toMatchObject(
      code('POLICY_VERSION_UNKNOWN'),
    );
    // Activated once more, now signed.
    const first = aBundle();
    const envelope = await signBundle(first, signing);
    await strict.lifecycle.activate(first, { rollback: true, envelope });
    expect((await strict.lifecycle.active('prod'))?.version).toBe('1');
  });

  it('is verified by each replica with its own keys; strangers beside them count for nothing', async () => {
    const { create } = await setUp();
    const bundle = aBundle();
    const envelope = await signBundle(bundle, [...signing, stranger]);
    const wide = { threshold: 4, keys: [...keys, toVerificationKey(stranger)] };
    await create({ signatures: wide }).lifecycle.activate(bundle, { envelope });
    const narrow = create({ signatures: { threshold: 3, keys } });
    expect((await narrow.lifecycle.active('prod'))?.digest).toBe(bundle.digest);
    const other = create({ signatures: { threshold: 1, keys: keys.slice(0, 1) } });
    expect((await other.lifecycle.active('prod'))?.digest).toBe(bundle.digest);
  });

  it('blocks when somebody wrote other signatures into the log', async () => {
    const { log, create } = await setUp();
    const bundle = aBundle();
    const { signatures } = await signBundle(aBundle({ version: '2' }), signing);
    const body = policyLifecycleV1.toWire({
      step: 'activated',
      policyId: 'p',
      version: '1',
      environment: 'prod',
      digest: bundle.digest,
      bundle: bundle.canonical,
      signatures,
    });
    await log.append([{ type: policyLifecycleV1.key, context, body }]);
    const strict = create({ signatures: { threshold: 1, keys } });
    expect((await strict.evaluate(pay(1), { context })).verdict.reasonCode).toBe(
      'policy_unreadable',
    );
  });
});

it('is not decided on before it is verified, nor blocked meanwhile', async () => {
  const { create } = await setUp();
  const slow = keys.map((key) => ({
    ...key,
    verify: async (...given: Parameters<typeof key.verify>) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return key.verify(...given);
    },
  }));
  const [strict, replica] = [
    { threshold: 2, keys },
    { threshold: 2, keys: slow },
  ].map((signatures) => create({ signatures }));
  const codes: (string | undefined)[] = [];
  for (const version of ['1', '2', '3']) {
    const bundle = aBundle({ version });
    await strict?.lifecycle.activate(bundle, { envelope: await signBundle(bundle, signing) });
    const asked = Array.from({ length: 5 }, () => replica?.evaluate(pay(5000), { context }));
    for (const one of await Promise.all(asked)) {
      codes.push(`${one?.verdict.reasonCode} ${one?.verdict.policy?.version}`);
    }
  }
  expect(new Set(codes)).toEqual(
    new Set(['rule_triggered 1', 'rule_triggered 2', 'rule_triggered 3']),
  );
});

it('has no options that no set of keys can meet', async () => {
  const { create } = await setUp();
  for (const threshold of [0, 4, 1.5, Number.NaN]) {
    expect(() => create({ signatures: { threshold, keys } })).toThrow(
      expect.objectContaining({ code: 'POLICY_OPTIONS_INVALID' }),
    );
  }
  const twice = [...keys, ...keys];
  expect(() => create({ signatures: { threshold: 4, keys: twice } })).toThrow(
    expect.objectContaining({ code: 'POLICY_OPTIONS_INVALID' }),
  );
});

it('names its payload type', () => {
  expect(BUNDLE_PAYLOAD_TYPE).toBe('application/vnd.spanforge.policy-bundle+json');
});
