import type { EvidenceContext } from '@spanforge/core-events';
import {
  createMemoryStore,
  type EvidenceLog,
  type EvidenceStore,
  openEvidenceLog,
} from '@spanforge/core-events/log';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { LineageError } from './error.js';
import { createLineage } from './index.js';
import type {
  Declassification,
  Lineage,
  LineageCall,
  LineageEntry,
  LineageOptions,
} from './types.js';

const CONTEXT: EvidenceContext = {
  ...{ tenant: 'acme', project: 'claims', env: 'prod', run: 'run-1', traceId: 'trace-1' },
  ...{ agent: 'claims-agent', actor: 'ann', source: 'test@1.0.0' },
};
const NOW = Date.parse('2026-11-21T10:00:00Z');

function openLog(store: EvidenceStore = createMemoryStore()): Promise<EvidenceLog> {
  const secret = new Uint8Array(32).map((_, at) => at * 7 + 3);
  return openEvidenceLog({
    ...{ store, origin: 'example.com/log', writer: 'test', hmac: { kid: 'k', secret } },
  });
}

let log: EvidenceLog;
let lineage: Bound;

type Bound = Lineage & {
  record(entry: LineageEntry, call?: LineageCall): ReturnType<Lineage['record']>;
  recordWithPolicy(
    entry: LineageEntry,
    call?: LineageCall,
  ): ReturnType<Lineage['recordWithPolicy']>;
  declassify(step: Declassification, call?: LineageCall): ReturnType<Lineage['declassify']>;
};

/** Calls of these tests belong to one context. */
function bind(service: Lineage): Bound {
  const call = { context: CONTEXT };
  return {
    ...service,
    record: (entry, given = call) => service.record(entry, given),
    recordWithPolicy: (entry, given = call) => service.recordWithPolicy(entry, given),
    declassify: (step, given = call) => service.declassify(step, given),
  };
}

const create = (options: Partial<LineageOptions> = {}): Bound =>
  bind(createLineage({ recorder: log, reader: log, clock: () => NOW, ...options }));

beforeEach(async () => {
  log = await openLog();
  lineage = create();
});

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: unknown) => (LineageError.is(error) ? error.code : String(error)),
  );

const step = (activity: string, inputs: readonly string[], outputs: readonly string[]) =>
  lineage.record({
    activity,
    inputs: inputs.map((id) => ({ id })),
    outputs: outputs.map((id) => ({ id })),
  });

describe('record', () => {
  it('is found by trace, by data and by subject', async () => {
    const { recordId } = await lineage.record({
      activity: 'summarise',
      kind: 'generation',
      inputs: [{ id: 'doc-1', labels: ['internal'] }],
      outputs: [{ id: 'answer-1' }],
      subject: 'customer-7',
    });
    const expected = [
      expect.objectContaining({
        ...{ recordId, activity: 'summarise', kind: 'generation', subject: 'customer-7' },
        outputs: [{ id: 'answer-1', labels: ['internal'] }],
      }),
    ];
    expect(await lineage.listForTrace('trace-1')).toEqual(expected);
    for (const name of ['doc-1', 'answer-1', 'customer-7']) {
      expect(await lineage.listForSubject(name)).toEqual(expected);
    }
    expect(await lineage.listForSubject('doc-2')).toEqual([]);
    expect(await lineage.listForSubject('doc-1', { tenant: 'other' })).toEqual([]);
  });

  it('lets no label fall without an approval', async () => {
    const dropped = lineage.record({
      activity: 'copy',
      inputs: [{ id: 'a', labels: ['secret'] }],
      outputs: [{ id: 'b', labels: ['internal'] }],
    });
    expect(await codeOf(dropped)).toBe('LINEAGE_LABELS_DROPPED');
    expect(await log.size()).toBe(1);
  });

  it('refuses data that is made from itself, at once or in the end', async () => {
    expect(await codeOf(step('edit', ['a'], ['a']))).toBe('LINEAGE_CYCLE');
    await step('one', ['a'], ['b']);
    await step('two', ['b'], ['c']);
    expect(await codeOf(step('three', ['c'], ['a']))).toBe('LINEAGE_CYCLE');
    expect(await codeOf(step('three', ['c'], ['d']))).toBe('none');
  });

  it('knows its parents', async () => {
    const { recordId } = await step('one', ['a'], ['b']);
    const child = { activity: 'two', inputs: [{ id: 'b' }], parents: [recordId] };
    expect(await codeOf(lineage.record(child))).toBe('none');
    const orphan = lineage.record({ ...child, parents: [recordId, '01J00000000000000000000000'] });
    expect(await codeOf(orphan)).toBe('LINEAGE_PARENT_UNKNOWN');
  });

  it.each([
    [{ activity: '' }, '$.activity'],
    [{ activity: 'x', kind: 'magic' }, '$.kind'],
    [{ activity: 'x', kind: 'declassification' }, '$.kind'],
    [{ activity: 'x', inputs: [{ id: 'a', text: 'b' }] }, '$.inputs.0'],
    [{ activity: 'x', more: 1 }, '$'],
  ])('refuses %j', async (entry, path) => {
    const error = await lineage.record(entry as never).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'LINEAGE_RECORD_INVALID', details: { path } });
  });

  it('says so when the log fails, on reading and on writing', async () => {
    const fails = async (): Promise<never> => Promise.reject(new Error('down'));
    const entry = { activity: 'x', inputs: [{ id: 'a' }] };
    const mute = create({ recorder: { append: fails } });
    const blind = create({ reader: { ...log, query: fails, size: fails } });
    expect(await codeOf(mute.record(entry))).toBe('LINEAGE_EVIDENCE_UNAVAILABLE');
    expect(await codeOf(blind.record(entry))).toBe('LINEAGE_EVIDENCE_UNAVAILABLE');
    expect(await blind.getStatus()).toEqual({ status: 'unavailable' });
    expect(await mute.getStatus()).toEqual({ status: 'degraded' });
    expect(await lineage.getStatus()).toEqual({ status: 'ok' });
  });

  it('asks the policy once, and is found by its bundle', async () => {
    const asked: unknown[] = [];
    const digest = 'ab'.repeat(32);
    const withPolicy = create({
      policy: {
        decide: async (request) => {
          asked.push(request);
          const said = { outcome: 'allow', obligations: [], reason: 'r', reasonCode: 'c' } as const;
          return { ...said, matched: true, rules: [], policy: { id: 'p', version: '1', digest } };
        },
      },
    });
    const entry = { activity: 'x', inputs: [{ id: 'a' }], outputs: [{ id: 'b' }] };
    const { verdict } = await withPolicy.recordWithPolicy(entry);
    expect([asked.length, verdict?.outcome]).toEqual([1, 'allow']);
    await step('next', ['b'], ['c']);
    const { data } = await lineage.impact({ policyDigest: digest });
    expect(data).toEqual(['b', 'c']);
  });
});

