import { generateSigningKey, keyStanding, toVerificationKey } from '@spanforge/core-signing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keyAddedV1, keyRetiredV1, keyRevokedV1 } from '../records.js';
import { testSecret } from '../testing/fixtures.js';
import { createCheckpointer } from './checkpointer.js';
import { openEvidenceLog } from './evidence-log.js';
import { createMemoryMark } from './high-water-mark.js';
import { readKeyHistory } from './key-history.js';
import { createMemoryStore } from './memory-store.js';

const place = { tenant: 'acme', project: 'p', env: 'prod', run: 'r', traceId: 'keys' };
const context = { ...place, agent: 'spanforge', actor: 'ada', source: 'test@1.0.0' };
const log = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
const heir = await generateSigningKey({ alg: 'Ed25519', role: 'log' });

const added = (kid: string) => ({
  type: keyAddedV1.key,
  context,
  body: keyAddedV1.toWire({ kid, role: 'log', algorithm: 'Ed25519' }),
});
const retired = (kid: string) => ({
  type: keyRetiredV1.key,
  context,
  body: keyRetiredV1.toWire({ kid, role: 'log' }),
});
const revoked = (kid: string, lastGoodSize: number) => ({
  type: keyRevokedV1.key,
  context,
  body: keyRevokedV1.toWire({ kid, role: 'log', lastGoodSize, reason: 'copied' }),
});

async function open() {
  const store = createMemoryStore();
  const origin = 'log.example/acme';
  const evidence = await openEvidenceLog({ store, origin, writer: 'w', hmac: testSecret });
  const mark = createMemoryMark();
  const signerOf = (signer: typeof log) =>
    createCheckpointer({ store, origin, signer, mark, holder: 'test' });
  return { evidence, signerOf };
}

it('tells when keys entered service and how far they count', async () => {
  const { evidence } = await open();
  await evidence.append([added('a'), added('b'), retired('a'), revoked('b', 2)]);
  await evidence.append([added('a'), revoked('b', 9), retired('a')]);
  expect(await readKeyHistory(evidence)).toEqual([
    { kid: 'a', role: 'log', algorithm: 'Ed25519', addedAt: 1, retiredSize: 4 },
    { kid: 'b', role: 'log', algorithm: 'Ed25519', addedAt: 2, lastGoodSize: 2, reason: 'copied' },
  ]);
});

it('lets no later record bring a key back, or widen what it signed', async () => {
  const step = fc.oneof(
    fc.constant({ kind: 'added' as const }),
    fc.constant({ kind: 'retired' as const }),
    fc.record({ kind: fc.constant('revoked' as const), size: fc.nat({ max: 20 }) }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 6 }),
      fc.nat(25),
      async (all, at) => {
        const { evidence } = await open();
        let before = true;
        for (const one of all) {
          await evidence.append([
            one.kind === 'added'
              ? added('k')
              : one.kind === 'retired'
                ? retired('k')
                : revoked('k', one.size),
          ]);
          const [key] = await readKeyHistory(evidence);
          const good = keyStanding(key ?? {}, at) === 'good';
          expect(before || !good).toBe(true);
          before = good;
        }
      },
    ),
    { numRuns: 40 },
  );
});

it('a signer stops at the record that retired its key, and the heir goes on', async () => {
  const { evidence, signerOf } = await open();
  await evidence.append([added(log.kid), added(heir.kid), retired(log.kid)]);
  const old = signerOf(log);
  const last = await old.checkpoint();
  expect(last.size).toBe(4);
  await evidence.append([added('z')]);
  await expect(old.checkpoint()).rejects.toMatchObject({
    code: 'EVENTS_KEY_RETIRED',
    details: { kid: log.kid, reason: 'retired', size: 4 },
  });
  expect(await signerOf(heir).provable()).toMatchObject({ size: 5 });
  expect(toVerificationKey(heir).kid).not.toBe(log.kid);
});

it('a signer whose key was revoked signs nothing above its last good size', async () => {
  const { evidence, signerOf } = await open();
  await evidence.append([added(log.kid)]);
  await signerOf(log).checkpoint();
  await evidence.append([revoked(log.kid, 2)]);
  await expect(signerOf(log).checkpoint()).rejects.toMatchObject({
    code: 'EVENTS_KEY_RETIRED',
    details: { reason: 'revoked', size: 2 },
  });
  expect(await signerOf(heir).checkpoint()).toMatchObject({ size: 3 });
});
