import { OUTCOMES, type PolicyRequest, strictest } from '@spanforge/core-events';
import { describe, expect, it } from 'vitest';
import { parseBundle } from '../bundle/parse.js';
import { blocked, compileBundle } from './decider.js';

const head = {
  policy_id: 'p',
  version: '1',
  environment: 'prod',
  owner: 'o',
  effective_at: '2026-01-01T00:00:00Z',
};
const NOON = Date.parse('2026-06-01T12:00:00Z');
const request = (part: object = {}): PolicyRequest =>
  ({ service: 'sf_govern', control: 'tool_call', time: NOON, ...part }) as PolicyRequest;
const rule = (part: object) => ({
  rule_id: 'r',
  service: 'sf_govern',
  control: 'tool_call',
  action: 'block',
  ...part,
});
const decider = (rules: readonly object[], part: object = {}) =>
  compileBundle(parseBundle({ ...head, rules: rules.map(rule), ...part }));
const decide = (rules: readonly object[], asked: object = {}, part: object = {}) =>
  decider(rules, part).decide(request(asked));

const CARD = { kind: 'redact', target: 'args', path: 'card' };

describe('a finding', () => {
  it('says in words why its rule is indeterminate', () => {
    const unsure = (part: object, asked: object = {}) => {
      const { reason, reasonCode, outcome, rules } = decide([part], asked);
      expect({ reasonCode, outcome }).toEqual({
        reasonCode: 'rule_indeterminate',
        outcome: 'block',
      });
      expect(rules[0]).toMatchObject({ ruleId: 'r', action: 'block', finding: 'indeterminate' });
      expect(rules[0]?.reason).toBe(reason);
      return reason;
    };
    const counts = 'Rule r counts as block: ';
    expect(unsure({ target: { agents: ['a'] } })).toBe(
      `${counts}the request does not say who or where.`,
    );
    expect(unsure({ threshold: 1 })).toBe(`${counts}there is no observed value.`);
    for (const observed of ['1', null, Number.NaN, Number.NEGATIVE_INFINITY]) {
      expect(unsure({ threshold: 1 }, { observed })).toBe(
        `${counts}the observed value is not a finite number.`,
      );
    }
    expect(unsure({ when: 'args.x > 1' }, { args: {} })).toBe(
      `${counts}its condition cannot be decided (missing_value at args.x).`,
    );
    const cost = `${'args.a.size() + '.repeat(30)}1 > 5`;
    expect(unsure({ when: cost }, { args: { a: 5 } })).toContain('(type_error at args.a)');
  });

  it('names the first part that is not known: target, threshold, condition', () => {
    const part = { target: { agents: ['a'] }, threshold: 1, when: 'args.x > 1' };
    const reason = (asked: object) => decide([part], asked).reason;
    expect(reason({})).toContain('who or where');
    expect(reason({ agent: { id: 'a' } })).toContain('no observed value');
    expect(reason({ agent: { id: 'a' }, observed: 0 })).toContain('missing_value');
    expect(reason({ agent: { id: 'a' }, observed: 0, args: { x: 2 } })).toBe('Rule r applies.');
    for (const silent of [{ agent: { id: 'b' } }, { observed: 2 }, { args: { x: 0 } }]) {
      expect(decide([part], silent)).toMatchObject({ rules: [], matched: false });
    }
  });

  it('is of an observed value within the range of its control, the ends included', () => {
    const grounding = { service: 'sf_rag', control: 'grounding_threshold', threshold: 0.5 };
    const found = (observed: number) =>
      decide([grounding], { ...grounding, observed }).rules[0]?.finding;
    expect(found(0)).toBe('triggered');
    expect(found(1)).toBeUndefined();
    expect(decide([grounding], { ...grounding, observed: -0.1 }).reason).toBe(
      'Rule r counts as block: the observed value is not within 0 to 1.',
    );
    expect(found(1.1)).toBe('indeterminate');
  });

  it('takes any finite number where its control has no range', () => {
    for (const observed of [-Number.MAX_VALUE, Number.MAX_VALUE]) {
      const [finding] = decide([{ threshold: 0 }], { observed }).rules;
      expect(finding?.finding).toBe(observed < 0 ? 'triggered' : undefined);
    }
  });

  it('holds its rationale, what it compared, and nothing that was not there', () => {
    expect(decide([{ rationale: 'Because.' }]).rules).toStrictEqual([
      { ruleId: 'r', action: 'block', finding: 'triggered', reason: 'Because.' },
    ]);
    const compared = { comparator: 'lt', threshold: 5 };
    expect(decide([{ threshold: 5 }], { observed: 4 }).rules[0]).toEqual({
      ...{ ruleId: 'r', action: 'block', finding: 'triggered', reason: 'Rule r applies.' },
      ...{ ...compared, observed: 4 },
    });
    expect(decide([{ threshold: 5 }], { observed: 'x' }).rules[0]).toEqual({
      ...{ ruleId: 'r', action: 'block', finding: 'indeterminate', ...compared },
      reason: 'Rule r counts as block: the observed value is not a finite number.',
    });
    expect(decide([{ when: 'args.x > 1 || args.y' }], { args: { x: 2 } }).rules[0]?.values).toEqual(
      { 'args.x': 2 },
    );
  });

  it('counts as the stricter of action and on_error where it is indeterminate', () => {
    for (const action of OUTCOMES) {
      for (const on_error of OUTCOMES) {
        const part = { action, on_error, when: 'args.x > 1' };
        expect(decide([part]).rules[0]?.action).toBe(strictest(action, on_error));
        expect(decide([part], { args: { x: 2 } }).rules[0]?.action).toBe(action);
      }
    }
  });

  it('is reported without values where the input cannot be read', () => {
    const trap = Object.defineProperty({}, 'x', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    const { outcome, rules } = decide([{ when: 'args.x > 1' }], { args: trap });
    expect(outcome).toBe('block');
    expect(rules).toEqual([
      {
        ...{ ruleId: 'r', action: 'block', finding: 'indeterminate' },
        reason: 'Rule r counts as block: its condition cannot be decided (unreadable).',
      },
    ]);
  });

  it('counts from the instant on at which the shadow ends', () => {
    const until = '2026-07-01T00:00:00Z';
    const shadowed = [{ stage: { mode: 'shadow', until }, redact: [{ path: 'args.card' }] }];
    const at = (time: number) => decide(shadowed, { time });
    expect(at(Date.parse(until) - 1)).toMatchObject({
      ...{ outcome: 'allow', obligations: [], matched: false, reasonCode: 'no_matching_rule' },
      rules: [{ finding: 'shadow', action: 'block', reason: 'Rule r applies.' }],
    });
    expect(at(Date.parse(until))).toMatchObject({
      ...{ outcome: 'block', obligations: [CARD], matched: true },
      rules: [{ finding: 'triggered' }],
    });
  });

  it('of a rule in shadow does not end a first match', () => {
    const until = '2026-07-01T00:00:00Z';
    const rules = [
      { rule_id: 'tried', action: 'block', stage: { mode: 'shadow', until } },
      { rule_id: 'held', action: 'human_review' },
      { rule_id: 'later', action: 'block' },
    ];
    const verdict = decide(rules, {}, { strategy: 'first_match' });
    expect(verdict.outcome).toBe('human_review');
    expect(verdict.rules.map(({ ruleId }) => ruleId)).toEqual(['tried', 'held']);
  });
});

describe('a verdict', () => {
  it('without a rule is left to the service, or to the default', () => {
    const other = [{ target: { tools: ['pay'] } }];
    expect(decide(other, { tool: 'look' })).toMatchObject({
      ...{ outcome: 'allow', obligations: [], matched: false, rules: [] },
      ...{ reason: 'No rule applies; the service decides by itself.' },
      reasonCode: 'no_matching_rule',
    });
    for (const outcome of OUTCOMES) {
      expect(decide(other, { tool: 'look' }, { default: outcome })).toMatchObject({
        ...{ outcome, matched: true, rules: [], reasonCode: 'default' },
        obligations: outcome === 'redact' ? [{ kind: 'redact', target: 'args', path: '' }] : [],
        reason: 'No rule applies; the default of the bundle does.',
      });
    }
  });

  it('has the strictest outcome with the reason of its first rule, and every obligation', () => {
    const named = (rule_id: string, action: string, more: object = {}) => ({
      ...{ rule_id, action, rationale: `From ${rule_id}.` },
      ...more,
    });
    const rules = [
      named('e', 'allow'),
      named('d', 'block', { redact: [{ path: 'args.d' }] }),
      named('c', 'block', { redact: [{ path: 'args.c' }] }),
      named('b', 'redact', { redact: [{ path: 'args.b' }] }),
      named('a', 'human_review'),
    ];
    const paths = (verdict: ReturnType<typeof decide>) =>
      verdict.obligations.map((one) => 'path' in one && one.path);
    for (const order of [rules, [...rules].reverse()]) {
      const strict = decide(order);
      expect(strict).toMatchObject({ outcome: 'block', reason: 'From c.', matched: true });
      expect(strict.reasonCode).toBe('rule_triggered');
      expect(strict.rules.map(({ ruleId }) => ruleId)).toEqual(['a', 'b', 'c', 'd', 'e']);
      expect([...paths(strict)].sort()).toEqual(['b', 'c', 'd']);
    }
    const first = decide(rules, {}, { strategy: 'first_match' });
    expect(first).toMatchObject({ outcome: 'allow', reason: 'From e.', obligations: [] });
    expect(first.rules.map(({ ruleId }) => ruleId)).toEqual(['e']);
  });

  it('with one indeterminate rule has the code of the rule that wins', () => {
    const unsure = { rule_id: 'a', action: 'allow', on_error: 'redact', when: 'args.x > 1' };
    expect(decide([unsure, { rule_id: 'b' }])).toMatchObject({
      outcome: 'block',
      reasonCode: 'rule_triggered',
    });
    expect(decide([unsure, { rule_id: 'b', action: 'allow' }])).toMatchObject({
      ...{ outcome: 'redact', reasonCode: 'rule_indeterminate' },
      obligations: [{ kind: 'redact', target: 'args', path: '' }],
    });
  });

  it('of an allow that is indeterminate is joined with the default, or the service', () => {
    for (const on_error of ['allow', 'allow+log']) {
      const unsure = [{ action: 'allow', on_error, when: 'args.x > 1' }];
      for (const strategy of ['strictest', 'first_match']) {
        expect(decide(unsure, {}, { strategy })).toMatchObject({
          ...{ outcome: on_error, matched: true, obligations: [] },
          reasonCode: 'rule_indeterminate',
        });
        expect(decide(unsure, {}, { strategy, default: 'redact' })).toMatchObject({
          ...{ outcome: 'redact', reasonCode: 'default' },
          obligations: [{ kind: 'redact', target: 'args', path: '' }],
        });
      }
    }
  });

  it('of an allow that is indeterminate changes nothing beside one that is certain', () => {
    const unsure = { rule_id: 'a', action: 'allow', on_error: 'allow', when: 'args.x > 1' };
    const certain = { rule_id: 'b', action: 'allow+log' };
    expect(decide([unsure, certain], {}, { default: 'block' })).toMatchObject({
      ...{ outcome: 'allow+log', reasonCode: 'rule_triggered' },
    });
  });

  it('of an indeterminate rule that objects ends a first match', () => {
    const objecting = { rule_id: 'a', action: 'allow', on_error: 'redact', when: 'args.x > 1' };
    const verdict = decide([objecting, { rule_id: 'b' }], {}, { strategy: 'first_match' });
    expect(verdict.outcome).toBe('redact');
    expect(verdict.rules).toHaveLength(1);
    const lenient = { ...objecting, on_error: 'allow+log' };
    const both = decide([lenient, { rule_id: 'b' }], {}, { strategy: 'first_match' });
    expect(both.outcome).toBe('block');
    expect(both.rules).toHaveLength(2);
  });

  it('keeps the obligations of an indeterminate rule, and the whole value where it has none', () => {
    const unsure = { action: 'redact', on_error: 'redact', when: 'args.x > 1' };
    const masked = [{ path: 'args.card' }];
    expect(decide([{ ...unsure, redact: masked }]).obligations).toEqual([CARD]);
    const bare = { action: 'human_review', on_error: 'human_review', when: 'args.x > 1' };
    expect(decide([bare]).obligations).toEqual([]);
    expect(decide([{ ...bare, redact: masked }]).obligations).toEqual([CARD]);
  });

  it('names the bundle that decided, also where it could not', () => {
    const any = decider([{ when: 'args.x > 1' }]);
    const policy = { id: 'p', version: '1', digest: any.bundle.digest };
    expect(any.decide(request()).policy).toEqual(policy);
    expect(Object.isFrozen(any.decide(request()).policy)).toBe(true);
    const unreadable = {
      ...{ outcome: 'block', obligations: [], matched: false, rules: [], policy },
      ...{ reason: 'The policy could not be evaluated.', reasonCode: 'policy_error' },
    };
    const wrong = [{ service: 5 }, { control: undefined }, { service: undefined }, { control: {} }];
    for (const asked of wrong) expect(any.decide(request(asked))).toEqual(unreadable);
    expect(blocked('code', 'Why.')).toEqual({
      ...{ outcome: 'block', obligations: [], matched: false, rules: [] },
      ...{ reason: 'Why.', reasonCode: 'code' },
    });
  });
});

describe('what a condition sees', () => {
  it.each([
    ['actor.id == "a"', { actor: { id: 'a' } }],
    ['agent.id == "b"', { agent: { id: 'b' } }],
    ['env == "prod"', { env: 'prod' }],
    ['"pii" in labels', { labels: ['pii'] }],
    ['observed == 5', { observed: 5 }],
    ['context.x == 1', { context: { x: 1 } }],
    ['request.tool == "pay"', { tool: 'pay' }],
    ['request.resource == "crm"', { resource: 'crm' }],
    ['request.action == "write"', { action: 'write' }],
    ['args.x == 1', { args: { x: 1 } }],
    ['time.hour == 12 && time.year == 2026', {}],
  ])('%s', (when, asked) => {
    expect(decide([{ when }], asked).rules[0]?.finding).toBe('triggered');
  });

  it('is the time only where some rule reads it, in the zone of the bundle', () => {
    const berlin = { zone: 'Europe/Berlin' };
    const rules = [
      { rule_id: 'a', when: 'time.hour == 14' },
      { rule_id: 'b', when: 'args.x == 1' },
    ];
    const verdict = decide(rules, { args: { x: 1 } }, berlin);
    expect(verdict.rules).toMatchObject([
      { ruleId: 'a', finding: 'triggered', values: { 'time.hour': 14 } },
      { ruleId: 'b', finding: 'triggered' },
    ]);
    const both = [{ when: 'args.x == 1 && time.hour == 14' }];
    expect(decide(both, { args: { x: 1 } }, berlin).rules[0]?.finding).toBe('triggered');
    expect(decide(rules, { args: { x: 0 }, time: Number.NaN }, berlin)).toMatchObject({
      outcome: 'block',
      rules: [{ ruleId: 'a', finding: 'indeterminate' }],
    });
  });
});

describe('whether a bundle has a say', () => {
  it('is so where a rule that is enabled, or a default, is about the control', () => {
    const some = decider([
      { rule_id: 'a' },
      { rule_id: 'b', service: 'sf_rag', control: 'grounding_threshold', enabled: false },
    ]);
    expect(some.hasSay('sf_govern', 'tool_call')).toBe(true);
    expect(some.hasSay('sf_govern', 'tool_result')).toBe(false);
    expect(some.hasSay('sf_rag', 'grounding_threshold')).toBe(false);
    expect(some.hasSay('sf_rag', 'tool_call')).toBe(false);
    const locked = decider([{ rule_id: 'a' }], { default: 'allow' });
    expect(locked.hasSay('sf_rag', 'anything')).toBe(true);
  });

  it('is so for every call where calls are counted', () => {
    const grounding = { service: 'sf_rag', control: 'grounding_threshold' };
    const facts = { calls: { count: 'calls', window: '1h' } };
    const counting = decider([grounding], { facts });
    expect(counting.hasSay('sf_govern', 'tool_call')).toBe(true);
    expect(counting.hasSay('sf_govern', 'tool_result')).toBe(false);
    expect(decider([grounding]).hasSay('sf_govern', 'tool_call')).toBe(false);
  });
});

describe('what a request takes', () => {
  const json = { result: { type: 'object', properties: { total: { type: 'number' } } } };
  const tools = { get: { effect: 'read', ...json }, plain: { effect: 'read' } };
  const facts = {
    order: { from: 'get' },
    calls: { count: 'calls', tools: ['get'], window: '1h' },
  };

  it('is facts where a rule for it reads some', () => {
    const reading = decider(
      [
        { rule_id: 'a', target: { tools: ['pay'] }, when: 'facts.order.total > 1' },
        { rule_id: 'b', target: { tools: ['look'] } },
      ],
      { tools, facts: { order: facts.order } },
    );
    expect(reading.takesFacts(request({ tool: 'pay' }))).toBe(true);
    expect(reading.takesFacts(request({ tool: 'look' }))).toBe(false);
    expect(reading.counters(request({ tool: 'pay' }))).toEqual([]);
  });

  it('is a count wherever the bundle counts', () => {
    const counting = decider([{ target: { tools: ['pay'] } }], { tools, facts });
    expect(counting.takesFacts(request({ tool: 'look' }))).toBe(true);
    expect(counting.counters(request({ tool: 'get' }))).toMatchObject([
      { fact: 'calls', amount: 1, windowMs: 3_600_000 },
    ]);
    expect(counting.counters(request({ tool: 'look' }))).toEqual([]);
  });

  it('is a parsed result where its tool declares one, for rules about results alone', () => {
    const control = 'tool_result';
    const when = 'facts.result.total > 1';
    const about = { target: { tools: ['get'] }, when };
    const judging = decider([{ control, ...about }], { tools });
    const text = { tool: 'get', facts: { result: '{"total": 5}' } };
    expect(judging.takesFacts(request({ control, tool: 'get' }))).toBe(true);
    expect(judging.takesFacts(request({ control, tool: 'plain' }))).toBe(false);
    expect(judging.takesFacts(request({ control }))).toBe(false);
    expect(judging.takesFacts(request({ tool: 'get' }))).toBe(false);
    expect(judging.takesFacts(request({ control, tool: 'get', service: 'sf_rag' }))).toBe(false);
    const { outcome, rules } = judging.decide(request({ control, ...text }));
    expect(outcome).toBe('block');
    expect(rules[0]).toMatchObject({ finding: 'triggered', values: { 'facts.result.total': 5 } });
    expect(judging.withFacts(request({ control, ...text })).facts).toEqual({
      result: { total: 5 },
    });
    expect(judging.withFacts(request({ control: 'other', ...text })).facts).toEqual(text.facts);
    const undeclared = decider([{ control, when: 'facts.result.total > 1' }]);
    expect(undeclared.takesFacts(request({ control, tool: 'get' }))).toBe(false);
  });

  it('is filled in when decided, also where as many facts are counted as computed', () => {
    const when = 'facts.order.total > 1 && facts.calls > 3';
    const both = decider([{ when }], { tools, facts });
    const calls = [{ tool: 'get', args: {}, result: { total: 5 } }];
    expect(both.takesFacts(request({ tool: 'look' }))).toBe(true);
    const asked = request({ tool: 'look', calls });
    expect(both.decide(asked).rules[0]?.values).toEqual({ 'facts.order.total': 5 });
    expect(both.decide(both.withFacts(asked, { calls: 5 })).rules[0]?.finding).toBe('triggered');
  });

  it('is filled in with what was counted', () => {
    const reading = decider([{ when: 'facts.calls > 3' }], {
      tools,
      facts: { calls: facts.calls },
    });
    const asked = request({ tool: 'get' });
    expect(reading.withFacts(asked, { calls: 5 }).facts).toEqual({ calls: 5 });
    expect(reading.withFacts(asked).facts).toBeUndefined();
    expect(reading.decide(reading.withFacts(asked, { calls: 5 })).outcome).toBe('block');
    expect(reading.decide(reading.withFacts(asked, { calls: 3 })).outcome).toBe('allow');
    expect(reading.decide(asked)).toMatchObject({
      outcome: 'block',
      reasonCode: 'rule_indeterminate',
    });
  });
});
