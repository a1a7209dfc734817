import { compileCondition, DYN } from '@spanforge/condition';
import { parseBundle } from '@spanforge/policy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBundles } from '../index.js';
import { whereDoubtful } from './doubts.js';

const compiled = (source: string) => compileCondition(source, { facts: DYN });
const shared = (one: string, other: string) =>
  whereDoubtful(compiled(one).expression, compiled(other).expression);

describe('where one condition is indeterminate', () => {
  it.each([
    ['args.a + 1 > args.b', 'args.a + 1 <= args.b', 'unknown'],
    ['args.a == 5', 'args.a > 6', 'unknown'],
    ['args.a > 6', 'args.a == 5', undefined],
    ['args.a == args.b', 'args.a != args.b', 'unknown'],
    ['args.a == args.b', 'args.a > args.b', 'unknown'],
    ['args.a > args.b', 'args.a == args.b', undefined],
    ['args.a + args.b > 1', 'args.a > 1 || args.b > 1', undefined],
    ['args.a > 1', 'args.a + args.b > 1', 'unknown'],
    ['args.a + args.b > 1', 'args.a > args.b', undefined],
    ['instant(args.a) + 5 > time.epoch', 'instant(args.a) <= time.epoch', 'unknown'],
    ['args.a > 1 && args.b > 1', 'args.a > args.b', 'unknown'],
    ['args.a > 1 && args.c > 1', 'args.a > args.b', undefined],
    ['args.l.exists(x, x.n > 1)', 'args.l.exists(x, x.n > 2)', 'not_false'],
    ['!args.l.all(x, x.n > 1)', '!args.l.all(x, x.n > 2)', 'not_false'],
    ['args.l.exists(x, x.n > 1)', 'args.l.all(x, x.n > 2)', 'not_true'],
    ['args.l.exists(x, x.n > 1)', 'args.l.exists(x, x.m > 2)', undefined],
    ['args.l.exists(x, x.n > 1)', 'args.m.exists(x, x.n > 2)', undefined],
  ])('%s: of %s is known %s', (one, other, expected) => {
    expect(shared(one, other)).toBe(expected);
  });

  const parts = ['args.a', 'args.b', 'args.a + args.b', 'instant(args.t)', 'time.epoch', '3'];
  const inner = ['x', 'x + 1', '2', 'args.a'];
  const compare = (sides: readonly string[]) =>
    fc
      .tuple(
        fc.constantFrom(...sides),
        fc.constantFrom('<', '<=', '>=', '==', '!='),
        fc.constantFrom(...sides),
      )
      .map((three) => three.join(' '));
  const body = fc.oneof(
    compare(inner),
    fc
      .tuple(compare(inner), fc.constantFrom('&&', '||'), compare(inner))
      .map((all) => all.join(' ')),
  );
  const condition = fc.oneof(
    compare(parts),
    compare(parts).map((one) => `!(${one})`),
    fc
      .tuple(compare(parts), fc.constantFrom('&&', '||'), compare(parts))
      .map((all) => all.join(' ')),
    fc
      .tuple(fc.constantFrom('exists', 'all'), body)
      .map(([kind, one]) => `args.l.${kind}(x, ${one})`),
  );
  const value = fc.constantFrom<unknown>(undefined, null, 2, 3, 4, 'x', 1e308, true, []);
  const input = fc.record({
    a: value,
    b: value,
    t: fc.constantFrom<unknown>(undefined, '2026-01-01', 'x', 5),
    l: fc.oneof(value, fc.array(value, { maxLength: 3 })),
  });

  it('another is what is said of it, for any values', () => {
    let said = 0;
    const time = {
      epoch: 3,
      year: 1970,
      month: 1,
      day: 1,
      hour: 0,
      minute: 0,
      second: 0,
      weekday: 4,
    };
    fc.assert(
      fc.property(
        condition,
        condition,
        fc.array(input, { minLength: 20, maxLength: 20 }),
        (a, b, inputs) => {
          let pair: ReturnType<typeof compiled>[];
          try {
            pair = [compiled(a), compiled(b)];
          } catch {
            return;
          }
          const [one, other] = pair as [(typeof pair)[0], (typeof pair)[0]];
          const claim = whereDoubtful(one.expression, other.expression);
          if (claim === undefined) return;
          for (const args of inputs) {
            const asked = { args: JSON.parse(JSON.stringify(args)) as object, time } as never;
            if (typeof one.evaluate(asked) === 'boolean') continue;
            const found = other.evaluate(asked);
            said += 1;
            if (claim === 'unknown') expect(typeof found).not.toBe('boolean');
            else expect(found).not.toBe(claim === 'not_true');
          }
        },
      ),
      { numRuns: 4000 },
    );
    expect(said).toBeGreaterThan(500);
  });
});

describe('what a comparison proves by it', () => {
  const bundle = (rules: readonly object[]) =>
    parseBundle({
      ...{ policy_id: 'p', version: '1', environment: 'prod', owner: 'o' },
      effective_at: '2026-01-01T00:00:00Z',
      rules: rules.map((rule, at) => ({
        ...{ rule_id: `r${at}`, service: 'sf_govern', control: 'tool_call' },
        ...rule,
      })),
    });
  const review = (when: string) => ({ when, action: 'human_review' });

  it('a review at the limit is not looser, though doubt is stricter than the review', () => {
    const before = bundle([review('time.epoch - instant(args.at) > 5 && args.cabin != "x"')]);
    const after = bundle([review('time.epoch - instant(args.at) >= 5 && args.cabin != "x"')]);
    expect(compareBundles(before, after).verdict).toBe('never_looser');
    expect(compareBundles(after, before).verdict).toBe('looser');
  });

  it('a review that shares its doubts with a block', () => {
    const used = { when: 'args.l.exists(f, instant(f.d) + 5 <= time.epoch)', action: 'block' };
    const today = 'args.l.exists(f, instant(f.d) <= time.epoch && instant(f.d) + 5 > time.epoch)';
    const before = bundle([used, review(today)]);
    const after = bundle([used, { ...review(today), on_error: 'human_review' }]);
    expect(compareBundles(before, after).verdict).toBe('never_looser');
    const alone = [before, after].map(({ rules }) => rules.length);
    expect(alone).toEqual([2, 2]);
    expect(
      compareBundles(bundle([review(today)]), bundle([{ ...review(today), on_error: 'allow' }]))
        .verdict,
    ).toBe('looser');
  });
});
