import { compileCondition } from '@spanforge/condition';
import type { PolicyRequest } from '@spanforge/core-events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBundle } from '../bundle/parse.js';
import { compileRule } from './compiled-rule.js';
import { createGuardIndex } from './guard-index.js';

const compile = (whens: readonly (string | undefined)[]) =>
  parseBundle({
    policy_id: 'p',
    version: '1',
    environment: 'prod',
    owner: 'o',
    effective_at: '2026-01-01T00:00:00Z',
    rules: whens.map((when, index) => ({
      rule_id: `r${index}`,
      service: 'sf_govern',
      control: 'tool_call',
      action: 'block',
      ...(when === undefined ? {} : { when }),
    })),
  }).rules.map(compileRule);

function loads(when: string): boolean {
  try {
    return compileCondition(when).source === when;
  } catch {
    return false;
  }
}

const selected = (whens: readonly (string | undefined)[], request: object): readonly string[] =>
  createGuardIndex(compile(whens))(request as PolicyRequest).map(({ rule }) => rule.ruleId);

const customers = Array.from({ length: 12 }, (_, i) => `args.customer == "c${i}" && args.n > 5`);
const limits = Array.from({ length: 12 }, (_, i) => `args.n > ${i} && args.currency == "EUR"`);

describe('rules that compare one place', () => {
  it('are found by what stands there', () => {
    expect(selected(customers, { args: { customer: 'c7', n: 9 } })).toEqual(['r7']);
    expect(selected(customers, { args: { customer: 'zz' } })).toEqual([]);
    expect(selected(customers, { args: { customer: null } })).toEqual([]);
    expect(selected(limits, { args: { n: 1.5 } })).toEqual(['r0', 'r1']);
    expect(selected(limits, { args: { n: -1 } })).toEqual([]);
    const inclusive = Array.from({ length: 12 }, (_, i) => `args.n >= ${i}`);
    expect(selected(inclusive, { args: { n: 1 } })).toEqual(['r0', 'r1']);
    const below = Array.from({ length: 12 }, (_, i) => `${i} >= args.n`);
    expect(selected(below, { args: { n: 11 } })).toEqual(['r11']);
  });

  it('are all asked where it cannot be compared', () => {
    for (const args of [undefined, null, {}, { customer: 5 }, { customer: ['c7'] }, []]) {
      expect(selected(customers, { args })).toHaveLength(12);
    }
    for (const n of [undefined, null, '1', Number.NaN, {}]) {
      expect(selected(limits, { args: { n } })).toHaveLength(12);
    }
    const trap = Object.defineProperty({}, 'args', {
      get: () => {
        throw new Error('no');
      },
    });
    expect(selected(customers, trap)).toHaveLength(12);
  });

  it('keep their order, with those that compare nothing', () => {
    const mixed = [undefined, ...customers, 'args.x || args.y', ...limits];
    expect(selected(mixed, { args: { customer: 'c3', n: 0.5 } })).toEqual([
      'r0',
      'r4',
      'r13',
      'r14',
    ]);
  });

  it('are found by either side of an or, once', () => {
    const either = Array.from(
      { length: 12 },
      (_, i) => `args.customer == "c${i}" || (args.account == "a${i}" && args.n > 5)`,
    );
    expect(selected(either, { args: { customer: 'c3', account: 'a7' } })).toEqual(['r3', 'r7']);
    expect(selected(either, { args: { customer: 'c3', account: 'a3' } })).toEqual(['r3']);
    expect(selected(either, { args: { customer: 'x', account: 'y' } })).toEqual([]);
    expect(selected(either, { args: { customer: 'x' } })).toHaveLength(12);
    const flagged = Array.from({ length: 12 }, (_, i) => `args.n > ${i} || args.flag`);
    expect(selected(flagged, { args: { n: 0.5, flag: false } })).toEqual(['r0']);
    for (const flag of [true, null, undefined, 'x']) {
      expect(selected(flagged, { args: { n: 0.5, flag } })).toHaveLength(12);
    }
    const open = either.map((when) => `${when} || args.note.contains("x")`);
    expect(selected(open, { args: { customer: 'c3', account: 'a7' } })).toHaveLength(12);
  });

  it('are asked as few of ten thousand as of ten, with an or too', () => {
    const many = Array.from(
      { length: 10_000 },
      (_, i) =>
        `args.customer == "c${i}" || args.account in ["a${i}", "b${i}"] || args.n > ${i + 10}`,
    );
    const asked = { args: { customer: 'c7000', account: 'b3', n: 12.5 } };
    expect(selected(many, asked)).toEqual(['r0', 'r1', 'r2', 'r3', 'r7000']);
  });

  it('are told by nothing that time or another type decides', () => {
    const hours = Array.from({ length: 12 }, (_, i) => `time.hour == ${i}`);
    expect(selected(hours, { time: { hour: 1 } })).toHaveLength(12);
    const unequal = Array.from({ length: 12 }, (_, i) => `args.n != ${i}`);
    expect(selected(unequal, { args: { n: 1 } })).toHaveLength(12);
    expect(compileCondition('args.n != 1').evaluate({ request: { args: { n: 1 } } }).value).toBe(
      false,
    );
  });

  it('leave out only rules whose condition is false', () => {
    const value = fc.constantFrom<unknown>(0, 1, 2, 'a', 'b', true, false, null, undefined, [], {});
    const place = fc.constantFrom('args.a', 'args.b');
    const constant = fc.constantFrom('0', '1', '2', '"a"', 'true', 'null');
    const part = fc.oneof(
      fc.tuple(place, fc.constantFrom('==', '!='), constant).map((words) => words.join(' ')),
      fc
        .tuple(place, fc.constantFrom('<', '>='), fc.constantFrom('0', '1'))
        .map((w) => w.join(' ')),
      fc.tuple(place, constant).map(([at, one]) => `${at} in [${one}, ${one}]`),
      place,
      place.map((at) => `!(${at} == 1)`),
    );
    const { when } = fc.letrec<{ when: string }>((tie) => ({
      when: fc.oneof(
        { maxDepth: 3 },
        part,
        fc
          .tuple(tie('when'), fc.constantFrom('&&', '||'), tie('when'))
          .map(([one, join, other]) => `(${one} ${join} ${other})`),
      ),
    }));
    const written = fc.array(when, { minLength: 40, maxLength: 60 });
    const args = fc.record({ a: value, b: value });
    let left = 0;
    fc.assert(
      fc.property(written, fc.array(fc.record({ args }), { minLength: 9 }), (whens, all) => {
        const rules = compile(whens.filter(loads));
        const select = createGuardIndex(rules);
        for (const request of all) {
          const asked = new Set(select(request as PolicyRequest));
          for (const rule of rules) {
            if (asked.has(rule)) continue;
            left += 1;
            expect(rule.rule.when?.evaluate({ request } as never).value).toBe(false);
          }
        }
      }),
      { numRuns: 150 },
    );
    expect(left).toBeGreaterThan(1000);
  });
});
