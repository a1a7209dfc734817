import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { OUTCOMES } from '@spanforge/core-events';
import { gateV1 } from '@spanforge/core-events/records';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CallControl,
  type CallObservation,
  createGovernor,
  createMetrics,
  govern,
  metricsFromLog,
  observeWith,
} from '../index.js';
import { createOtelObserver } from '../otel.js';
import { CONTEXT, constant, createFaultyStore, decision, openLog } from '../testing/fixtures.js';
import { createHistogram, quantile } from './histogram.js';

const CALL: CallObservation = {
  tool: 'tool',
  effect: 'write',
  mode: 'enforce',
  status: 'completed',
  outcome: 'allow',
  reasonCode: 'allowed',
  executed: true,
  evaluated: true,
  decisionMs: 3,
};

describe('the metrics', () => {
  test('have the documented targets, and say nothing before there is anything', () => {
    const nothing = { status: 'not_assessed', count: 0 };
    expect(createMetrics().snapshot()).toEqual({
      enforcementRate: { unit: 'ratio', comparator: 'gt', target: 0.99, ...nothing },
      violationRate: { unit: 'ratio', comparator: 'lt', target: 0.001, ...nothing },
      decisionLatency: { unit: 'ms', comparator: 'lt', target: 50, ...nothing },
      promotionPassRate: { unit: 'ratio', comparator: 'gt', target: 0.95, ...nothing },
    });
  });

  test('meet a target only beyond it', () => {
    const metrics = createMetrics();
    for (let n = 0; n < 99; n += 1) metrics.observe(CALL);
    metrics.recordUngoverned();
    expect(metrics.snapshot().enforcementRate).toMatchObject({ value: 0.99, status: 'not_met' });
    metrics.observe(CALL);
    expect(metrics.snapshot().enforcementRate).toMatchObject({ status: 'met', count: 101 });
    for (let n = 0; n < 20; n += 1) metrics.recordPromotion(n > 0);
    expect(metrics.snapshot().promotionPassRate).toMatchObject({ value: 0.95, status: 'not_met' });
    metrics.recordPromotion(true);
    expect(metrics.snapshot().promotionPassRate.status).toBe('met');
  });

  test('count what was blocked or held as violations, and late decisions as late', () => {
    const metrics = createMetrics();
    for (let n = 0; n < 1000; n += 1) metrics.observe(CALL);
    expect(metrics.snapshot()).toMatchObject({
      violationRate: { value: 0, status: 'met' },
      decisionLatency: { value: 3, status: 'met', count: 1000 },
    });
    for (let n = 0; n < 11; n += 1) {
      metrics.observe({ ...CALL, outcome: n % 2 ? 'block' : 'human_review', decisionMs: 50 });
    }
    expect(metrics.snapshot()).toMatchObject({
      violationRate: { value: 11 / 1011, status: 'not_met' },
      decisionLatency: { value: 50, status: 'not_met' },
    });
  });

  test('tell a quantile never too low', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1 }),
        fc.constantFrom(0.5, 0.9, 0.99, 1),
        (values, share) => {
          const histogram = createHistogram();
          for (const value of values) histogram.add(value);
          const told = quantile(histogram, share) ?? 0;
          const below = values.filter((value) => value <= told).length;
          expect(below / values.length).toBeGreaterThanOrEqual(share);
          expect(told).toBeLessThanOrEqual(Math.max(...values));
        },
      ),
    );
  });
});

async function traffic() {
  const store = createFaultyStore();
  const log = await openLog(store.store);
  const metrics = createMetrics();
  const seen: CallObservation[] = [];
  let now = 1_000_000;
  const governor = createGovernor({
    log,
    clock: () => now,
    scope: async ({ observed = 0 }) => {
      now += observed;
      return decision(observed > 60 ? 'block' : observed > 30 ? 'human_review' : 'allow');
    },
    observe: observeWith(
      () => {
        throw new Error('in the way');
      },
      metrics.observe,
      (observation) => seen.push(observation),
    ),
  });
  const tool = govern(async (n: number) => n, { governor, name: 'tool', observe: (n) => n });
  const stream = govern(
    async function* () {
      yield 1;
    },
    { governor, name: 'stream' },
  );
  return { log, store, metrics, seen, governor, tool, stream };
}

