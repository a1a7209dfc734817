import type { PolicyRequest } from '@spanforge/core-events';
import { compileBundle } from '@spanforge/policy';
import {
  AXES,
  type Axis,
  action,
  build,
  looser,
  maybe,
  requests,
  ruleOn,
  strategy,
} from '@spanforge-tooling/policy-reference/bounded';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBundles } from '../index.js';

const example = fc
  .uniqueArray(fc.nat(AXES.length - 1), { minLength: 1, maxLength: 2 })
  .chain((indexes) => {
    const axes = indexes.map((index) => AXES[index] as Axis);
    const rules = fc.array(ruleOn(axes), { minLength: 0, maxLength: 3 });
    const head = fc.record({ strategy, default: maybe(action) });
    return fc.record({
      axes: fc.constant(axes),
      shared: rules,
      one: fc.record({ rules, head }),
      other: fc.record({ rules, head }),
      sameHead: fc.boolean(),
    });
  });

const LONG = process.env.SPANFORGE_LONG === '1';

describe('a comparison', () => {
  it('equals brute force', { timeout: LONG ? 3_600_000 : 300_000 }, () => {
    const seen = { never_looser: 0, looser: 0, unknown: 0 };
    let stricter = 0;
    fc.assert(
      fc.property(example, ({ axes, shared, one, other, sameHead }) => {
        const baseline = build([...shared, ...one.rules], one.head);
        const candidate = build([...shared, ...other.rules], sameHead ? one.head : other.head);
        const result = compareBundles(baseline, candidate);
        const before = compileBundle(baseline);
        const after = compileBundle(candidate);
        const asked = requests(axes);
        const pairs = asked.map(
          (request) => [before.decide(request), after.decide(request)] as const,
        );
        const expected = pairs.some(([a, b]) => looser(b, a)) ? 'looser' : 'never_looser';
        expect(result.verdict).toBe(expected);
        expect(result.unknownOn).toEqual([]);
        expect(result.stricterOn.length > 0).toBe(pairs.some(([a, b]) => looser(a, b)));
        for (const { witness, baselineVerdict, candidateVerdict } of result.looserOn) {
          expect(before.decide(witness)).toEqual(baselineVerdict);
          expect(after.decide(witness)).toEqual(candidateVerdict);
          expect(looser(candidateVerdict, baselineVerdict)).toBe(true);
        }
        for (const { witness } of result.stricterOn) {
          expect(looser(before.decide(witness), after.decide(witness))).toBe(true);
        }
        seen[result.verdict] += 1;
        stricter += result.stricterOn.length > 0 ? 1 : 0;
        const done = seen.never_looser + seen.looser;
        if (LONG && done % 5000 === 0) process.stderr.write(`${done} compared\n`);
      }),
      { numRuns: LONG ? 100_000 : 5000 },
    );
    expect(Math.min(seen.never_looser, seen.looser, stricter)).toBeGreaterThan(500);
  });

  it('never calls a bundle looser for one more block, or for a stricter action', () => {
    const grown = example.chain(({ axes, shared }) =>
      fc.record({ shared: fc.constant(shared), extra: ruleOn(axes), index: fc.nat() }),
    );
    fc.assert(
      fc.property(grown, maybe(action), ({ shared, extra, index }, fallback) => {
        const head = { default: fallback };
        const block = { ...extra, action: 'block', redact: undefined };
        const before = build([...shared, extra], head);
        expect(compareBundles(before, build([...shared, extra, block], head)).verdict).toBe(
          'never_looser',
        );
        const changed = index % (shared.length + 1);
        const stricter = [...shared, extra].map((rule, i) =>
          i === changed ? { ...rule, action: 'block', redact: undefined } : rule,
        );
        expect(compareBundles(before, build(stricter, head)).verdict).toBe('never_looser');
      }),
      { numRuns: 500 },
    );
  });

  it('keeps its word at any instant, in any zone', { timeout: LONG ? 3_600_000 : 300_000 }, () => {
    const START = Date.parse('2026-03-01T00:00:00Z');
    const part = fc.oneof(
      fc.tuple(
        fc.constantFrom('hour', 'weekday', 'day', 'minute'),
        fc.integer({ min: 0, max: 24 }),
      ),
      fc.tuple(fc.constantFrom('month'), fc.integer({ min: 2, max: 6 })),
    );
    const test = fc
      .tuple(part, fc.constantFrom('<', '>=', '==', '!='))
      .map(([[field, value], operator]) => `time.${field} ${operator} ${value}`);
    const rule = fc
      .tuple(test, test, fc.constantFrom('&&', '||'), action, fc.boolean())
      .map(([one, other, join, does, staged]) => ({
        service: 'sf_govern',
        control: 'tool_call',
        action: does,
        when: `${one} ${join} ${other}`,
        ...(staged ? { stage: { mode: 'shadow', until: '2026-04-01T00:00:00Z' } } : {}),
      }));
    const side = fc.record({
      rules: fc.array(rule, { minLength: 1, maxLength: 2 }),
      zone: fc.constantFrom('UTC', 'Europe/Berlin', '+05:30'),
    });
    const instants = fc.array(fc.nat(120 * 86_400), { minLength: 200, maxLength: 200 });
    const seen = { never_looser: 0, looser: 0, unknown: 0 };
    fc.assert(
      fc.property(side, side, instants, (one, other, seconds) => {
        const [baseline, candidate] = [one, other].map(({ rules, zone }) => build(rules, { zone }));
        const { verdict, witness } = compareBundles(baseline!, candidate!);
        seen[verdict] += 1;
        const [before, after] = [compileBundle(baseline!), compileBundle(candidate!)];
        const at = (request: PolicyRequest) =>
          looser(after.decide(request), before.decide(request));
        if (witness !== undefined) expect(at(witness)).toBe(true);
        if (verdict !== 'never_looser') return;
        for (const second of seconds) {
          const time = START + second * 1000;
          expect(at({ service: 'sf_govern', control: 'tool_call', time })).toBe(false);
        }
      }),
      { numRuns: LONG ? 1000 : 150 },
    );
    expect(Math.min(seen.looser, seen.never_looser)).toBeGreaterThan(5);
  });
});
