import {
  EventsError,
  type EvidenceContext,
  type PolicyRequest,
  type Recorder,
} from '@spanforge/core-events';
import { createMemoryStore, openEvidenceLog } from '@spanforge/core-events/log';
import {
  type PolicyCanaryBody,
  policyCanaryV1,
  policyLifecycleV1,
} from '@spanforge/core-events/records';
import { parseBundle } from '@spanforge/policy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf } from './bucket.js';
import { type Canary, createCanary } from './canary.js';
import type { CanaryOptions } from './config.js';
import { readCanary } from './status.js';
import { unitKey } from './units.js';

const START = Date.parse('2026-06-01T00:00:00Z');
const HOUR = 3_600_000;
const context: EvidenceContext = {
  tenant: 'acme',
  project: 'support',
  env: 'prod',
  run: 'run-1',
  traceId: 'trace-1',
  agent: 'helper',
  actor: 'ann',
  source: 'test@1.0.0',
};
const bundleOf = (version: string, limit: number) =>
  parseBundle({
    policy_id: 'p',
    version,
    environment: 'prod',
    owner: 'o',
    effective_at: '2026-01-01T00:00:00Z',
    rules: [
      {
        rule_id: 'limit',
        service: 'sf_govern',
        control: 'tool_call',
        action: 'block',
        when: `args.amount > ${limit}`,
      },
    ],
  });
const baseline = bundleOf('1.0', 950);
const candidate = bundleOf('2.0', 949);
const strict = bundleOf('3.0', 300);

async function setUp(part: Partial<CanaryOptions> = {}) {
  const log = await openEvidenceLog({
    store: createMemoryStore(),
    origin: 'test.example/log',
    writer: 'test',
    hmac: false,
  });
  let now = START;
  const done: string[] = [];
  let failing = false;
  const recorder: Recorder = {
    append: (drafts, options) =>
      failing
        ? Promise.reject(new EventsError('EVENTS_APPEND_FAILED', 'no'))
        : log.append(drafts, options),
  };
  const create = (more: Partial<CanaryOptions> = {}) =>
    createCanary({
      id: 'c-1',
      salt: 'salt',
      baseline,
      candidate,
      recorder,
      reader: log,
      context,
      activate: async () => done.push('activate'),
      rollback: async () => done.push('rollback'),
      rollbackVersion: async () => done.push('version'),
      clock: () => now,
      refreshMs: 0,
      rules: { advance: { minCandidateUnits: 20, minDurationMs: HOUR } },
      ...part,
      ...more,
    });
  const bodies = async () =>
    (await log.query({ types: [policyCanaryV1.key], limit: 1000 })).records.map(
      ({ body }): PolicyCanaryBody => policyCanaryV1.fromWire(body),
    );
  return {
    log,
    create,
    canary: create(),
    done,
    bodies,
    wait: (ms: number) => {
      now += ms;
    },
    fail: (value: boolean) => {
      failing = value;
    },
  };
}

const request = (amount: number): PolicyRequest => ({
  service: 'sf_govern',
  control: 'tool_call',
  tool: 'pay',
  args: { amount },
  time: START,
});
/** Decisions are not recorded here: what is looked at is the canary. */
const scopeOf = (traceId: string) => ({
  context: { ...context, traceId },
  recorder: {
    append: async () => ({ ids: [], duplicate: false, receipts: Promise.resolve([]) }),
  },
});
async function send(canary: Canary, from: number, count: number): Promise<void> {
  for (let at = from; at < from + count; at += 1) {
    // Amounts from 0 to 999, in an order that has nothing to do with the arms.
    await canary.ask(request((at * 7919) % 1000), scopeOf(`trace-${at}`));
  }
}

