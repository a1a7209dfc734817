import { OUTCOMES } from '@spanforge/core-events';
import type { Random } from './random.js';
import { ROOTS, randomCondition, type Vocabulary } from './random-condition.js';

const row = {
  type: 'object',
  properties: { n: { type: 'number' }, s: { type: 'string' } },
  additionalProperties: true,
};

const TOOLS = {
  get_thing: {
    effect: 'read',
    output: 'trusted',
    failure: { starts_with: 'Error' },
    result: { ...row, properties: { ...row.properties, rows: { type: 'array', items: row } } },
  },
  get_list: { effect: 'read', result: { type: 'array', items: row } },
  get_text: { effect: 'read', result: { type: 'string' } },
  get_any: { effect: 'read' },
  pay: {
    effect: 'write',
    schema: {
      type: 'object',
      properties: {
        n: { type: 'number' },
        m: { type: ['integer', 'null'] },
        s: { enum: ['a', 'ab', 'b', 'ba', null] },
        at: { type: 'string' },
        b: { type: 'boolean' },
        l: { type: 'array', items: { type: 'string' } },
        deep: {
          type: 'object',
          properties: { b: { type: 'boolean' } },
          additionalProperties: true,
        },
      },
      additionalProperties: true,
    },
  },
  pay_fast: { effect: 'write' },
};

interface FactWords {
  readonly written: object;
  readonly needs?: readonly string[];
  readonly words: Partial<Vocabulary>;
}

/** Facts of every kind, and what conditions can say with them. */
const FACTS: Readonly<Record<string, FactWords>> = {
  thing: {
    written: { from: 'get_thing', for: { id: 'args.s' } },
    words: {
      numbers: ['facts.thing.n'],
      texts: ['facts.thing.s'],
      rows: ['facts.thing.rows'],
      optional: ['facts.thing', 'facts.thing.n', 'facts.thing.zz'],
    },
  },
  other: {
    written: { from: ['get_any', 'get_thing'], for: { id: 'facts.thing.s' } },
    needs: ['thing'],
    words: { numbers: ['facts.other.n'], flags: ['facts.other.b'], optional: ['facts.other.n'] },
  },
  mine: {
    written: { from: 'get_any', for: { who: 'actor.id', kind: { value: 'a' } }, pick: 'n' },
    words: { numbers: ['facts.mine'], optional: ['facts.mine'] },
  },
  things: { written: { from: 'get_thing', take: 'all' }, words: { rows: ['facts.things'] } },
  texts: { written: { from: ['get_text'], take: 'all' }, words: { lists: ['facts.texts'] } },
  listed: { written: { from: 'get_list' }, words: { rows: ['facts.listed'] } },
  picked: {
    written: { from: 'get_thing', take: 'all', pick: 's' },
    words: { lists: ['facts.picked'], optional: ['facts.picked'] },
  },
  count: {
    written: { count: 'calls', tools: ['pay*'], per: ['actor', 'tool'], window: '24h' },
    words: { numbers: ['facts.count'], optional: ['facts.count'] },
  },
  spent: {
    written: { sum: 'args.n', per: ['trace'], window: '30d' },
    words: { numbers: ['facts.spent'] },
  },
  found: {
    written: { detect: 'args', types: ['email', 'iban'] },
    words: { lists: ['facts.found'] },
  },
  leaked: {
    written: { detect: 'facts.thing.s' },
    needs: ['thing'],
    words: { lists: ['facts.leaked'], optional: ['facts.leaked'] },
  },
};

/** Writes a bundle that loads. */
export function randomBundle(random: Random): object {
  const { pick, chance, some } = random;
  const chosen = new Set(chance(0.5) ? some(Object.keys(FACTS), 4) : []);
  for (const name of [...chosen]) for (const need of FACTS[name]?.needs ?? []) chosen.add(need);
  const facts = Object.fromEntries([...chosen].map((name) => [name, FACTS[name]?.written]));
  const words = vocabulary([...chosen]);
  // Long lists of rules are found in another way than short ones.
  const long = chance(0.15);
  const guards = [pick(GUARDS), pick(GUARDS)];
  const count = long ? 10 + random.below(20) : 1 + random.below(6);
  return {
    policy_id: 'p',
    version: '1',
    environment: 'prod',
    owner: 'o',
    effective_at: '2026-01-01T00:00:00Z',
    ...(chosen.size > 0 || chance(0.3) ? { tools: TOOLS } : {}),
    ...(chosen.size > 0 ? { facts } : {}),
    ...(chance(0.3) ? { strategy: 'first_match' } : {}),
    ...(chance(0.3) ? { default: pick(OUTCOMES) } : {}),
    ...(chance(0.4) ? { zone: pick(['UTC', '+05:30', '-05:00', 'Europe/Berlin']) } : {}),
    rules: Array.from({ length: count }, (_, index) =>
      long && chance(0.8) ? guardedRule(random, index, guards) : randomRule(random, words, index),
    ),
  };
}

function vocabulary(facts: readonly string[]): Vocabulary {
  const all = (key: keyof Vocabulary) => [
    ...ROOTS[key],
    ...facts.flatMap((name) => FACTS[name]?.words[key] ?? []),
    // Facts are what is new: they are named more often than one place among many.
    ...facts.flatMap((name) => FACTS[name]?.words[key] ?? []),
  ];
  return {
    numbers: all('numbers'),
    texts: all('texts'),
    flags: all('flags'),
    lists: all('lists'),
    rows: all('rows'),
    optional: all('optional'),
  };
}

