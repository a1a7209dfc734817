import type { PastCall, PolicyRequest } from '@spanforge/core-events';
import { describe, expect, it } from 'vitest';
import type { CallFact, CountedFact, PolicyBundle, PolicyTool } from '../bundle/bundle.js';
import { compileCallFact } from './call-fact.js';
import { compileCounters } from './counters.js';
import { compileDetectedFact } from './detected-fact.js';
import { createFactPlanner } from './fact-plan.js';
import { readPath } from './read-path.js';
import { readResult, resultKind } from './tool-result.js';
import { fillFacts } from './with-facts.js';

const request = (part: object = {}): PolicyRequest =>
  ({ service: 'sf_govern', control: 'tool_call', time: 0, ...part }) as PolicyRequest;

describe('a path', () => {
  it('leads through own members of objects', () => {
    const holder = { a: { b: 1, none: undefined, nil: null, list: [{ c: 2 }], text: 'x' } };
    const at = (...names: string[]) => readPath(holder, names);
    expect(at()).toBe(holder);
    expect(at('a', 'b')).toBe(1);
    expect(at('a', 'nil')).toBe(null);
    expect(at('a', 'list')).toEqual([{ c: 2 }]);
    for (const names of [
      ['b'],
      ['a', 'c'],
      ['a', 'b', 'c'],
      ['a', 'nil', 'c'],
      ['a', 'none', 'c'],
      ['a', 'list', '0'],
      ['a', 'list', 'length'],
      ['a', 'text', 'length'],
      ['a', 'constructor'],
      ['toString'],
    ]) {
      expect(at(...names)).toBeUndefined();
    }
    expect(readPath(undefined, ['a'])).toBeUndefined();
    expect(readPath(Object.create({ a: 1 }), ['a'])).toBeUndefined();
  });
});

describe('a result', () => {
  it.each([
    [undefined, undefined],
    [{ type: 'string' }, undefined],
    [{}, undefined],
    [{ type: 'number' }, 'number'],
    [{ type: 'integer' }, 'number'],
    [{ type: 'boolean' }, 'boolean'],
    [{ type: 'null' }, 'null'],
    [{ type: 'array' }, 'list'],
    [{ type: 'object' }, 'object'],
  ])('declared as %j is of the kind %s', (schema, kind) => {
    expect(resultKind(schema)).toBe(kind);
  });

  it('that came as text is what its JSON says, where that is of the declared kind', () => {
    const texts = { list: '[1]', object: '{"a":1}', number: '5', boolean: 'true', null: 'null' };
    const kinds = Object.keys(texts) as (keyof typeof texts)[];
    for (const kind of kinds) {
      for (const [other, text] of Object.entries(texts)) {
        expect(readResult(text, kind)).toEqual(kind === other ? JSON.parse(text) : undefined);
      }
      expect(readResult('no JSON', kind)).toBeUndefined();
      expect(readResult('"text"', kind)).toBeUndefined();
    }
    expect(readResult('5', undefined)).toBe('5');
    expect(readResult(5, 'list')).toBe(5);
    expect(readResult('9007199254740993', 'number')).toBeUndefined();
    const spaces = ' '.repeat(1_048_575);
    expect(readResult(`5${spaces}`, 'number')).toBe(5);
    expect(readResult(`55${spaces}`, 'number')).toBeUndefined();
  });
});

