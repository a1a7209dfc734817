import { describe, expect, it } from 'vitest';
import { PolicyError } from '../error.js';
import { parseBundle } from './parse.js';

const card = {
  type: 'object',
  properties: { number: { type: 'string' }, note: {} },
  additionalProperties: false,
};
const tools = {
  pay: {
    effect: 'write',
    schema: { type: 'object', properties: { card, amount: { type: 'number' } } },
    result: { type: 'object', properties: { cards: { type: 'array', items: card } } },
  },
  open: { effect: 'read' },
};

function problemsOf(path: string, rule: object = {}) {
  try {
    parseBundle({
      policy_id: 'p',
      version: '1',
      environment: 'prod',
      owner: 'o',
      effective_at: '2026-01-01T00:00:00Z',
      tools,
      rules: [
        {
          rule_id: 'r',
          service: 'sf_govern',
          control: 'tool_call',
          target: { tools: ['pay'] },
          action: 'redact',
          redact: [{ path }],
          ...rule,
        },
      ],
    });
    return [];
  } catch (error) {
    if (!PolicyError.is(error)) throw error;
    return error.problems.map(({ path: at, message }) => `${at}: ${message}`);
  }
}

const AT = '$.rules[0].redact[0].path';

describe('a redaction path', () => {
  it.each([
    'args',
    'args.card',
    'args.card.number',
    'args.card.note.deep',
    'args.*.number',
    'result.cards',
    'result.cards.*.number',
    'result.cards.0.number',
  ])('%s can name something', (path) => {
    expect(problemsOf(path)).toEqual([]);
  });

  it.each([
    ['args.crad', '"args" has no "crad". Did you mean "card"?'],
    ['args.card.nmber', '"args.card" has no "nmber". Did you mean "number"?'],
    ['args.amount.cents', '"args.amount" is a number: there is nothing below it.'],
    ['result.cards.number', '"result.cards" is a list: write "result.cards.*.number".'],
  ])('%s names nothing', (path, message) => {
    expect(problemsOf(path)).toEqual([`${AT}: ${message}`]);
  });

  it('of a rule about a result is no argument', () => {
    const [problem] = problemsOf('args.card', { control: 'tool_result' });
    expect(problem).toContain('The arguments are used already');
  });

  it('loads where no schema can check it', () => {
    expect(problemsOf('args.crad', { target: { tools: ['open'] } })).toEqual([]);
    expect(problemsOf('args.crad', { target: { tools: ['pay', 'open'] } })).toEqual([]);
    expect(problemsOf('args.crad', { target: {} })).toEqual([]);
  });
});
