import { readFileSync } from 'node:fs';
import { createMemoryMark, createMemoryStore, openSignedLog } from '@spanforge/core-events/log';
import { generateSigningKey } from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';

// Group N of the faults, by number: what is left out of a log. Each case is tested beside what must
// notice it; here stands where, and what has no better place.

const TESTED: Readonly<Record<string, readonly string[]>> = {
  'N-01': [
    'core-events/src/log/signed-log.test.ts',
    'core-events/src/log/fsck.test.ts',
    'store-sqlite/src/index-attacks.test.ts',
  ],
  'N-02': ['operator/src/verify/index-proof.test.ts'],
  'N-03': ['operator/src/trace/conduct.test.ts'],
  'N-04': ['store-sqlite/src/index-attacks.test.ts'],
  'N-05': [
    'core-events/src/log/claims.test.ts',
    'core-events/src/log/recorded-counters.test.ts',
    'policy/src/lifecycle/counting.test.ts',
    'store-sqlite/src/index-attacks.test.ts',
  ],
  'N-06': [
    'core-events/src/log/signed-log.test.ts',
    'store-sqlite/src/index-attacks.test.ts',
    'cli/src/commands/audit-repair.test.ts',
  ],
  'N-07': [
    'core-events/src/log/checkpointer.test.ts',
    'core-events/src/log/signed-log.test.ts',
    'cli/src/commands/audit-repair.test.ts',
  ],
  'N-08': ['cli/src/left-out.test.ts'],
  'N-09': ['core-events/src/log/signed-log.test.ts', 'rbac/src/rbac.test.ts'],
  'N-10': ['operator/src/trace/conduct.test.ts'],
  'N-11': ['operator/src/trace/conduct.test.ts'],
  'N-12': ['operator/src/export/verify-guide.test.ts'],
};

const place = (file: string): URL => new URL(`../../${file}`, import.meta.url);

describe('group N of the faults', () => {
  it.each(Object.entries(TESTED))('%s is tested in %j', (number, files) => {
    for (const file of files) {
      expect(readFileSync(place(file), 'utf8')).toMatch(new RegExp(`'${number}\\b`));
    }
  });

  it('has twelve cases', () => {
    expect(Object.keys(TESTED)).toHaveLength(12);
  });

  it('N-08: the last activation deleted with every checkpoint over it governs nothing', async () => {
    const signer = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
    const mark = createMemoryMark();
    const open = (store: ReturnType<typeof createMemoryStore>) =>
      openSignedLog({ store, origin: 'example.com/log', writer: 'w', hmac: false, signer, mark });
    const draft = {
      type: 'spanforge.key.retired.v1',
      context: {
        ...{ tenant: 't', project: 'p', env: 'prod', run: 'r', traceId: 't' },
        ...{ agent: 'a', actor: 'b', source: 'test@1.0.0' },
      },
      body: { kid: 'k', role: 'log' },
    };
    const store = createMemoryStore();
    const log = await open({ ...store, close: async () => undefined });
    await log.append([draft, draft]);
    await log.close();
    const shorter = createMemoryStore();
    for (const { bytes, leaf } of await store.read(0, 2)) {
      const record = { bytes, leaf, timeMs: 0, terms: [], disclosures: [] };
      await shorter.append([{ records: [record] }]);
    }
    const again = await open(shorter);
    expect(again.status().refusal).toBe('rolled_back');
    await expect(again.append([draft])).rejects.toMatchObject({ code: 'EVENTS_LOG_FROZEN' });
    await again.close();
  });
});