describe('a governor that is observed', () => {
  test('tells of every call how it went, and the log tells the same', async () => {
    const { log, metrics, seen, governor, tool, stream } = await traffic();
    for (const n of [1, 2, 40, 70]) await tool(n, CONTEXT);
    await governor.call('unknown', {}, CONTEXT);
    const result = await stream(undefined, CONTEXT);
    expect(seen).toHaveLength(5);
    if (result.status === 'streaming') for await (const _ of result.value);
    await expect.poll(() => seen.length).toBe(6);
    expect(seen.map(({ status }) => status)).toEqual([
      'completed',
      'completed',
      'held',
      'blocked',
      'blocked',
      'completed',
    ]);
    expect(seen.map(({ decisionMs }) => decisionMs)).toEqual([1, 2, 40, 70, 0, 0]);
    const snapshot = metrics.snapshot();
    expect(snapshot.enforcementRate).toMatchObject({ value: 1, count: 6 });
    expect(snapshot.violationRate).toMatchObject({ value: 0.5 });
    expect(await metricsFromLog(log, { tenant: 'acme' })).toEqual(snapshot);
    expect(
      await metricsFromLog(log, { ungoverned: 6, promotions: { passed: 1, of: 1 } }),
    ).toMatchObject({
      enforcementRate: { value: 0.5, status: 'not_met' },
      promotionPassRate: { value: 1, status: 'met' },
    });
    expect((await metricsFromLog(log, { tenant: 'other' })).violationRate.status).toBe(
      'not_assessed',
    );
  });

  test('counts the promotions that are on record', async () => {
    const log = await openLog();
    const verdict = (gateType: string, came: 'PASS' | 'WARN' | 'FAIL') => ({
      type: gateV1.key,
      context: { ...CONTEXT, source: 'tests@1.0.0' },
      body: gateV1.toWire({
        ...{ kind: 'verdict', gateId: 'it', gateType, verdict: came, blocking: came === 'FAIL' },
        ...{ reason: 'r', reasonCode: 'c', metrics: {} },
      }),
    });
    await log.append([
      verdict('eval_promotion', 'PASS'),
      verdict('eval_promotion', 'FAIL'),
      verdict('eval_promotion', 'WARN'),
      verdict('secrets_scan', 'PASS'),
    ]);
    expect((await metricsFromLog(log)).promotionPassRate).toMatchObject({ value: 1 / 3, count: 3 });
  });

  test('does not call a call governed that nobody was asked about', async () => {
    const log = await openLog();
    const metrics = createMetrics();
    const governor = createGovernor({ log, observe: metrics.observe });
    await govern(() => 1, { governor, name: 'tool' })(undefined, CONTEXT);
    expect(metrics.snapshot().enforcementRate).toMatchObject({ value: 0, status: 'not_met' });
    expect(await metricsFromLog(log)).toEqual(metrics.snapshot());
  });

  test('tells of a call whose ending could not be recorded', async () => {
    const { store, seen, tool } = await traffic();
    store.plan((n) => (n === 1 ? 'fail' : 'none'));
    await tool(1, CONTEXT).catch(() => undefined);
    expect(seen).toMatchObject([{ status: 'unrecorded', executed: true }]);
  });

  test('is heard by OpenTelemetry', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
    const provider = new MeterProvider({ readers: [reader] });
    const observe = createOtelObserver({ meter: provider.getMeter('test') });
    observe(CALL);
    observe({ ...CALL, outcome: 'block', status: 'blocked' });
    createOtelObserver()(CALL);
    await reader.forceFlush();
    const told = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .flatMap(({ metrics }) => metrics);
    await provider.shutdown();
    const points = Object.fromEntries(
      told.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints.length]),
    );
    expect(points).toEqual({
      'spanforge.govern.calls': 2,
      'spanforge.govern.violations': 1,
      'spanforge.govern.decision.duration': 2,
    });
  });
});

test('of one process and of its log are the same numbers', async () => {
  const outcome = fc.constantFrom(...OUTCOMES);
  const control = fc.option(fc.record({ outcome, records: fc.boolean() }), { nil: undefined });
  type Planned = typeof control extends fc.Arbitrary<infer Value> ? Value : never;
  const controlOf = (planned: Exclude<Planned, undefined>): CallControl =>
    planned.records
      ? constant(planned.outcome)
      : async () => decision(planned.outcome, [], planned.outcome === 'allow' ? 'allowed' : 'x');
  const call = fc.record({
    authorize: control,
    preflight: control,
    post: control,
    stream: fc.boolean(),
    throws: fc.boolean(),
    effect: fc.constantFrom('read' as const, 'write' as const),
    mode: fc.constantFrom('enforce' as const, 'shadow' as const),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 4 }), async (calls) => {
      const log = await openLog();
      const metrics = createMetrics();
      for (const [at, planned] of calls.entries()) {
        const { authorize, preflight, post, effect, mode, throws, stream } = planned;
        const governor = createGovernor({
          log,
          mode,
          observe: metrics.observe,
          ...(authorize ? { authorize: controlOf(authorize) } : {}),
          preflight: preflight ? [{ name: 'pre', control: controlOf(preflight) }] : [],
          postflight: post
            ? [{ name: 'post', control: (one, _result, to) => controlOf(post)(one, to) }]
            : [],
        });
        const run = async () => {
          if (throws) throw new Error('broken');
          return stream
            ? (async function* () {
                yield 'part';
              })()
            : 'value';
        };
        const tool = govern(run, { governor, name: 'tool', effect, stream: 'pass_through' });
        const result = await tool(undefined, { ...CONTEXT, callId: `c-${at}` });
        if (result.status === 'streaming') {
          for await (const _part of result.value as AsyncIterable<unknown>);
          await result.ended;
        }
      }
      expect(await metricsFromLog(log)).toEqual(metrics.snapshot());
    }),
    { numRuns: 40 },
  );
});
