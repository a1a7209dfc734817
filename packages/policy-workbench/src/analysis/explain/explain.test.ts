import { type PolicyRequest, strictness } from '@spanforge/core-events';
import { compileBundle, parseBundle } from '@spanforge/policy';
import { createRandom, randomBundle, randomRequest } from '@spanforge-tooling/policy-reference';
import { describe, expect, it } from 'vitest';
import { explainDecision } from './explain.js';

const rule = (rule_id: string, action: string, when: string, more: object = {}) => ({
  rule_id,
  service: 'sf_govern',
  control: 'tool_call',
  target: { tools: ['pay'] },
  action,
  when,
  ...more,
});

const bundle = (rules: readonly object[], head: object = {}) =>
  parseBundle({
    policy_id: 'p',
    version: '1',
    environment: 'prod',
    owner: 'o',
    effective_at: '2026-01-01T00:00:00Z',
    rules,
    ...head,
  });

const ask = (args: object, more: object = {}): PolicyRequest => ({
  service: 'sf_govern',
  control: 'tool_call',
  tool: 'pay',
  args,
  time: 0,
  ...more,
});

const texts = (list: readonly { readonly text: string }[]) => list.map(({ text }) => text);

describe('an explanation', () => {
  const limits = bundle([
    rule('review', 'human_review', 'args.amount > 1000'),
    rule('stop', 'block', 'args.amount > 5000 && args.currency == "EUR"'),
    rule('elsewhere', 'block', 'true', { target: { tools: ['other'] } }),
  ]);

  it('says of every rule what held, with the values', () => {
    const { rules, nearMisses } = explainDecision(limits, ask({ amount: 2000, currency: 'EUR' }));
    expect(rules.map(({ ruleId, state, nearMiss }) => [ruleId, state, nearMiss])).toEqual([
      ['review', 'triggered', false],
      ['stop', 'not_triggered', true],
      ['elsewhere', 'not_triggered', true],
    ]);
    expect(nearMisses.map(({ text }) => text)).toEqual([
      'stop does not apply: "args.amount > 5000" is not so (args.amount is 2000).',
      'elsewhere does not apply: "tools: other" is not so (request.tool is "pay").',
    ]);
    expect(rules[1]?.parts[2]).toEqual({
      text: 'args.currency == "EUR"',
      holds: true,
      values: { 'args.currency': 'EUR' },
    });
  });

  it('finds the nearest values that make a difference', () => {
    const { looser, stricter, unknown } = explainDecision(
      limits,
      ask({ amount: 6000, currency: 'EUR' }),
    );
    expect(texts(looser)).toEqual([
      'held for a person if args.amount > 1000 and args.amount <= 5000',
      'held for a person if args.currency is not "EUR"',
    ]);
    expect(looser[0]?.changes).toEqual([{ path: 'args.amount', value: 5000 }]);
    expect(stricter).toEqual([]);
    expect(unknown).toEqual([]);
    const held = explainDecision(limits, ask({ amount: 1500, currency: 'EUR' }));
    expect(texts(held.looser)).toEqual(['allowed if args.amount <= 1000']);
    expect(texts(held.stricter)).toEqual(['blocked if args.amount > 5000']);
  });

  it('tells what is missing, and what would do', () => {
    const { rules, looser } = explainDecision(limits, ask({ currency: 'USD' }));
    expect(texts(rules)[0]).toBe('review cannot be decided: "args.amount > 1000" cannot be told.');
    expect(texts(looser)).toEqual(['allowed if args.amount <= 1000']);
  });

  it('changes lists, flags, thresholds and what is only there or not', () => {
    const mixed = bundle([
      rule('label', 'block', '"secret" in labels'),
      rule('flag', 'block', 'args.force'),
      rule('there', 'human_review', 'has(args.note)'),
      rule('low', 'human_review', 'true', { threshold: 0.5 }),
    ]);
    const given = (more: object) =>
      explainDecision(mixed, ask({ force: false }, { labels: [], observed: 0.9, ...more }));
    expect(texts(given({ labels: ['secret'] }).looser)).toEqual([
      'allowed if labels does not hold "secret"',
    ]);
    expect(texts(given({ args: { force: true } }).looser)).toEqual([
      'allowed if args.force is false',
    ]);
    expect(texts(given({ args: { force: false, note: 'x' } }).looser)).toEqual([
      'allowed if args.note is left out',
    ]);
    expect(texts(given({ observed: 0.1 }).looser)).toEqual(['allowed if observed >= 0.5']);
    expect(texts(given({}).stricter)).toContain('blocked if labels holds "secret"');
  });

  it('takes two changes where one does not do', () => {
    const both = bundle([rule('a', 'block', 'args.n > 10'), rule('b', 'block', 'args.m > 10')]);
    const { looser } = explainDecision(both, ask({ n: 50, m: 50 }));
    expect(texts(looser)).toEqual(['allowed if args.n <= 10 and args.m <= 10']);
  });

  it('says nothing about what cannot be analysed', () => {
    const open = bundle([rule('r', 'block', 'args.n > args.m')]);
    const { looser, unknown } = explainDecision(open, ask({ n: 5, m: 1 }));
    expect([looser, unknown]).toEqual([[], ['args.m', 'args.n']]);
  });

  it('knows shadows, and rules that were not asked', () => {
    const first = bundle(
      [
        rule('one', 'block', 'true', { stage: { mode: 'shadow', until: '2026-01-01T00:00:00Z' } }),
        rule('two', 'allow', 'args.n == 1'),
        rule('three', 'block', 'true'),
      ],
      { strategy: 'first_match' },
    );
    const { rules } = explainDecision(compileBundle(first), ask({ n: 1 }));
    expect(rules.map(({ state }) => state)).toEqual(['shadow', 'triggered', 'not_asked']);
  });

  it('agrees with the decider on random bundles', { timeout: 60_000 }, () => {
    const random = createRandom(7);
    let counted = 0;
    for (let made = 0; made < 1000; made += 1) {
      const decider = compileBundle(parseBundle(randomBundle(random)));
      const request = randomRequest(random);
      if (typeof request.control !== 'string') continue;
      const { verdict, rules, looser, stricter } = explainDecision(decider, request);
      expect(verdict).toEqual(decider.decide(request));
      for (const { ruleId, state, parts } of rules) {
        const holds = parts.map((part) => part.holds);
        const said = holds.includes(false) ? 'no' : holds.includes('unknown') ? 'open' : 'yes';
        if (state === 'not_asked') continue;
        const finding = verdict.rules.find((found) => found.ruleId === ruleId);
        expect(finding === undefined, ruleId).toBe(said === 'no');
        if (state === 'triggered') expect(said).toBe('yes');
        if (state === 'indeterminate') expect(said).toBe('open');
      }
      for (const one of [...looser, ...stricter]) {
        counted += 1;
        expect(decider.decide(one.request).outcome).toBe(one.outcome);
      }
      const level = strictness(verdict.outcome);
      for (const { outcome } of looser) expect(strictness(outcome)).toBeLessThan(level);
      for (const { outcome } of stricter) expect(strictness(outcome)).toBeGreaterThan(level);
    }
    expect(counted).toBeGreaterThan(100);
  });
});
