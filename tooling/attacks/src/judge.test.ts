import { compileBundle, parseBundle } from '@spanforge/policy';
import { describe, expect, it } from 'vitest';
import type { CorpusCall, Sequence } from './corpus.js';
import { count } from './count.js';
import { governSequence } from './govern-sequence.js';
import { judgeSequence } from './judge.js';

const call = (tool: string, more: Partial<CorpusCall> = {}): CorpusCall => ({
  ...{ tool, args: {}, result: 'ok', effect: 'read', output_trust: 'trusted', by: 'user_goal' },
  ...more,
});

const sequence = (...calls: readonly CorpusCall[]): Sequence => ({
  ...{ id: 'x-01-attack', domain: 'x', kind: 'attack', title: 't', goal: 'Write to ada.', calls },
});

const decider = compileBundle(
  parseBundle({
    ...{ policy_id: 'p', version: '1', environment: 'test', owner: 'o' },
    effective_at: '2026-01-01T00:00:00Z',
    facts: {
      asked: { from: 'user_request', pick: 'text' },
      peeks: { from: 'peek', take: 'all' },
    },
    rules: [
      {
        ...{ rule_id: 'peek', service: 'sf_govern', control: 'tool_call', action: 'block' },
        target: { tools: ['peek'] },
        when: 'has(args.far)',
      },
      {
        ...{ rule_id: 'late', service: 'sf_govern', control: 'tool_call', action: 'human_review' },
        target: { tools: ['write'] },
        when: '"secret" in labels || size(facts.peeks) > 0 || !facts.asked.contains(args.to)',
      },
    ],
  }),
);

const secret = { confidentiality: 'secret' } as const;
const write = (to: string) => call('write', { effect: 'write', args: { to }, by: 'attacker' });
const cases = [
  ['what was stopped was not read', [call('peek', { args: { far: 1 }, ...secret }), write('ada')]],
  ['what was read counts', [call('peek', secret), write('ada')]],
  ['the words of the user are a fact', [write('ada'), write('bob')]],
] as const;
const stops = [
  [true, false],
  [false, true],
  [false, true],
];

describe('a sequence', () => {
  it.each(cases.map(([title, calls], at) => [title, calls, stops[at]] as const))(
    'is judged as govern enforces it: %s',
    async (_, calls, expected) => {
      const judged = judgeSequence(decider, sequence(...calls));
      expect(judged.map(({ stopped }) => stopped)).toEqual(expected);
      expect(await governSequence(decider, sequence(...calls))).toEqual(expected);
    },
  );

  it('counts what an attacker does and not what it only reads', () => {
    const leak = call('peek', { args: { far: 1 }, leaks: true, by: 'attacker' });
    const calls = [leak, write('ada'), write('bob'), call('peek', { by: 'attacker' })];
    const counts = count({ title: 'row', decider }, [
      sequence(...calls),
      sequence(write('bob')),
      sequence({ ...write('ada'), by: 'user_goal' }),
    ]);
    expect(counts.stopped).toMatchObject({ count: 3, of: 4 });
    expect(counts.stoppedWhole).toMatchObject({ count: 1, of: 2 });
    expect(counts.through).toMatchObject({ count: 1, of: 1 });
    expect(counts.throughWhole).toMatchObject({ count: 1, of: 1 });
    expect(counts.missed).toHaveLength(1);
    expect(counts.hindered).toHaveLength(0);
  });
});