describe('a fact from earlier calls', () => {
  const tools = {
    get: {
      ...{ effect: 'read', output: 'trusted', failureStartsWith: 'Error' },
      result: { type: 'object' },
    },
    look: { effect: 'read', output: 'untrusted', failureStartsWith: 'Error' },
    list: { effect: 'read', output: 'trusted' },
  } as Readonly<Record<string, PolicyTool>>;
  const fact = (part: Partial<CallFact> = {}) =>
    compileCallFact(
      { kind: 'calls', from: ['get', 'look', 'list', 'other'], for: [], take: 'all', ...part },
      tools,
    );
  const call = (tool: string, result: unknown, args: unknown = {}) =>
    ({ tool, result, args }) as PastCall;

  it('is missing where the calls are not known', () => {
    for (const calls of [undefined, null, 'get', {}, [null], [5], [{}], [call('get', {}), 5]]) {
      expect(fact()(request({ calls }))).toBeUndefined();
      expect(fact({ take: 'latest' })(request({ calls }))).toBeUndefined();
    }
    expect(fact()(request({ calls: [] }))).toEqual([]);
  });

  it('leaves out a failure where the tool is trusted, and only there', () => {
    const calls = [
      ...[call('get', 'Error: 5'), call('look', 'Error: 5'), call('list', 'Error: 5')],
      ...[call('get', { a: 1 }), call('get', ['Error']), call('strange', 'x')],
    ];
    expect(fact()(request({ calls }))).toEqual(['Error: 5', 'Error: 5', { a: 1 }, ['Error']]);
    expect(fact()(request({ calls: [call('get', ' Error')] }))).toBeUndefined();
    expect(fact()(request({ calls: [call('list', 'undefined')] }))).toEqual(['undefined']);
    expect(fact({ take: 'latest' })(request({ calls }))).toEqual(['Error']);
    expect(fact({ take: 'latest', from: ['get'] })(request({ calls: calls.slice(0, 1) }))).toBe(
      undefined,
    );
  });

  it('compares arguments with places and constants that are scalars', () => {
    const match = [
      { argument: 'id', path: 'args.id' },
      { argument: 'deep.kind', value: 'x' },
    ];
    const same = fact({ for: match });
    const calls = (id: unknown, kind = 'x') => [call('list', 1, { id, deep: { kind } })];
    for (const id of ['A', '', 5, 0, true, false]) {
      expect(same(request({ args: { id }, calls: calls(id) }))).toEqual([1]);
      expect(same(request({ args: { id }, calls: calls(id, 'y') }))).toEqual([]);
      expect(same(request({ args: { id }, calls: calls('other') }))).toEqual([]);
      expect(same(request({ args: { id: String(id) }, calls: calls(id) }))).toEqual(
        typeof id === 'string' ? [1] : [],
      );
    }
    for (const id of [null, undefined, [], {}, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(same(request({ args: { id }, calls: calls(id) }))).toBeUndefined();
    }
  });

  it('is the part that is picked, and missing where one is', () => {
    const calls = [call('list', { a: { b: 1 } }), call('list', { a: { b: 2 } })];
    expect(fact({ pick: 'a.b' })(request({ calls }))).toEqual([1, 2]);
    expect(fact({ pick: 'a.b', take: 'latest' })(request({ calls }))).toBe(2);
    expect(fact({ pick: 'a.c', take: 'latest' })(request({ calls }))).toBeUndefined();
    const torn = [...calls, call('list', { a: 5 })];
    expect(fact({ pick: 'a.b' })(request({ calls: torn }))).toBeUndefined();
  });
});

describe('a counter', () => {
  const counted = (part: Partial<CountedFact> = {}) =>
    compileCounters({
      ...{ environment: 'prod', policyId: 'p' },
      facts: { n: { kind: 'counted', per: [], windowMs: 1000, ...part }, d: { kind: 'detected' } },
    } as unknown as PolicyBundle);
  const NEED = { fact: 'n', key: ['prod', 'p', 'n', 'calls'], context: [], windowMs: 1000 };

  it('of every tool counts calls of tools, and only them', () => {
    const find = counted();
    expect(find(request({ tool: 'pay' }), [])).toEqual([{ ...NEED, amount: 1 }]);
    for (const asked of [
      {},
      { tool: 5 },
      { tool: 'pay', service: 'sf_rag' },
      { tool: 'pay', control: 'tool_result' },
    ]) {
      expect(find(request(asked), [])).toEqual([]);
      expect(find(request(asked), ['other'])).toEqual([]);
      expect(find(request(asked), ['n'])).toEqual([{ ...NEED, amount: 0 }]);
    }
  });

  it('of some tools counts those', () => {
    const find = counted({ tools: ['pay', 'crm_*'] });
    expect(find(request({ tool: 'crm_x' }), [])).toHaveLength(1);
    expect(find(request({ tool: 'look' }), [])).toEqual([]);
    expect(find(request({ tool: 'look' }), ['n'])).toEqual([{ ...NEED, amount: 0 }]);
  });

  it('adds an amount that is a finite number of at least 0', () => {
    const find = counted({ sum: 'args.a' });
    const amount = (a: unknown) => find(request({ tool: 'pay', args: { a } }), [])[0]?.amount;
    expect([amount(0), amount(1.5), amount(Number.MAX_VALUE)]).toEqual([0, 1.5, Number.MAX_VALUE]);
    for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY, '5', null, undefined]) {
      expect(amount(wrong)).toBeUndefined();
    }
    const key = ['prod', 'p', 'n', 'args.a'];
    expect(find(request({ tool: 'pay', args: { a: 1 } }), [])[0]?.key).toEqual(key);
  });

  it('is kept per dimension, and left out where the request lacks one', () => {
    const find = counted({ per: ['agent', 'actor', 'tool', 'run', 'trace'] });
    const asked = { tool: 'pay', agent: { id: 'b' }, actor: { id: 'a' } };
    expect(find(request(asked), [])).toEqual([
      {
        ...{ ...NEED, amount: 1, context: ['run', 'trace'] },
        key: ['prod', 'p', 'n', 'calls', 'agent', 'b', 'actor', 'a', 'tool', 'pay'],
      },
    ]);
    for (const lacking of [{ agent: undefined }, { actor: { id: 5 } }, { agent: {} }]) {
      expect(find(request({ ...asked, ...lacking }), [])).toEqual([]);
    }
    expect(find(request({ ...asked, tool: undefined }), ['n'])).toEqual([]);
  });

  it('there is none where no fact is counted', () => {
    const none = compileCounters({ facts: {} } as unknown as PolicyBundle);
    expect(none(request({ tool: 'pay' }), ['n'])).toEqual([]);
  });
});

