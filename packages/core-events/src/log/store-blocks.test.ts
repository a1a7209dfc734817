import { generateSigningKey, hashBlock, importMacKey, toHex } from '@spanforge/core-signing';
import { describe, expect, it, vi } from 'vitest';
import { auditGapV1 } from '../records/audit-gap-v1.js';
import { aDraft, aLog, testSecret } from '../testing/fixtures.js';
import { createCheckpointer } from './checkpointer.js';
import { fsck } from './fsck.js';
import { createMemoryMark } from './high-water-mark.js';
import { createMemoryStore } from './memory-store.js';
import type { EvidenceStore, StoreBlocks, StoreGroup } from './store.js';
import type { EvidenceLog, EvidenceLogOptions } from './types.js';

type Blocks = StoreBlocks['blocks'];
type AppendBlock = Blocks['append'];

/** A memory store that takes blocks, as a driver with a thread of its own does. */
function aBlockStore(change: (append: AppendBlock) => AppendBlock = (append) => append) {
  const memory = createMemoryStore();
  const appendBlock: AppendBlock = async (given, keys) => {
    const { bytes, ends, signedBy, groups } = structuredClone(given);
    const { leaves, tags } = hashBlock({ bytes, ends, signedBy }, keys.map(importMacKey));
    let at = 0;
    const whole = groups.map(({ records, ...joining }): StoreGroup => {
      const made = records.map(({ timeMs, terms, disclosures }) => {
        const place = [at * 32, at * 32 + 32] as const;
        const kid = keys[(signedBy[at] ?? 0) - 1]?.kid;
        const record = {
          ...{ bytes: bytes.slice(at === 0 ? 1 : ends[at - 1], ends[at]), timeMs, terms },
          ...{ leaf: leaves.slice(...place), disclosures },
          ...(kid !== undefined && { mac: { kid, tag: tags.slice(...place) } }),
        };
        at += 1;
        return record;
      });
      return { records: made, ...joining };
    });
    return { results: await memory.append(whole), leaves };
  };
  const append = vi.fn(memory.append);
  const blocks = { insteadOf: append, append: vi.fn(change(appendBlock)) };
  const store: EvidenceStore & StoreBlocks = { ...memory, append, blocks };
  return { store, append, blocks };
}

/** The same log each time: clock and ids are counted. */
function aCountedLog(store: EvidenceStore, parts: Partial<EvidenceLogOptions> = {}) {
  let now = 1_700_000_000_000;
  let id = 0;
  const clock = () => {
    now += 1;
    return now;
  };
  const ids = () => {
    id += 1;
    return `01J${String(id).padStart(23, '0')}`;
  };
  return aLog({ store, ids, clock, ...parts });
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'stored',
    (error) => error.code,
  );

/** Groups of all kinds at once: two tenants, claims and keys that are taken, texts beyond ASCII. */
async function write(log: EvidenceLog) {
  const key = (idempotencyKey: string, requestDigest: string) => ({
    idempotencyKey,
    requestDigest,
  });
  const codes = await Promise.all(
    [
      log.append([aDraft(), aDraft({ tenant: 'other' })], { claim: 'c' }),
      log.append([aDraft({ actor: 'Zoë 😀 €' })], key('k', 'r')),
      log.append([aDraft(), aDraft()], { claim: 'c' }),
      log.append([aDraft()], key('k', 'r')),
      log.append([aDraft()], key('k', 'other')),
      log.append([aDraft({ tenant: 'other' })]),
    ].map(codeOf),
  );
  await log.append([aDraft()]);
  return codes;
}