function randomRule(random: Random, words: Vocabulary, index: number): object {
  const { pick, chance } = random;
  const action = pick(OUTCOMES);
  const [service, control] = pick([
    ['sf_govern', 'tool_call'],
    ['sf_govern', 'tool_call'],
    ['sf_govern', 'tool_call'],
    ['sf_govern', 'tool_result'],
    ['sf_rag', 'grounding_threshold'],
  ]);
  const answered = control === 'tool_result';
  const seen: Vocabulary = answered
    ? {
        ...words,
        numbers: [...words.numbers, 'facts.result.n'],
        optional: [...words.optional, 'facts.result.n'],
      }
    : words;
  const target = randomTarget(random, answered);
  return {
    // Order by id differs from the order they are written in.
    rule_id: `${pick(['r', 'q', 'z'])}${index}`,
    service,
    control,
    action,
    ...(Object.keys(target).length === 0 ? {} : { target }),
    ...(chance(0.75) ? { when: randomCondition(random, seen) } : {}),
    ...(chance(0.2)
      ? {
          threshold: pick([0, 0.5, 1]),
          ...(chance(0.8)
            ? { metadata: { comparator: pick(['lt', 'lte', 'gt', 'gte', 'eq', 'neq']) } }
            : {}),
        }
      : {}),
    ...(chance(0.3) ? { on_error: pick(OUTCOMES) } : {}),
    ...(chance(0.15) ? { stage: { mode: 'shadow', until: '2026-06-01T00:00:00Z' } } : {}),
    ...(chance(0.1) ? { enabled: false } : {}),
    ...(!action.startsWith('allow') && chance(0.4)
      ? { redact: [randomRedaction(random, answered), randomRedaction(random, answered)] }
      : {}),
  };
}

/** Ways to compare one place with a constant: many rules of a list share one or two. */
const GUARDS: readonly ((random: Random) => string)[] = [
  ({ pick }) => `args.s == ${pick(GUARD_TEXTS)}`,
  ({ pick }) => `${pick(GUARD_TEXTS)} == args.s`,
  ({ pick }) => `args.s in [${pick(GUARD_TEXTS)}, ${pick(GUARD_TEXTS)}]`,
  ({ pick }) => `args.n == ${pick(GUARD_NUMBERS)}`,
  ({ pick }) => `args.n ${pick(['>', '>='])} ${pick(GUARD_NUMBERS)}`,
  ({ pick }) => `args.n ${pick(['<', '<='])} ${pick(GUARD_NUMBERS)}`,
  ({ pick }) => `${pick(GUARD_NUMBERS)} ${pick(['<', '<='])} args.n`,
  ({ pick }) => `env == "prod" && observed < ${pick(['0.5', '1'])}`,
  () => 'request.tool in ["pay", "pa"]',
  ({ pick }) => `args.deep.b == ${pick(['true', 'false'])}`,
];
const GUARD_TEXTS = ['"a"', '"ab"', '"b"', '""'];
const GUARD_NUMBERS = ['0', '1', '2.5', '-3', '100', '1000'];

function guardedRule(random: Random, index: number, guards: typeof GUARDS): object {
  const { pick, chance } = random;
  const guard = pick(guards)(random);
  return {
    rule_id: `${pick(['g', 'z'])}${index}`,
    service: 'sf_govern',
    control: 'tool_call',
    action: pick(OUTCOMES),
    when: chance(0.3) ? `${guard} && args.m > ${pick(GUARD_NUMBERS)}` : guard,
    ...(chance(0.2) ? { target: { tools: pick([['pay'], ['pay*']]) } } : {}),
    ...(chance(0.3) ? { on_error: pick(OUTCOMES) } : {}),
    ...(chance(0.1) ? { stage: { mode: 'shadow', until: '2026-06-01T00:00:00Z' } } : {}),
  };
}

function randomTarget(random: Random, answered: boolean): object {
  const tools = answered
    ? [['get_thing'], ['get_*'], ['get_thing', 'get_any']]
    : [
        ['pay'],
        ['pay*'],
        ['p*', 'get_any'],
        ['pay', 'pay_fast'],
        ['*'],
        ['get_thing'],
        ['pay_*', 'pa*'],
      ];
  const parts = {
    tools: random.pick(tools),
    resources: ['a', 'ab*'],
    agents: [random.pick(['a', 'ab', 'b*'])],
    actors: ['a*'],
    roles: [random.pick(['a', 'ab*', 'b'])],
    environments: ['prod'],
  };
  const used = random.chance(0.6) ? ['tools'] : random.some(Object.keys(parts), 2);
  return Object.fromEntries(Object.entries(parts).filter(([key]) => used.includes(key)));
}

/** Once there is a result, the arguments are used. */
function randomRedaction({ pick, chance }: Random, answered: boolean): object {
  const path = pick(['args', 'args.s', 'args.deep.s', 'result']);
  return {
    path: answered ? 'result' : path,
    ...(chance(0.3) ? { mask: '***' } : {}),
    ...(chance(0.3) ? { types: pick([['email'], ['iban', 'email']]) } : {}),
  };
}
