import type { PolicyRequest } from '@spanforge/core-events';
import { expect, it } from 'vitest';
import { parseBundle } from '../bundle/parse.js';
import { compileBundle } from './decider.js';

const properties = { amount: { type: 'number' }, to: { type: 'string' } };

/** What rules that compare one argument with a constant each find; from eight on they are indexed. */
function found(count: number, args: object): readonly string[] {
  const bundle = parseBundle({
    ...{ policy_id: 'p', version: '1', environment: 'prod', owner: 'o' },
    effective_at: '2026-01-01T00:00:00Z',
    tools: { pay: { effect: 'write', schema: { type: 'object', properties } } },
    rules: Array.from({ length: count }, (_, index) => ({
      ...{ rule_id: `r${index}`, service: 'sf_govern', control: 'tool_call', action: 'block' },
      when: index % 2 === 0 ? `args.amount == ${index}` : `args.to == "t${index}"`,
    })),
  });
  const request = { service: 'sf_govern', control: 'tool_call', tool: 'pay', args, time: 0 };
  const { rules } = compileBundle(bundle).decide(request as PolicyRequest);
  return rules.map(({ ruleId, finding }) => `${ruleId} ${finding}`);
}

it.each<[string, object]>([
  ['null', { amount: null, to: null }],
  ['of another type', { amount: '4', to: 3 }],
  ['not there', {}],
])(
  'no rule is left out for a value that is %s where its tool declares one, however many',
  (_what, args) => {
    for (const count of [2, 20]) {
      const all = Array.from({ length: count }, (_, index) => `r${index} indeterminate`);
      expect([...found(count, args)].sort()).toEqual(all.sort());
    }
  },
);

it('for values as they are declared only the rules of these are found', () => {
  expect(found(20, { amount: 4, to: 't9' })).toEqual(['r4 triggered', 'r9 triggered']);
});