describe('the bundles of a canary', () => {
  const loaded = async ({ log }: Awaited<ReturnType<typeof setUp>>) =>
    (await log.query({ types: [policyLifecycleV1.key] })).records.map(({ body }) => {
      const { step, digest, bundle, part } = policyLifecycleV1.fromWire(body);
      return { step, digest, bundle, part };
    });

  it('are on record before they decide, once, so that what they decide can be made again', async () => {
    const set = await setUp();
    await Promise.all([set.canary.check(), set.create().check()]);
    expect(await loaded(set)).toEqual(
      [baseline, candidate].map(({ digest, canonical }) => ({
        ...{ step: 'loaded', digest, bundle: canonical, part: undefined },
      })),
    );
    await set.create({ id: 'c-2', salt: 'other' }).check();
    expect(await loaded(set)).toHaveLength(2);
    await set.create({ id: 'c-3', candidate: strict }).check();
    expect((await loaded(set)).slice(2).map(({ digest }) => digest)).toEqual([strict.digest]);
  });

  it('are recorded by the services that decide by them', async () => {
    const decider = { decide: async () => Promise.reject(new Error('not asked')) };
    const set = await setUp({
      baseline: { digest: baseline.digest, decider },
      candidate: { digest: candidate.digest, decider },
    });
    await set.canary.check();
    expect((await set.bodies())[0]?.phase).toBe('started');
    expect(await loaded(set)).toEqual([]);
  });

  it('keep the canary from beginning while they cannot be recorded, or it is not known whether they are', async () => {
    const set = await setUp();
    set.fail(true);
    expect(await set.canary.check()).toMatchObject({ reasonCode: 'evidence_unavailable' });
    set.fail(false);
    const reader = {
      ...set.log,
      query: (query: Parameters<typeof set.log.query>[0]) =>
        query.types?.includes(policyLifecycleV1.key)
          ? Promise.reject(new EventsError('EVENTS_STORE_UNAVAILABLE', 'no'))
          : set.log.query(query),
    };
    expect(await set.create({ reader }).check()).toMatchObject({ reasonCode: 'state_unavailable' });
    expect([await set.bodies(), await loaded(set)]).toEqual([[], []]);
  });
});

describe('deciding', () => {
  it('is by the arm of the trace, and stays there', async () => {
    const { canary } = await setUp({ candidate: strict });
    expect(await canary.ask(request(500), scopeOf('t'))).toMatchObject({
      arm: 'baseline',
      percent: 0,
    });
    await canary.check();
    for (let at = 0; at < 200; at += 1) {
      const scope = scopeOf(`t-${at}`);
      const { arm, verdict } = await canary.ask(request(500), scope);
      const bucket = bucketOf('salt', unitKey('trace', scope.context));
      expect(arm).toBe(bucket < 0.1 ? 'candidate' : 'baseline');
      expect(verdict.outcome).toBe(arm === 'candidate' ? 'block' : 'allow');
      expect(canary.armOf(verdict.policy?.digest ?? '')).toBe(arm);
      expect((await canary.ask(request(1), scope)).arm).toBe(arm);
    }
    expect(await canary.ask(request(500))).toMatchObject({ arm: 'baseline', percent: 10 });
  });

  it('puts a tenant on one arm as a whole', async () => {
    const { canary } = await setUp({ unit: 'tenant' });
    await canary.check();
    const arms = new Set<string | undefined>();
    for (let at = 0; at < 30; at += 1)
      arms.add((await canary.ask(request(1), scopeOf(`${at}`))).arm);
    expect(arms.size).toBe(1);
  });

  it('records the decision with its bundle, and blocks what cannot be recorded', async () => {
    const { canary, log } = await setUp();
    await canary.check();
    await canary.decide(request(990), { context, recorder: log });
    const [record] = (await log.query({ types: ['spanforge.policy.decision.v1'] })).records;
    expect(record).toMatchObject({
      policy: { digest: baseline.digest },
      body: { outcome: 'block' },
    });
    const recorder: Recorder = { append: () => Promise.reject(new Error('no')) };
    expect(await canary.decide(request(1), { context, recorder })).toMatchObject({
      outcome: 'block',
      reasonCode: 'evidence_unavailable',
    });
  });

  it('blocks when the log cannot be read, when an arm rejects, and under other terms', async () => {
    const { create, canary } = await setUp();
    await canary.check();
    const unread = create({
      reader: {
        size: () => Promise.reject(new Error('no')),
        query: () => Promise.reject(new Error('no')),
        disclosures: async () => [],
      },
    });
    expect((await unread.decide(request(1))).reasonCode).toBe('state_unavailable');
    expect(await unread.check()).toMatchObject({
      verdict: 'hold',
      reasonCode: 'state_unavailable',
    });
    const faulty = {
      digest: baseline.digest,
      decider: { decide: () => Promise.reject(new Error('no')) },
    };
    expect((await create({ baseline: faulty }).decide(request(1))).reasonCode).toBe('policy_error');
    const other = create({ salt: 'another' });
    expect((await other.decide(request(1))).reasonCode).toBe('canary_conflict');
    await expect(other.check()).rejects.toMatchObject({ code: 'POLICY_CANARY_CONFLICT' });
    await expect(other.status()).rejects.toMatchObject({ code: 'POLICY_CANARY_CONFLICT' });
  });
});

