import {
  createDiscloser,
  EventsError,
  type EvidenceContext,
  type EvidenceReader,
} from '@spanforge/core-events';
import { executionEndedV1, executionStartedV1 } from '@spanforge/core-events/records';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decisionsOfLog, type LogRange, type LogSourceOptions } from './from-log.js';
import { type ReplayedRange, replayInRanges, replayRange } from './ranges.js';
import { comparePolicies, type ReplayOptions, replay } from './replay.js';
import { bundleOf, CONTEXT, openTestLog, request } from './test-log.js';

const tools = { find: { effect: 'read' }, pay: { effect: 'write' } };
const facts = { order: { from: 'find', for: { id: 'args.order' } } };
const MADE_BY = bundleOf([{ when: 'args.amount > 5', action: 'block' }], { tools });
const CANDIDATE = bundleOf(
  [
    { target: { tools: ['pay'] }, when: 'facts.order.paid', action: 'block' },
    { when: 'args.amount > 7', action: 'human_review' },
    { target: { tools: ['tool-3'] }, action: 'allow+log' },
  ],
  { tools, facts, version: '2.0' },
);

/** What happens in a log, step by step. */
const step = fc.record({
  kind: fc.constantFrom('ask', 'ask', 'share', 'share late', 'find', 'foreign'),
  trace: fc.nat(3),
  tenant: fc.constantFrom('acme', 'acme', 'other'),
  tool: fc.constantFrom<string>('pay', 'pay', 'tool-1', 'tool-2', 'tool-3'),
  amount: fc.nat(9),
  order: fc.nat(2),
});
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

const disclose = createDiscloser();

async function fill(steps: readonly Step[]) {
  const { log, policy } = await openTestLog();
  await policy.lifecycle.activate(MADE_BY);
  let calls = 0;
  for (const { kind, trace, tenant, tool, amount, order } of steps) {
    calls += 1;
    const context: EvidenceContext = { ...CONTEXT, tenant, traceId: `trace-${trace}` };
    const args = { amount, order };
    const held = disclose('args', args);
    const started = (where: EvidenceContext, of: string) => ({
      type: executionStartedV1.key,
      context: where,
      disclosures: [held],
      body: executionStartedV1.toWire({
        ...{ callId: `c${calls}`, tool: of, effect: 'read', mode: 'enforce', outcome: 'allow' },
        ...{ decisions: [], values: { args: held.digest } },
      }),
    });
    const ask = async (more: object) => {
      const asked = request({ tool, args, ...more });
      await (await policy.evaluate(asked, { context })).receipts;
    };
    if (kind === 'ask') await ask({});
    if (kind === 'share') {
      await log.append([started(context, tool)]);
      await ask({ disclosed: { args: held } });
      await ask({ disclosed: { args: held } });
    }
    if (kind === 'share late') {
      await log.append([started(context, tool)]);
      // What is named by its digest is far away from where it is stored.
      for (let n = 0; n < 20; n += 1) await log.append([started({ ...context, run: 'x' }, 'far')]);
      await ask({ disclosed: { args: held } });
    }
    if (kind === 'foreign') {
      await log.append([started({ ...context, traceId: 'elsewhere' }, tool)]);
      await ask({ disclosed: { args: held } });
    }
    if (kind === 'find') {
      const { ids } = await log.append([started(context, 'find')]);
      const result = disclose('result', { id: order, paid: amount > 4 });
      const body = executionEndedV1.toWire({
        ...{ callId: `c${calls}`, tool: 'find', status: 'completed', executed: true },
        ...{ outcome: 'allow', reason: 'r', reasonCode: 'c', decisions: [] },
        ...{ startedId: ids[0] ?? '', values: { result: result.digest } },
      });
      await log.append([{ type: executionEndedV1.key, context, body, disclosures: [result] }]);
    }
  }
  return log;
}

/** The log with erased values, and with records that are not whole. */
function spoil(
  log: EvidenceReader,
  erased: ReadonlySet<number>,
  damaged: ReadonlySet<number>,
  together: boolean,
): EvidenceReader {
  const disclosures: EvidenceReader['disclosures'] = async (index) =>
    erased.has(index) ? [] : log.disclosures(index);
  return {
    size: () => log.size(),
    async query(query) {
      const page = await log.query(query);
      const found = page.records.find(({ index }) => damaged.has(index));
      if (found === undefined) return page;
      throw new EventsError('EVENTS_RECORD_TAMPERED', `record ${found.index}: leaf_mismatch`);
    },
    disclosures,
    ...(together ? { disclosuresOf: (indexes) => Promise.all(indexes.map(disclosures)) } : {}),
  };
}

const settled = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    (value) => ({ value }),
    (error) => ({ error: String(error) }),
  );