describe('declassify', () => {
  const before = { id: 'a', labels: ['confidential', 'internal', 'pii'] };
  const given = {
    ...{ data: before, as: 'a/public', labels: ['pii'], approver: 'bob', scope: 'data' as const },
    ...{ expiresAtMs: NOW + 1000, reason: 'published last week' },
  };

  it('takes off what was approved, on record with scope and expiry', async () => {
    const { outputs } = await lineage.declassify(given);
    expect(outputs).toEqual([{ id: 'a/public', labels: ['confidential', 'internal'] }]);
    expect(await lineage.listForSubject('a')).toMatchObject([
      {
        kind: 'declassification',
        declassified: {
          ...{ labels: ['pii'], approver: 'bob', scope: 'data' },
          expiresAt: '2026-11-21T10:00:01.000Z',
        },
      },
    ]);
  });

  it.each([
    ['$.approver', { approver: 'claims-agent' }],
    ['$.expiresAtMs', { expiresAtMs: NOW }],
    ['$.labels', { labels: ['secret'] }],
    ['$.labels', { labels: [] }],
    ['$.as', { as: 'a' }],
    ['$.reason', { reason: '' }],
  ])('refuses a wrong %s', async (path, wrong) => {
    const error = await lineage
      .declassify({ ...given, ...wrong })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'LINEAGE_RECORD_INVALID', details: { path } });
    expect(await log.size()).toBe(1);
  });
});

describe('walks', () => {
  it('find what a model of the graph finds, both ways', async () => {
    const edge = fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 7 })).filter(([a, b]) => a < b);
    await fc.assert(
      fc.asyncProperty(
        fc.array(edge, { maxLength: 14 }),
        fc.nat({ max: 7 }),
        async (edges, from) => {
          log = await openLog();
          lineage = create();
          for (const [a, b] of edges) await step('s', [`d${a}`], [`d${b}`]);
          const reach = (next: (at: number) => readonly number[]): readonly string[] => {
            const seen = new Set<number>();
            const queue = [from];
            for (let at = 0; at < queue.length; at += 1) {
              for (const one of next(queue[at] ?? 0)) {
                if (seen.has(one)) continue;
                seen.add(one);
                queue.push(one);
              }
            }
            return [...seen].map((one) => `d${one}`).sort();
          };
          const down = await lineage.descendants(`d${from}`);
          const up = await lineage.ancestors(`d${from}`);
          const to = (at: number) => edges.filter(([a]) => a === at).map(([, b]) => b);
          const back = (at: number) => edges.filter(([, b]) => b === at).map(([a]) => a);
          expect([...down.data].sort()).toEqual(reach(to));
          expect([...up.data].sort()).toEqual(reach(back));
          expect([down.truncated, up.truncated]).toEqual([false, false]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('stop where they are told to, and say so', async () => {
    for (let at = 0; at < 9; at += 1) await step('s', [`d${at}`], [`d${at + 1}`]);
    const walk = await lineage.descendants('d0', { maxSteps: 3 });
    expect(walk.truncated).toBe(true);
    expect(walk.data).toEqual(['d1', 'd2', 'd3']);
  });

  it('read what they answer, not the log', async () => {
    const store = createMemoryStore();
    let found = 0;
    let opened = false;
    const counting: EvidenceStore = {
      ...store,
      async find(query) {
        const records = await store.find(query);
        found += records.length;
        return records;
      },
      async read(first, count) {
        if (opened) throw new Error('a scan');
        return store.read(first, count);
      },
    };
    const filling = await openLog(store);
    const busy = bind(createLineage({ recorder: filling, reader: filling }));
    for (let at = 0; at < 300; at += 1) {
      await busy.record({ activity: 's', inputs: [{ id: `x${at}` }], outputs: [{ id: `y${at}` }] });
    }
    const reading = createLineage({
      recorder: filling,
      reader: { ...filling, query: (query) => countingLog.query(query) },
    });
    const countingLog = await openLog(counting);
    opened = true;
    found = 0;
    expect((await reading.descendants('x7')).data).toEqual(['y7']);
    expect(await reading.listForSubject('y9')).toHaveLength(1);
    expect(found).toBeLessThanOrEqual(4);
  });
});