describe('a candidate like the baseline', () => {
  it('goes to 10, 50 and 100 percent, is activated and finishes, each step on record first', async () => {
    const { canary, wait, done, bodies, log } = await setUp();
    const percents: (number | undefined)[] = [];
    for (let step = 0; step < 3; step += 1) {
      await canary.check();
      await send(canary, step * 400, 400);
      expect(await canary.check()).toMatchObject({ verdict: 'continue', reasonCode: 'collecting' });
      percents.push((await canary.status())?.percent);
      if (step < 2) expect(done).toEqual([]);
      wait(HOUR);
      await canary.check();
    }
    expect(percents).toEqual([10, 50, 100]);
    expect(done).toEqual(['activate']);
    const status = await canary.status();
    expect(status).toMatchObject({ phase: 'finished', percent: 100, pendingAction: 'none' });
    expect(await readCanary(log, 'c-1')).toEqual(status);
    expect(await readCanary(log, 'c-2')).toBeUndefined();
    const all = await bodies();
    expect(all.map(({ sequence }) => sequence)).toEqual(all.map((_, at) => at));
    const steps = all.filter(({ verdict, phase }) => verdict === 'advance' && phase === 'judged');
    expect(steps.map(({ percent, nextPercent }) => [percent, nextPercent])).toEqual([
      [10, 50],
      [50, 100],
      [100, 100],
    ]);
    expect(steps[0]).toMatchObject({
      baselineDigest: baseline.digest,
      candidateDigest: candidate.digest,
    });
    expect((steps[0]?.armSizes.candidate ?? 0) + (steps[0]?.armSizes.baseline ?? 0)).toBe(400);
    expect(all.find(({ phase }) => phase === 'acted')).toMatchObject({ action: 'activate' });
  });

  it('counts each unit once, whatever replica saw it', async () => {
    const { create, bodies } = await setUp();
    const replicas = [create(), create(), create()];
    await Promise.all(replicas.map((one) => one.check()));
    for (const one of replicas) await send(one, 0, 200);
    const reports = await Promise.all(replicas.map((one) => one.check()));
    expect(reports.every(({ recorded }) => recorded)).toBe(true);
    const status = await replicas[0]?.status();
    const metric = status?.metrics[0];
    expect((metric?.candidate.units ?? 0) + (metric?.baseline.units ?? 0)).toBe(200);
    expect((metric?.candidate.events ?? 0) + (metric?.baseline.events ?? 0)).toBe(9);
    expect((await bodies()).filter(({ phase }) => phase === 'started')).toHaveLength(1);
  });

  it('goes on after a restart where it was', async () => {
    const { create, wait } = await setUp();
    const first = create();
    await first.check();
    await send(first, 0, 400);
    await first.check();
    wait(HOUR);
    const second = create();
    expect(await second.check()).toMatchObject({ status: { percent: 50, step: 1 } });
    expect(await first.ask(request(1), scopeOf('x'))).toMatchObject({ percent: 50 });
  });
});

