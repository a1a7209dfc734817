import type { PolicyRequest } from '@spanforge/core-events';
import { compileBundle, type PolicyBundle } from '@spanforge/policy';
import {
  AXES,
  build,
  requests,
  ruleOn,
  strategy,
} from '@spanforge-tooling/policy-reference/bounded';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeBetween } from './change.js';
import { decisionsOfLog } from './from-log.js';
import { replay } from './replay.js';
import { CONTEXT, openTestLog } from './test-log.js';

/** With SPANFORGE_LONG=1 100,000 decisions are taken and replayed; else 5,000. */
const LONG = process.env.SPANFORGE_LONG === '1';
const PER_BUNDLE = 500;
/** The grid asks about a control of nobody's too. */
const controls = [{ service: 'sf_scope', control: 'tool_call' }];

const axes = fc.uniqueArray(fc.constantFrom(...AXES), { minLength: 1, maxLength: 3 });
const anyCase = axes.chain((some) =>
  fc.record({
    rules: fc.array(ruleOn(some), { minLength: 1, maxLength: 8 }),
    others: fc.array(ruleOn(some), { minLength: 1, maxLength: 8 }),
    strategy,
    grid: fc.constant(requests(some)),
    seed: fc.nat(),
  }),
);

async function takeDecisions(bundle: PolicyBundle, asked: readonly PolicyRequest[]) {
  const { log, policy } = await openTestLog();
  await policy.lifecycle.activate(bundle, { rollback: true });
  const all = asked.map((request) =>
    policy.evaluate({ ...request, env: 'prod' }, { context: CONTEXT }),
  );
  for (const { receipts } of await Promise.all(all)) await receipts;
  return log;
}

describe('replay on the bundle that took the decisions', () => {
  it('gives no difference, and on another bundle those there are', {
    timeout: LONG ? 3_600_000 : 60_000,
  }, async () => {
    let [decisions, differing, milliseconds] = [0, 0, 0];
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ rules, others, strategy: how, grid, seed }) => {
        const head = { effective_at: '2026-01-01T00:00:00Z', strategy: how };
        const [bundle, other] = [build(rules, head), build(others, head)];
        const asked = Array.from(
          { length: PER_BUNDLE },
          (_, at) => grid[(seed + at * 7919) % grid.length] as PolicyRequest,
        );
        const log = await takeDecisions(bundle, asked);
        const source = decisionsOfLog({ reader: log });
        const began = performance.now();
        const same = await replay(source, { candidate: bundle, controls });
        milliseconds += performance.now() - began;
        expect(same.counts).toEqual({
          same: PER_BUNDLE,
          stricter: 0,
          looser: 0,
          not_replayable: 0,
        });
        expect(same.differences).toEqual([]);
        expect(same.before).toEqual(same.after);

        const [was, is] = [compileBundle(bundle), compileBundle(other)];
        const expected = { same: 0, stricter: 0, looser: 0, not_replayable: 0 };
        for (const one of asked) {
          const request = { ...one, env: 'prod' };
          expected[changeBetween(was.decide(request), is.decide(request))] += 1;
        }
        const changed = await replay(source, { candidate: other, controls });
        expect(changed.counts).toEqual(expected);
        decisions += PER_BUNDLE;
        differing += expected.stricter + expected.looser;
        if (LONG && decisions % 10_000 === 0) process.stderr.write(`${decisions} replayed\n`);
      }),
      { numRuns: LONG ? 200 : 10 },
    );
    const rate = Math.round(decisions / (milliseconds / 1000));
    if (LONG) process.stderr.write(`${decisions} decisions, ${rate} a second from the log on\n`);
    expect(decisions).toBeGreaterThanOrEqual(LONG ? 100_000 : 5_000);
    expect(differing).toBeGreaterThan(0);
  });
});
