import { describe, expect, it } from 'vitest';
import { scopeV1 } from '../records/scope-v1.js';
import { openEvidenceLog } from './evidence-log.js';
import { createMemoryStore } from './memory-store.js';
import { createPace } from './pace.js';

const context = {
  ...{ tenant: 'acme', project: 'p', env: 'prod', run: 'r', traceId: 't' },
  ...{ agent: 'a', actor: 'b', source: 'test@1.0.0' },
};
const draft = {
  type: scopeV1.key,
  context,
  body: scopeV1.toWire({
    ...{ agentId: 'a', resource: 'x', action: 'read', allowed: true },
    ...{ outcome: 'allow', reason: 'granted', reasonCode: 'granted' },
  }),
};

describe('pace', () => {
  it('tells many in halves, only when nothing else is under way', () => {
    const pace = createPace(2);
    expect(pace.firstToTell(47, 0)).toBe(47);
    expect(pace.firstToTell(64, 0)).toBe(32);
    expect(pace.firstToTell(64, 1)).toBe(64);
    pace.begin(10);
    expect(pace.firstToTell(64, 0)).toBe(64);
  });

  it('has enough with half of those who were under way together, and forgets them', () => {
    const pace = createPace(2);
    expect([pace.isEnough(23), pace.isEnough(24)]).toEqual([false, true]);
    pace.begin(128);
    pace.begin(128);
    expect([pace.isOpen(), pace.isEnough(1000)]).toEqual([false, false]);
    pace.end(128);
    pace.end(128);
    expect([pace.isOpen(), pace.isEnough(127), pace.isEnough(128)]).toEqual([true, false, true]);
    for (let n = 0; n < 100; n += 1) {
      pace.begin(1);
      pace.end(1);
    }
    expect(pace.isEnough(24)).toBe(true);
  });
});

describe('a log with many callers', () => {
  it('answers all of a batch, and closes after the last is told', async () => {
    const store = createMemoryStore();
    const log = await openEvidenceLog({ store, origin: 'log.example', writer: 'w', hmac: false });
    const told: number[] = [];
    const lane = async (n: number): Promise<void> => {
      for (let turn = 0; turn < 5; turn += 1) {
        const { receipts } = await log.append([draft, draft]);
        expect((await receipts).map(({ index }) => index % 2)).toHaveLength(2);
      }
      told.push(n);
    };
    const lanes = Array.from({ length: 100 }, (_, n) => lane(n));
    await Promise.all(lanes);
    const last = Array.from({ length: 100 }, () => log.append([draft]));
    let settled = 0;
    for (const one of last) void one.then(() => (settled += 1));
    await log.close();
    await Promise.resolve();
    expect([told.length, settled]).toEqual([100, 100]);
    expect(log.status()).toMatchObject({ appended: 1101, failed: 0, queuedBytes: 0 });
  });
});