describe('a candidate that is worse', () => {
  it('is rolled back, bundle and version, after the verdict is on record; also by a replica', async () => {
    const order: string[] = [];
    const { create, bodies, log } = await setUp({
      candidate: strict,
      rollback: async () => {
        const { records } = await log.query({
          types: [policyCanaryV1.key],
          newestFirst: true,
          limit: 1,
        });
        order.push(`rollback after ${String(records[0]?.body.verdict)}`);
      },
      rollbackVersion: async () => order.push('version'),
    });
    const [one, two] = [create(), create()];
    await one.check();
    await send(one, 0, 600);
    expect(await one.check()).toMatchObject({
      verdict: 'rollback',
      reasonCode: 'block_rate_increase',
      status: { phase: 'rolled_back', percent: 0, pendingAction: 'none' },
    });
    expect(order.sort()).toEqual(['rollback after rollback', 'version']);
    expect(await two.check()).toMatchObject({ verdict: 'rollback' });
    expect(order).toHaveLength(2);
    expect(await two.ask(request(500), scopeOf('x'))).toMatchObject({
      arm: 'baseline',
      percent: 0,
    });
    expect((await bodies()).at(-1)).toMatchObject({ phase: 'acted', action: 'rollback' });
  });

  it('is rolled back by reviews, and by errors for five minutes', async () => {
    const { create, wait } = await setUp();
    const reviewed = create({ id: 'reviews' });
    await reviewed.check();
    for (let at = 0; at < 60; at += 1) {
      const arm = at % 2 === 0 ? 'candidate' : 'baseline';
      const unit = { ...context, traceId: `r-${at}` };
      reviewed.observeReview({ arm, context: unit, overturned: arm === 'candidate' });
    }
    expect(await reviewed.check()).toMatchObject({ reasonCode: 'overturn_rate_increase' });

    const slow = create({ id: 'errors' });
    await slow.check();
    for (let minute = 0; minute < 5; minute += 1) {
      slow.observeCall({ arm: 'candidate', latencyMs: 10, error: true });
      slow.observeCall({ arm: 'baseline', latencyMs: 10, error: true });
      slow.observeCall({
        arm: 'candidate',
        latencyMs: Number.NaN,
        error: false,
        timeMs: START * 2,
      });
      expect(await slow.check()).toMatchObject({ verdict: 'continue' });
      wait(60_000);
    }
    expect(await slow.check()).toMatchObject({ verdict: 'rollback', reasonCode: 'error_rate' });
  });

  it('is rolled back again by the next look when that failed', async () => {
    let works = false;
    const { create } = await setUp({
      candidate: strict,
      rollback: async () => {
        if (!works) throw new Error('no');
      },
    });
    const canary = create();
    await canary.check();
    await send(canary, 0, 600);
    expect(await canary.check()).toMatchObject({
      verdict: 'hold',
      reasonCode: 'action_failed',
      status: { percent: 0, pendingAction: 'rollback' },
    });
    works = true;
    expect(await create().check()).toMatchObject({
      verdict: 'rollback',
      status: { pendingAction: 'none' },
    });
  });
});

