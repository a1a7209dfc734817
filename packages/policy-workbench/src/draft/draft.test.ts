import { compileBundle, PolicyError } from '@spanforge/policy';
import { readYaml } from '@spanforge/policy/internal-yaml';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type DraftRun, draftPolicy, parseToolSchemas } from '../draft.js';
import { parseCasesYaml, runCases } from '../testing.js';
import { effectOf } from './effect.js';

const WHEN = { effectiveAt: '2026-01-01T00:00:00Z', shadowUntil: '2026-04-01T00:00:00Z' };

function runsOf(count: number, calls: (at: number) => DraftRun['calls']): readonly DraftRun[] {
  return Array.from({ length: count }, (_run, at) => ({ id: `run-${at}`, calls: calls(at) }));
}

function draftOf(runs: readonly DraftRun[]) {
  const { bundle, summary } = draftPolicy({ runs, ...WHEN });
  return { text: bundle, summary, rules: parseBundleYaml(bundle).rules };
}

const whenOf = (runs: readonly DraftRun[], id: string): string | undefined =>
  draftOf(runs).rules.find(({ ruleId }) => ruleId === id)?.when?.source;

describe('what a draft concludes', () => {
  it.each<[string, { readonly key?: string }, string]>([
    ['an argument of an earlier call', {}, 'size(facts.get_x_of_id) == 0'],
    ['a field of a result', { key: 'id' }, '!(args.id in facts.get_x_owner)'],
    ['a list in a result', { key: 'list' }, '!facts.get_x_ids.exists(known, args.id in known)'],
    [
      'the keys of a map in a result',
      { key: 'map' },
      '!facts.get_x_things.exists(known, args.id in known)',
    ],
  ])('takes %s for where an id comes from', (_name, { key }, when) => {
    const results: Readonly<Record<string, (id: string) => unknown>> = {
      id: (id) => ({ owner: id }),
      list: (id) => ({ ids: ['other', id] }),
      map: (id) => JSON.stringify({ things: { [id]: 1 } }),
    };
    const runs = runsOf(6, (at) => {
      const id = `N-${at}`;
      const args = key === undefined ? { id } : { about: 'x' };
      const result = results[key ?? '']?.(id) ?? 'text';
      return [
        { name: 'get_x', args, result },
        { name: 'delete_x', args: { id } },
      ];
    });
    expect(whenOf(runs, 'delete_x.id.known')).toBe(when);
  });

  it('joins sources that explain an id together, and marks one that nothing explains', () => {
    const runs = (stranger: string) =>
      runsOf(8, (at) => [
        at % 2 === 0
          ? { name: 'get_x', args: { id: `N-${at}` }, result: {} }
          : { name: 'list_y', args: {}, result: { id: `N-${at}` } },
        { name: 'delete_x', args: { id: at === 7 ? stranger : `N-${at}` } },
      ]);
    expect(whenOf(runs('N-7'), 'delete_x.id.known')).toBe(
      'size(facts.get_x_of_id) == 0 && !(args.id in facts.list_y_id)',
    );
    const { rules, text } = draftOf(runs('stranger'));
    expect(rules.map(({ ruleId }) => ruleId)).not.toContain('delete_x.id.known');
    expect(text).toMatch(/# REVIEW: args\.id: .* in 4 of 8; .* not so in calls: run-7#1/);
  });

  it('makes ranges with a margin, values where each was seen often, and nothing from too little', () => {
    const runs = runsOf(8, (at) => [
      { name: 'pay', args: { amount: 10 * at, price: at / 4, mode: at % 2 ? 'fast' : 'slow' } },
      ...(at < 2 ? [{ name: 'send', args: { amount: at } }] : []),
    ]);
    expect(whenOf(runs, 'pay.amount.range')).toBe('args.amount < 0 || args.amount > 77');
    expect(whenOf(runs, 'pay.price.range')).toBe('args.price < 0 || args.price > 1.93');
    expect(whenOf(runs, 'pay.mode.values')).toBe('!(args.mode in ["fast", "slow"])');
    expect(whenOf(runs, 'send.amount.range')).toBeUndefined();
    expect(draftOf(runs).text).toContain('REVIEW: args.amount: 0 to 1 in only 2 calls of 2 runs');
    const oneRun = runsOf(1, () =>
      Array.from({ length: 9 }, () => ({ name: 'pay', args: { a: 1 } })),
    );
    expect(whenOf(oneRun, 'pay.a.range')).toBeUndefined();
  });

  it('leaves out, and marks, a rule that would have a word against what it rests on', () => {
    const runs = runsOf(6, (at) => [
      { name: 'list_y', args: {}, result: { id: `N-${at}` } },
      { name: 'list_y', args: {}, result: {} },
      { name: 'delete_x', args: { id: `N-${at}` } },
    ]);
    const { rules, text } = draftOf(runs);
    expect(rules.map(({ ruleId }) => ruleId)).toEqual(['unseen-tools-are-denied']);
    expect(text).toContain('REVIEW: delete_x.id.known was left out');
  });

  it('never takes names of things for a list of values', () => {
    const runs = runsOf(9, (at) => [{ name: 'pay', args: { user_id: at % 2 ? 'ann' : 'bob' } }]);
    expect(whenOf(runs, 'pay.user_id.values')).toBeUndefined();
  });

  it('asks of arguments that may be absent whether they are there', () => {
    const runs = runsOf(8, (at) => [{ name: 'pay', args: at === 0 ? {} : { amount: at } }]);
    expect(whenOf(runs, 'pay.amount.range')).toBe(
      'has(args.amount) && (args.amount < 0 || args.amount > 8)',
    );
  });

  it.each([
    ['get_order', undefined, 'read', 'name'],
    ['crm.listUsers', undefined, 'read', 'name'],
    ['find_and_book', undefined, 'write', 'name'],
    ['order_status', undefined, 'write', 'name'],
    ['frobnicate', undefined, 'write', 'unknown'],
    ['frobnicate', true, 'read', 'declared'],
    ['get_and_forget', false, 'write', 'declared'],
  ] as const)('takes %s (%s) for a %s', (name, readOnly, effect, from) => {
    const declared = readOnly === undefined ? undefined : { name, readOnly };
    expect(effectOf(name, declared)).toEqual({ effect, from });
  });
});

describe('tool schemas', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } };

  it('are read in the forms they come in', () => {
    expect(
      parseToolSchemas({
        tools: [
          { name: 'a', parameters: schema },
          { type: 'function', function: { name: 'b', parameters: schema } },
          { name: 'c', inputSchema: schema, annotations: { readOnlyHint: true, title: 'C' } },
        ],
      }),
    ).toEqual([
      { name: 'a', schema },
      { name: 'b', schema },
      { name: 'c', schema, readOnly: true },
    ]);
  });

  it.each([[null], [{}], [[{}]], [[{ name: '' }]]])('%j are refused', (value) => {
    expect(() => parseToolSchemas(value)).toThrow(
      expect.objectContaining({ code: 'POLICY_DRAFT_INVALID' }),
    );
  });

  it.each([[{ runs: [] }], [{ runs: runsOf(1, () => []) }]])('a draft needs calls', ({ runs }) => {
    expect(() => draftPolicy({ runs, ...WHEN })).toThrow(
      expect.objectContaining({ code: 'POLICY_DRAFT_INVALID' }),
    );
  });
});