async function whole(source: LogSourceOptions, options: ReplayOptions, compared: boolean) {
  const told: unknown[] = [];
  const read = decisionsOfLog(source);
  const given = { ...options, onDecision: (one: unknown) => void told.push(one) };
  const report = compared
    ? await comparePolicies(read, { ...given, baseline: MADE_BY })
    : await replay(read, given);
  return { report, inputSha256: read.inputDigest(), told };
}

/** As threads do it: each replayer answers in its own time, with a copy. */
async function inRanges(
  source: LogSourceOptions,
  options: ReplayOptions,
  compared: boolean,
  threads: number,
  span: number,
) {
  const told: unknown[] = [];
  const baseline = compared ? { baseline: MADE_BY } : {};
  const replayer = async (range: LogRange): Promise<ReplayedRange & { told: unknown[] }> => {
    const mine: unknown[] = [];
    const onDecision = (one: unknown): void => void mine.push(one);
    const replayed = await replayRange(range, { ...options, ...baseline, source, onDecision });
    for (let turn = (range.from * 7) % 5; turn > 0; turn -= 1) await undefined;
    return structuredClone({ ...replayed, told: mine });
  };
  const done = await replayInRanges({
    ...options,
    ...baseline,
    end: await source.reader.size(),
    span,
    replayers: Array.from({ length: threads }, () => replayer),
    onRange: (range) => void told.push(...range.told),
  });
  return { ...done, told };
}

describe('a replay in ranges', () => {
  it('finds what one replay of the whole log finds, whatever the ranges', async () => {
    const places = fc.uniqueArray(fc.nat(120), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 30 }),
        places,
        fc.oneof({ weight: 4, arbitrary: fc.constant<number[]>([]) }, places),
        fc.record({
          threads: fc.integer({ min: 1, max: 4 }),
          span: fc.constantFrom(1, 3, 7, 20, 1000),
          keep: fc.constantFrom(0, 1, 3, 100),
          compared: fc.boolean(),
          together: fc.boolean(),
          filter: fc.constantFrom<object>(
            {},
            { tenant: 'other' },
            { traceId: 'trace-1' },
            { application: 'none' },
          ),
        }),
        async (steps, erased, damaged, { threads, span, keep, compared, together, filter }) => {
          const log = await fill(steps);
          const reader = spoil(log, new Set(erased), new Set(damaged), together);
          const source = { reader, ...filter };
          const options = { candidate: CANDIDATE, keep };
          const alone = await settled(whole(source, options, compared));
          const parted = await settled(inRanges(source, options, compared, threads, span));
          expect(parted).toEqual(alone);
        },
      ),
      { numRuns: process.env.SPANFORGE_LONG === '1' ? 1000 : 60 },
    );
  }, 120_000);

  it('counts the names beyond the limit as one replay does', async () => {
    const steps = Array.from({ length: 1100 }, (_, at) => ({
      ...{ kind: 'ask', trace: 0, tenant: 'acme', amount: 1, order: 0 },
      // The first name comes again after a thousand others.
      tool: `tool-${at % 1050}`,
    })) as readonly Step[];
    const source = { reader: await fill(steps) };
    const options = { candidate: CANDIDATE };
    const alone = await whole(source, options, false);
    expect(alone.report.byTool.others).toBeDefined();
    expect(await inRanges(source, options, false, 2, 400)).toEqual(alone);
    expect(await inRanges(source, options, false, 2, 1060)).toEqual(alone);
  }, 60_000);

  it('ends with the error of the first range in the log, when no range is under way', async () => {
    let underWay = 0;
    const failing = async ({ from }: LogRange): Promise<ReplayedRange> => {
      underWay += 1;
      for (let turn = 100 - from; turn > 0; turn -= 1) await undefined;
      underWay -= 1;
      throw new Error(`range ${from}`);
    };
    const replayers = [failing, failing, failing];
    const work = replayInRanges({ candidate: CANDIDATE, end: 100, span: 10, replayers });
    await expect(work).rejects.toThrow('range 0');
    expect(underWay).toBe(0);
  });

  it('holds few ranges at a time, however slow the first is', async () => {
    let [begun, joined, most] = [0, 0, 0];
    let release = (): void => undefined;
    const first = new Promise<void>((resolve) => {
      release = resolve;
    });
    const source = { reader: (await openTestLog()).log };
    const replayer = async (range: LogRange): Promise<ReplayedRange> => {
      begun += 1;
      most = Math.max(most, begun - joined);
      if (range.from === 0) await first;
      return replayRange({ ...range, from: range.to }, { candidate: CANDIDATE, source });
    };
    const work = replayInRanges({
      ...{ candidate: CANDIDATE, end: 100, span: 1, replayers: [replayer, replayer] },
      onRange: () => {
        joined += 1;
      },
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    release();
    await work;
    expect([joined, most]).toEqual([100, 4]);
  });
});