describe('a log that does not take records', () => {
  it('never widens, whatever is seen', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('send', 'wait', 'check', 'restart'), { maxLength: 15 }),
        async (steps) => {
          const { create, wait, fail, done } = await setUp();
          let canary = create();
          await canary.check();
          await send(canary, 0, 250);
          await canary.check();
          fail(true);
          for (const step of steps) {
            if (step === 'send') await send(canary, 1000, 50);
            if (step === 'wait') wait(HOUR);
            if (step === 'restart') canary = create();
            if (step === 'check') {
              const { verdict, recorded } = await canary.check();
              expect(['hold', 'continue']).toContain(verdict);
              if (verdict === 'hold') expect(recorded).toBe(false);
            }
            expect((await canary.ask(request(1), scopeOf('x'))).percent).toBe(10);
            expect((await canary.status())?.percent).toBe(10);
          }
          expect(done).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('takes this process back to the baseline at once, and acts once the verdict is on record', async () => {
    const { create, fail, done } = await setUp({ candidate: strict });
    const canary = create();
    await canary.check();
    await send(canary, 0, 600);
    fail(true);
    expect(await canary.check()).toMatchObject({ verdict: 'rollback', recorded: false });
    for (let at = 0; at < 100; at += 1) {
      expect((await canary.ask(request(500), scopeOf(`x-${at}`))).arm).toBe('baseline');
    }
    expect(done).toEqual([]);
    fail(false);
    expect(await canary.check()).toMatchObject({ verdict: 'rollback', recorded: true });
    expect(done.sort()).toEqual(['rollback', 'version']);
  });

  it('does not begin', async () => {
    const { canary, fail } = await setUp();
    fail(true);
    expect(await canary.check()).toMatchObject({
      verdict: 'hold',
      reasonCode: 'evidence_unavailable',
    });
    expect((await canary.ask(request(1), scopeOf('x'))).arm).toBe('baseline');
    expect(await canary.status()).toBeUndefined();
  });
});

it('does not widen while the candidate cannot be activated, and still goes back', async () => {
  let works = false;
  const { create, wait, done } = await setUp({
    activate: async () => {
      if (!works) throw new Error('no');
    },
  });
  const canary = create();
  for (let step = 0; step < 2; step += 1) {
    await canary.check();
    await send(canary, step * 400, 400);
    await canary.check();
    wait(HOUR);
    await canary.check();
  }
  expect(await canary.check()).toMatchObject({
    verdict: 'hold',
    reasonCode: 'action_failed',
    status: { percent: 50, pendingAction: 'activate' },
  });
  works = true;
  expect(await canary.check()).toMatchObject({ status: { percent: 100, pendingAction: 'none' } });
  expect(done).toEqual([]);
});

it('records more units than one record holds', async () => {
  const { canary, bodies, log } = await setUp();
  await canary.check();
  await send(canary, 0, 7000);
  expect(await canary.check()).toMatchObject({ recorded: true });
  const sizes = (await bodies()).map(({ observed }) => (observed?.seen.length ?? 0) / 8);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(7000);
  expect(sizes.filter((size) => size > 0).length).toBeGreaterThan(2);
  const metric = (await readCanary(log, 'c-1'))?.metrics[0];
  expect((metric?.candidate.units ?? 0) + (metric?.baseline.units ?? 0)).toBe(7000);
});

it('goes back once more when its own activation came after the rollback of another replica', async () => {
  const order: string[] = [];
  let other: Canary | undefined;
  const rollback = async () => order.push('rollback');
  const { create, wait } = await setUp({ candidate: bundleOf('4.0', 945), rollback });
  const slow = create({
    activate: async () => {
      // While this runs, the other replica sees enough to go back.
      for (let at = 0; at < 60; at += 1) {
        const arm = at % 2 === 0 ? 'candidate' : 'baseline';
        const unit = { ...context, traceId: `r-${at}` };
        other?.observeReview({ arm, context: unit, overturned: arm === 'candidate' });
      }
      await other?.check();
      order.push('activate');
    },
  });
  other = create({ activate: () => Promise.reject(new Error('not here')) });
  for (let step = 0; step < 2; step += 1) {
    await slow.check();
    await send(slow, step * 400, 400);
    await slow.check();
    wait(HOUR);
    await slow.check();
  }
  expect(await slow.status()).toMatchObject({
    phase: 'rolled_back',
    percent: 0,
    pendingAction: 'none',
  });
  expect(order).toEqual(['rollback', 'activate', 'rollback']);
});

it('refuses terms that are none', async () => {
  const { create } = await setUp();
  for (const wrong of [
    { id: '' },
    { salt: '' },
    { candidate: baseline },
    { unit: 'run' as never },
  ]) {
    expect(() => create(wrong)).toThrow(expect.objectContaining({ code: 'POLICY_CANARY_INVALID' }));
  }
});