describe('a detected fact', () => {
  const found = (path: string, part: object, types?: readonly 'email'[]) =>
    compileDetectedFact({ kind: 'detected', path, ...(types ? { types } : {}) })(request(part));
  const MAIL = 'ann@example.com';
  const IBAN = 'DE89370400440532013000';

  it('names what is found below its path, each type once', () => {
    const args = { to: MAIL, cc: [MAIL], iban: IBAN };
    expect(found('args', { args })).toEqual(['email', 'iban']);
    expect(found('args', { args }, ['email'])).toEqual(['email']);
    expect(found('args.to', { args })).toEqual(['email']);
    expect(found('args.iban', { args })).toEqual(['iban']);
    expect(found('args.other', { args })).toBeUndefined();
    expect(found('args', {})).toBeUndefined();
    expect(found('args', { args: { iban: IBAN, to: MAIL } })).toEqual(['email', 'iban']);
    expect(found('args', { args: MAIL })).toEqual(['email']);
    expect(found('args', { args: { [IBAN]: 1 } })).toEqual(['iban']);
  });

  it('takes the name of its place for context, and does not find anything in it', () => {
    expect(found(`args.${IBAN}`, { args: { [IBAN]: 'nothing' } })).toEqual([]);
    const args = { login: { password: 'correct horse', note: 'correct horse' } };
    expect(found('args.login.note', { args })).toEqual([]);
    expect(found('args.login.password', { args })).toEqual(found('args', { args }));
    expect(found('args.login.password', { args })).toHaveLength(1);
  });

  it('is missing where the value cannot be looked through', () => {
    const args = Object.defineProperty({}, 'a', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    expect(found('args', { args })).toBeUndefined();
  });
});

describe('the facts that rules read', () => {
  const facts = {
    order: { kind: 'calls', from: ['get'], for: [], take: 'latest' },
    owner: { kind: 'detected', path: 'facts.order.owner' },
    sum: { kind: 'counted', per: [], windowMs: 1000 },
  };
  const planned = (...fields: readonly (readonly string[] | undefined)[]) => {
    const bundle = { facts, tools: {} } as unknown as PolicyBundle;
    const rules = fields.map((read) => (read === undefined ? {} : { when: { fields: read } }));
    const { computed, counted } = createFactPlanner(bundle)(rules as never);
    return { computed: computed.map(({ name }) => name), counted };
  };

  it('are those of their conditions, each after what it is computed from', () => {
    expect(planned(['facts.owner.0', 'args.x'])).toEqual({
      ...{ computed: ['order', 'owner'], counted: [] },
    });
    expect(planned(['facts.sum'], ['facts.order.id'])).toEqual({
      ...{ computed: ['order'], counted: ['sum'] },
    });
    expect(planned(['facts'])).toEqual({ computed: ['order', 'owner'], counted: ['sum'] });
  });

  it('are none where a rule has no condition, or reads something of that name elsewhere', () => {
    const none = { computed: [], counted: [] };
    expect(planned()).toEqual(none);
    expect(planned(undefined, [])).toEqual(none);
    expect(planned(['args.facts.order', 'facts.other', 'factsheet', 'args'])).toEqual(none);
  });
});

describe('facts that are filled in', () => {
  const plan = {
    counted: ['n'],
    computed: [
      { name: 'a', compute: () => 1 },
      { name: 'b', compute: ({ facts }: PolicyRequest) => facts?.a },
      { name: 'none', compute: () => undefined },
    ],
  };
  const nothing = { counted: [], computed: [] };

  it('are computed in order, and counted where there is a sum', () => {
    const asked = request({ calls: [], callId: 'c' });
    expect(fillFacts(asked, plan, { n: 5, other: 6 }, undefined)).toStrictEqual(
      request({ facts: { a: 1, b: 1, n: 5 } }),
    );
    for (const n of [Number.NaN, Number.POSITIVE_INFINITY, undefined, '5']) {
      const filled = fillFacts(asked, plan, { n } as never, undefined);
      expect(filled).toStrictEqual(request({ facts: { a: 1, b: 1 } }));
    }
    const inherited = Object.create({ n: 5 }) as Record<string, number>;
    expect(fillFacts(asked, plan, inherited, undefined).facts).toStrictEqual({ a: 1, b: 1 });
  });

  it('are filled in where as many are counted as computed', () => {
    const [a] = plan.computed;
    if (a === undefined) throw new Error('no plan');
    const one = { counted: ['n'], computed: [a] };
    expect(fillFacts(request(), one, { n: 5 }, undefined)).toStrictEqual(
      request({ facts: { a: 1, n: 5 } }),
    );
  });

  it('stand as they are given', () => {
    const given = request({ facts: { a: 7, n: 8, x: 9 } });
    expect(fillFacts(given, plan, { n: 5 }, undefined)).toStrictEqual(
      request({ facts: { a: 7, b: 7, n: 8, x: 9 } }),
    );
    expect(given.facts).toEqual({ a: 7, n: 8, x: 9 });
  });

  it('change nothing where there is nothing to do, and leave out what is not recorded', () => {
    const plain = request({ facts: { x: 1 } });
    expect(fillFacts(plain, nothing, { n: 5 }, undefined)).toBe(plain);
    expect(fillFacts(plain, nothing, {}, 'object')).toBe(plain);
    for (const more of [{ calls: [] }, { callId: 'c' }]) {
      expect(fillFacts(request(more), nothing, {}, undefined)).toStrictEqual(request());
      expect(fillFacts(request({ ...more, facts: {} }), nothing, {}, undefined)).toStrictEqual(
        request({ facts: {} }),
      );
    }
  });

  it.each([
    ['list', [1]],
    ['text', 'all'],
    ['nothing', null],
  ])('are left alone where a %s stands in their place', (_, facts) => {
    const asked = request({ facts, calls: [], callId: 'c' });
    expect(fillFacts(asked, plan, { n: 5 }, 'object')).toStrictEqual(request({ facts }));
  });

  it('are read from a result that is text, where it says what is declared', () => {
    const given = (result: unknown) => request({ facts: { result, x: 1 } });
    expect(fillFacts(given('{"a":1}'), nothing, {}, 'object')).toStrictEqual(given({ a: 1 }));
    for (const result of ['[1]', 'torn', { a: 1 }, 5]) {
      const asked = given(result);
      expect(fillFacts(asked, nothing, {}, 'object')).toBe(asked);
    }
    const text = given('{"a":1}');
    expect(fillFacts(text, nothing, {}, undefined)).toBe(text);
    const bare = request({ facts: Object.create({ result: '{}' }) });
    expect(fillFacts(bare, nothing, {}, 'object')).toBe(bare);
    expect(fillFacts(given('5'), nothing, {}, 'number')).toStrictEqual(given(5));
  });
});
