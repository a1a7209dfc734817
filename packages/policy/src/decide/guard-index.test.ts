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

/** The two sides of an and, the other way round. */
const swap = (when: string): string => when.split(' && ').reverse().join(' && ');

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

  it('are told by nothing that time or another type decides', () => {
    const hours = Array.from({ length: 12 }, (_, i) => `time.hour == ${i}`);
    expect(selected(hours, { time: { hour: 1 } })).toHaveLength(12);
    const unequal = Array.from({ length: 12 }, (_, i) => `args.n != ${i}`);
    expect(selected(unequal, { args: { n: 1 } })).toHaveLength(12);
    expect(compileCondition('args.n != 1').evaluate({ request: { args: { n: 1 } } }).value).toBe(
      false,
    );
  });

  it('are all asked where they are few', () => {
    const seven = Array.from({ length: 7 }, (_, i) => `args.a == ${i}`);
    expect(selected(seven, { args: { a: 3 } })).toHaveLength(7);
    expect(selected([...seven, 'args.a == 7'], { args: { a: 3 } })).toEqual(['r3']);
    const one = Array.from({ length: 8 }, (_, i) => `args.a == ${i}`).join(' || ');
    expect(selected([one], { args: { a: 9 } })).toEqual(['r0']);
    // Seven that compare one place are few too, whatever other rules there are.
    const mixed = [...seven, ...Array.from({ length: 8 }, (_, i) => `args.b == ${i}`)];
    const asked = selected(mixed, { args: { a: 3, b: 2 } });
    expect(asked).toEqual([...seven.map((_, i) => `r${i}`), 'r9']);
    const either = seven.map((when, i) => `${when} || args.b == ${i}`);
    const same = Array.from({ length: 8 }, (_, i) => `args.b == ${i}`);
    expect(selected([...either, ...same], { args: { a: 99, b: 99 } })).toHaveLength(7);
    const apart = Array.from({ length: 8 }, (_, i) => `args.p${i} == 1`);
    expect(selected(apart, { args: {} })).toHaveLength(8);
  });

  it('are told by the place that is compared with more constants, the left of two equal ones', () => {
    const twelve = Array.from({ length: 12 }, (_, i) => i);
    const of = (join: (i: number) => string) => twelve.map(join);
    const request = { args: { a: 'x', b: 'y0' } };
    expect(
      selected(
        of((i) => `args.a == "x" && args.b == "y${i}"`),
        request,
      ),
    ).toEqual(['r0']);
    expect(
      selected(
        of((i) => `args.b == "y${i}" && args.a == "x"`),
        request,
      ),
    ).toEqual(['r0']);
    const equal = of((i) => `args.a == "x${i}" && args.b == "y${i}"`);
    expect(selected(equal, { args: { a: 'x3', b: 'y9' } })).toEqual(['r3']);
    const lists = of((i) => `args.a in ["x${i}", "z${i}"] && args.b == "y${i}"`);
    expect(selected(lists, { args: { a: 'z3', b: 'y9' } })).toEqual(['r3']);
    expect(selected(lists.map(swap), { args: { a: 'z3', b: 'y9' } })).toEqual(['r3']);
    const bounds = of((i) => `args.n > ${i} && args.b == "y${i % 2}"`);
    expect(selected(bounds.map(swap), { args: { n: 0.5, b: 'y1' } })).toEqual(['r0']);
    // Of an or the least telling side counts: with it, fewer are left out.
    const open = of((i) => `(args.a == "x${i}" || args.flag) && (args.b == "y${i % 3}")`);
    expect(selected(open, { args: { a: 'no', b: 'y1', flag: false } })).toHaveLength(4);
    const truth = of((i) => `args.flag && args.n > ${i % 2}`);
    expect(selected(truth, { args: { flag: false, n: -1 } })).toEqual([]);
    expect(selected(truth, { args: { flag: false, n: 0.5 } })).toHaveLength(6);
  });

  it('are told by one side of an and where the other tells nothing', () => {
    const told = Array.from({ length: 12 }, (_, i) => `args.a == ${i} && args.b.contains("x")`);
    expect(selected(told, { args: { a: 3 } })).toEqual(['r3']);
    expect(selected(told.map(swap), { args: { a: 3 } })).toEqual(['r3']);
  });

  it('are compared as constants of one type, and texts that are not long', () => {
    const eight = (of: (i: number) => string) => Array.from({ length: 8 }, (_, i) => of(i));
    const numbers = eight((i) => `args.a == ${i}`);
    for (const a of [Number.NaN, Number.POSITIVE_INFINITY, '3', true]) {
      expect(selected(numbers, { args: { a } })).toHaveLength(8);
    }
    expect(selected(numbers, { args: { a: 99 } })).toEqual([]);
    const texts = eight((i) => `args.a == "${i}"`);
    expect(selected(texts, { args: { a: 'x'.repeat(1024) } })).toEqual([]);
    expect(selected(texts, { args: { a: 'x'.repeat(1025) } })).toHaveLength(8);
    expect(selected(texts, { args: { a: null } })).toEqual([]);
    const truths = eight((i) => `args.a == ${i % 2 === 0}`);
    expect(selected(truths, { args: { a: true } })).toEqual(['r0', 'r2', 'r4', 'r6']);
    const twice = eight((i) => `args.a in ["${i}", "${i}"]`);
    expect(selected(twice, { args: { a: '3' } })).toEqual(['r3']);
    // Texts and numbers at one place are two groups, and each is too small.
    const both = [...numbers.slice(0, 4), ...texts.slice(0, 4)];
    expect(selected(both, { args: { a: 3 } })).toHaveLength(8);
    const nulls = eight(() => 'args.a == null');
    expect(selected(nulls, { args: { a: 3 } })).toHaveLength(8);
  });

  it('are told by a comparison however it is written', () => {
    const eight = (of: (i: number) => string) => Array.from({ length: 8 }, (_, i) => of(i));
    for (const [when, n, asked] of [
      [(i: number) => `args.n < ${i}`, 5.5, ['r6', 'r7']],
      [(i: number) => `args.n <= ${i}`, 6, ['r6', 'r7']],
      [(i: number) => `${i} > args.n`, 5.5, ['r6', 'r7']],
      [(i: number) => `${i} <= args.n`, 1, ['r0', 'r1']],
      [(i: number) => `${i} < args.n`, 1.5, ['r0', 'r1']],
      [(i: number) => `${i} == args.n`, 4, ['r4']],
      [(i: number) => `request.args.n == ${i}`, 4, ['r4']],
    ] as const) {
      expect(selected(eight(when), { args: { n } })).toEqual(asked);
    }
    for (const when of [
      (i: number) => `${i} != args.n`,
      (i: number) => `args.n == args.m${i}`,
      (i: number) => `${i} == ${i + 1}`,
      (i: number) => `args.m${i} in args.list`,
      (i: number) => `"x${i}" in args.list`,
      (i: number) => `args.n in [args.m, args.k${i}]`,
      (i: number) => `time.hour > ${i}`,
    ].map(eight)) {
      expect(selected(when, { args: { n: 99, m: 99, list: [] }, time: 0 })).toHaveLength(8);
    }
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
