import { FIXED_TYPES } from '@spanforge/condition';
import type { PolicyRequest } from '@spanforge/core-events';
import { describe, expect, test } from 'vitest';
import { parseBundle } from '../bundle/parse.js';
import { createDeclaredTypes } from './declared-types.js';

const TEXT = { type: 'string' };
const bundle = parseBundle({
  ...{ policy_id: 'p', version: '1', environment: 'prod', owner: 'o' },
  effective_at: '2026-01-01T00:00:00Z',
  tools: {
    send: {
      effect: 'write',
      schema: { type: 'object', properties: { to: TEXT } },
      result: { type: 'object', properties: { id: TEXT } },
    },
    get: { effect: 'read', result: { type: 'object', properties: { owner: TEXT } } },
    ask: { effect: 'read', schema: { type: 'object', properties: { for: TEXT } } },
    other: { effect: 'read' },
  },
  facts: { order: { from: 'get' }, paid: { count: 'calls', window: '1d' } },
  rules: [
    { rule_id: 'r', service: 'sf_govern', control: 'tool_call', when: 'true', action: 'block' },
  ],
});
/** Prepared for each question: what is worked out when this file loads, no test is asked about. */
const typesFor = (request: PolicyRequest) => createDeclaredTypes(bundle)(request);

const WHOLE = {
  ...{ service: 'sf_govern', control: 'tool_call', tool: 'send', args: { to: 'ann' }, time: 0 },
  ...{ resource: 'mail', action: 'write', env: 'prod', labels: ['pii', 'own'], observed: 5 },
  actor: { id: 'ann', roles: ['clerk', 'chief'] },
  agent: { id: 'bot', capabilities: ['mail'] },
  context: { region: 'eu' },
  facts: { order: { owner: 'ann' }, paid: 3 },
} as const;

/** The types that have to be looked at for a request; `undefined` where all of it fits. */
const ask = (part: object = {}) => typesFor({ ...WHOLE, ...part } as PolicyRequest);
const answered = (result: unknown, part: object = {}) =>
  ask({ control: 'tool_result', facts: { ...WHOLE.facts, result }, ...part });

const FACTS = {
  order: expect.objectContaining({ kind: 'object' }),
  paid: { kind: 'number' },
};
const objectWith = (name: string) =>
  expect.objectContaining({ kind: 'object', fields: { [name]: expect.anything() } });

describe('a request that fits what is declared needs no types', () => {
  const { service, control, time } = WHOLE;
  test.each<[string, object]>([
    ['with every part', {}],
    ['without arguments', { args: undefined }],
    ['without facts', { facts: undefined }],
    ['with a fact that is not known', { facts: { paid: undefined } }],
    ['with a fact that nobody declared', { facts: { more: [], result: 5, toString: 5 } }],
    ['with a list without elements', { labels: [] }],
    ['of a tool without declared arguments', { tool: 'other', args: 5 }],
    ['of a tool that nobody declared', { tool: 'unknown', args: 5 }],
    ['of no tool', { tool: undefined, args: 5 }],
    ['with an actor of whom only the id is known', { actor: { id: 'ann' } }],
    ['with an agent of which only the id is known', { agent: { id: 'bot' } }],
  ])('%s', (_what, part) => {
    expect(ask(part)).toBeUndefined();
  });

  test('with nothing but its service and control', () => {
    expect(typesFor({ service, control, time } as PolicyRequest)).toBeUndefined();
  });

  test('about a result as its tool declares it, or of a tool that declares none', () => {
    expect(answered({ id: 'x' })).toBeUndefined();
    expect(answered(5, { tool: 'ask', args: { for: 'x' } })).toBeUndefined();
    expect(answered({ id: 'x' }, { facts: { result: { id: 'x' }, toString: 5 } })).toBeUndefined();
    expect(answered({ id: 5 }, { service: 'other' })).toBeUndefined();
  });
});

describe('a request with a value of another type is judged by all that is declared', () => {
  const bare = {
    get: () => {
      throw new Error('unreadable');
    },
    enumerable: true,
  };
  test.each<[string, object]>([
    ...['tool', 'resource', 'action', 'env'].map((name): [string, object] => [
      `${name} that is no text`,
      { [name]: 5 },
    ]),
    ['labels that are a text', { labels: 'pii' }],
    ['labels of which one is no text', { labels: ['pii', 5] }],
    ['labels that are null', { labels: null }],
    ...['actor', 'agent'].flatMap((name): [string, object][] => [
      [`${name} that is a text`, { [name]: 'ann' }],
      [`${name} that is null`, { [name]: null }],
      [`${name} that is a list`, { [name]: [] }],
      [`${name} whose id is no text`, { [name]: { id: 5 } }],
    ]),
    ['roles that are a text', { actor: { id: 'ann', roles: 'clerk' } }],
    ['roles of which one is no text', { actor: { id: 'ann', roles: ['clerk', 5] } }],
    ['capabilities that are a text', { agent: { id: 'bot', capabilities: 'mail' } }],
    ['something observed that is a text', { observed: '5' }],
    ['something observed that is no number', { observed: Number.NaN }],
    ['a context that is a text', { context: 'eu' }],
    ['a context that is null', { context: null }],
    ['a context that is a list', { context: [] }],
    ['an argument of another type', { args: { to: 5 } }],
    ['arguments that are null', { args: null }],
    ['a fact of another type', { facts: { paid: '3' } }],
    ['one fact of another type beside one that fits', { facts: { ...WHOLE.facts, order: 5 } }],
    ['facts that are a text', { facts: 'order' }],
    ['facts that are null', { facts: null }],
    ['facts that are a list', { facts: [] }],
    ['facts that cannot be read', { facts: Object.defineProperty({}, 'paid', bare) }],
  ])('%s', (_what, part) => {
    expect(ask(part)).toBeDefined();
  });

  test('of the call: the fixed types, its facts and the arguments of its tool', () => {
    expect(ask({ env: 5 })).toEqual({
      ...FIXED_TYPES,
      facts: { kind: 'object', fields: FACTS },
      args: objectWith('to'),
    });
  });

  test('of the result: that too', () => {
    for (const result of [{ id: 5 }, 'x', null]) {
      expect(answered(result)).toEqual({
        ...FIXED_TYPES,
        facts: { kind: 'object', fields: { ...FACTS, result: objectWith('id') } },
        args: objectWith('to'),
      });
    }
  });

  test('of what its tool leaves open: nothing', () => {
    const plain = { ...FIXED_TYPES, facts: { kind: 'object', fields: FACTS } };
    expect(ask({ tool: 'other', env: 5 })).toEqual(plain);
    expect(ask({ tool: 'unknown', env: 5 })).toEqual(plain);
    expect(ask({ tool: 5 })).toEqual(plain);
    expect(ask({ tool: 5 })).not.toHaveProperty('args');
    expect(answered(5, { tool: 'ask', env: 5 })).toEqual({
      ...plain,
      args: objectWith('for'),
    });
    expect(answered(5, { tool: 'ask', env: 5 })).not.toHaveProperty('facts.fields.result');
    expect(answered({ id: 5 }, { service: 'other', env: 5 })).toEqual({
      ...plain,
      args: objectWith('to'),
    });
  });
});