const text = fc.oneof(
  fc.constantFrom('A-1', 'A-2', 'on', 'off', 'x y', '"\\#\n- a: b', '* &a !t', 'é\u2028😀'),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
);
const value = fc.oneof(
  text,
  fc.integer({ min: -50, max: 50 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
  fc.array(text, { maxLength: 2 }),
  fc.dictionary(text, text, { maxKeys: 2 }),
);
const call = fc.record({
  name: fc.oneof(
    fc.constantFrom('get_a', 'put_a', 'list_b', 'toString', '__proto__', 'true', 'null'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }),
  ),
  args: fc.dictionary(
    fc.oneof(fc.constantFrom('id', 'n', 'a.b', 'a b', 'constructor'), text),
    value,
    {
      maxKeys: 4,
    },
  ),
  result: fc.option(fc.oneof(value, fc.constant('Error: no'), fc.constant('{"id":"A-1"}')), {
    nil: undefined,
  }),
});
const someRuns = fc
  .array(fc.array(call, { maxLength: 5 }), { minLength: 1, maxLength: 8 })
  .filter((runs) => runs.some((calls) => calls.length > 0))
  .map((runs) => runs.map((calls, at) => ({ id: `r"\n# ${at}`, calls }) as DraftRun));

describe('any draft', () => {
  it('loads, passes its cases, and says nothing against what it was drafted from', () => {
    fc.assert(
      fc.property(someRuns, (runs) => {
        const draft = draftPolicy({ runs, ...WHEN, minObservations: 2 });
        expect(draftPolicy({ runs, ...WHEN, minObservations: 2 })).toEqual(draft);
        const bundle = parseBundleYaml(draft.bundle);
        expect(bundle.rules.every(({ shadowUntil }) => shadowUntil !== undefined)).toBe(true);
        const results = runCases(bundle, parseCasesYaml(draft.cases));
        expect(results.filter(({ passed }) => !passed)).toEqual([]);
        expect(readYaml(draft.manifest, undefined).value).toMatchObject({
          agent_id: 'agent',
          on_denied: 'block',
        });
        const decider = compileBundle(bundle);
        for (const { calls } of runs) {
          for (const [at, { name: tool, args }] of calls.entries()) {
            // A name that no bundle can hold stays denied, and is told.
            if (!/^[\x21-\x7e]+$/.test(tool) || tool.includes('*') || tool === '__proto__')
              continue;
            const earlier = calls
              .slice(0, at)
              .flatMap(({ name, args: given, result }) =>
                result === undefined ? [] : [{ tool: name, args: given, result }],
              );
            const { rules } = decider.decide({
              service: 'sf_govern',
              control: 'tool_call',
              tool,
              args,
              calls: earlier,
              time: bundle.effectiveAtMs,
            });
            expect(rules).toEqual([]);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

it('refuses a minimum of one', () => {
  const runs = runsOf(1, () => [{ name: 'get', args: {} }]);
  expect(() => draftPolicy({ runs, ...WHEN, minObservations: 1 })).toThrow(PolicyError);
});