describe('a driver that hashes and signs', () => {
  it.each([
    ['signed', {}],
    ['unsigned', { hmac: false } as const],
    ['with an earlier key', { earlierSecrets: [{ ...testSecret, kid: 'earlier' }] }],
  ])('stores what any other driver stores: %s', async (_name, parts) => {
    const { store, append, blocks } = aBlockStore();
    const log = await aCountedLog(store, parts);
    const plain = createMemoryStore();
    const other = await aCountedLog(plain, parts);
    expect(await write(log)).toEqual(await write(other));
    const records = await plain.read(0, 100);
    expect(records.length).toBeGreaterThan(5);
    expect(await store.read(0, 100)).toEqual(records);
    expect(append).not.toHaveBeenCalled();
    expect(blocks.append.mock.calls.length).toBeGreaterThan(1);
    expect((await log.query({ types: [auditGapV1.key] })).records.length).toBeGreaterThan(0);
    expect((await fsck({ log })).findings).toEqual([]);
    await log.close();
  });

  it('is told only the keys of the tenants in the block, and nothing else of the secret', async () => {
    const { store, blocks } = aBlockStore();
    const log = await aCountedLog(store);
    await log.append([
      aDraft({ tenant: 'one' }),
      aDraft({ tenant: 'two' }),
      aDraft({ tenant: 'one' }),
    ]);
    const [block, keys] = blocks.append.mock.calls.at(-1) ?? [];
    expect([...(block?.signedBy ?? [])]).toEqual([1, 2, 1]);
    expect(keys?.map(({ kid, secret }) => [kid, secret.length])).toEqual([
      [testSecret.kid, 32],
      [testSecret.kid, 32],
    ]);
    expect(JSON.stringify(keys)).not.toContain(toHex(testSecret.secret));
  });

  it('is passed by where `append` was replaced, as by what encrypts values', async () => {
    const { store, blocks } = aBlockStore();
    const seen: StoreGroup[] = [];
    const append: EvidenceStore['append'] = (groups) => {
      seen.push(...groups);
      return store.append(groups);
    };
    const proxied = new Proxy(store, {
      get: (target, name) => (name === 'append' ? append : Reflect.get(target, name, target)),
    });
    for (const wrapped of [{ ...store, append }, proxied]) {
      const log = await aLog({ store: wrapped });
      await log.append([aDraft()]);
    }
    expect(blocks.append).not.toHaveBeenCalled();
    expect(seen.length).toBeGreaterThan(2);
  });

  it('answers with the leaves of what it stored; receipts are made of them', async () => {
    const { store } = aBlockStore();
    const log = await aLog({ store });
    const appended = await Promise.all([log.append([aDraft(), aDraft()]), log.append([aDraft()])]);
    const receipts = (await Promise.all(appended.map((one) => one.receipts))).flat();
    const records = await store.read(1, 3);
    expect(receipts.map(({ index, leaf }) => [index, leaf])).toEqual(
      records.map(({ index, leaf }) => [index, toHex(leaf)]),
    );
  });

  it.each([
    ['too few leaves', (leaves: Uint8Array) => leaves.subarray(32)],
    ['too many leaves', (leaves: Uint8Array) => new Uint8Array(leaves.length + 32)],
    ['no leaves', () => undefined as unknown as Uint8Array],
  ])('is not believed with %s', async (_name, wrong) => {
    let fault = false;
    const { store } = aBlockStore((append) => async (...given) => {
      const answer = await append(...given);
      return fault ? { ...answer, leaves: wrong(answer.leaves) } : answer;
    });
    const log = await aLog({ store });
    fault = true;
    expect(await codeOf(log.append([aDraft(), aDraft()]))).toBe('EVENTS_APPEND_FAILED');
    fault = false;
    await log.append([aDraft()]);
    // Whether they were stored is unknown: their numbers are named.
    const gaps = (await log.query({ types: [auditGapV1.key] })).records;
    expect(gaps.map(({ body }) => [body.from_n, body.to_n, body.cause])).toEqual([
      [1, 2, 'append_failed'],
    ]);
  });

  it('that answers other leaves than it stored freezes the log before it is signed', async () => {
    let fault = false;
    const { store } = aBlockStore((append) => async (...given) => {
      const { results, leaves } = await append(...given);
      return { results, leaves: fault ? leaves.map((byte) => byte ^ 1) : leaves };
    });
    const signer = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
    const log = await aLog({ store });
    const { checkpoint } = createCheckpointer({
      ...{ store, origin: log.origin, signer, mark: createMemoryMark(), holder: 'a' },
    });
    await log.append([aDraft()]);
    await checkpoint();
    fault = true;
    await log.append([aDraft()]);
    await expect(checkpoint()).rejects.toMatchObject({
      code: 'EVENTS_LOG_FROZEN',
      details: { reason: 'leaf_mismatch', index: 2 },
    });
  });

  it('that fails fails its batch alone; what waited goes on', async () => {
    let fails = 0;
    const { store } = aBlockStore((append) => async (...given) => {
      if (fails === 0) return append(...given);
      fails -= 1;
      throw new Error('disk full');
    });
    const log = await aLog({ store });
    fails = 1;
    expect(await codeOf(log.append([aDraft(), aDraft()]))).toBe('EVENTS_APPEND_FAILED');
    expect(await codeOf(log.append([aDraft()]))).toBe('stored');
    expect(log.status()).toMatchObject({ queuedBytes: 0, failed: 2 });
    expect((await fsck({ log })).findings).toEqual([]);
  });
});

it('fails the batch whose records cannot be encoded, and answers all who wait for it', async () => {
  const log = await aLog();
  const encode = vi.spyOn(TextEncoder.prototype, 'encodeInto').mockImplementationOnce(() => {
    throw new RangeError('out of memory');
  });
  const codes = await Promise.all([log.append([aDraft()]), log.append([aDraft()])].map(codeOf));
  encode.mockRestore();
  expect(codes).toEqual(['EVENTS_APPEND_FAILED', 'EVENTS_APPEND_FAILED']);
  expect(await codeOf(log.append([aDraft()]))).toBe('stored');
  expect(log.status().queuedBytes).toBe(0);
  expect((await fsck({ log })).findings).toEqual([]);
});
