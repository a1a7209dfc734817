import type { PolicyRequest } from '@spanforge/core-events';
import type { Random } from './random.js';

const UNTIL = Date.parse('2026-06-01T00:00:00Z');

const TIMES = [
  UNTIL - 1,
  UNTIL,
  Date.parse('2026-05-02T10:00:00Z'),
  Date.parse('2026-10-25T00:30:00Z'),
  0,
  9e15,
  Number.NaN,
];
const NUMBERS: readonly unknown[] = [
  0,
  1,
  2,
  2.5,
  -3,
  100,
  1000,
  '1',
  null,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  true,
  {},
  [],
];
const TEXTS: readonly unknown[] = [
  '',
  'a',
  'ab',
  'b',
  'Ab',
  'ann@example.com',
  '2026-05-02T10:00:00',
  '2026-02-30',
  '2026-10-25T02:30',
  5,
  null,
  ['a'],
  {},
];
const FLAGS: readonly unknown[] = [true, false, null, 'true', 0];
const LISTS: readonly unknown[] = [[], ['a'], ['a', 'b'], ['ab', 5], [null], 'a', { a: 1 }, null];
const ROWS: readonly unknown[] = [
  [],
  [{ n: 1, s: 'a' }],
  [{ n: 100 }, { n: 2, s: 'b' }],
  [{ n: '1' }],
  [{}, { n: 1 }],
  [null],
  'x',
  null,
];

/** Makes what may be asked: mostly as it should be, often with a part missing, at times of another type. */
export function randomRequest(random: Random): PolicyRequest {
  const { pick, chance } = random;
  const [service, control] = pick([
    ['sf_govern', 'tool_call'],
    ['sf_govern', 'tool_call'],
    ['sf_govern', 'tool_call'],
    ['sf_govern', 'tool_result'],
    ['sf_rag', 'grounding_threshold'],
    ['sf_other', 'none'],
  ]);
  const answered = control === 'tool_result';
  const given: Record<string, unknown> = { service, control, time: pick(TIMES) };
  const add = (name: string, probability: number, value: () => unknown): void => {
    if (chance(probability)) given[name] = value();
  };
  add('tool', 0.9, () =>
    answered
      ? pick(['get_thing', 'get_any', 'get_text'])
      : pick(['pay', 'pay_fast', 'pa', 'get_any', 'get_thing', 'x']),
  );
  add('resource', 0.3, () => pick(['a', 'ab', 'abc', 'q']));
  add('args', 0.9, () => (chance(0.05) ? pick([null, 'x', 5, []]) : randomFields(random)));
  add('actor', 0.7, () => ({ id: text(random), ...(chance(0.7) ? { roles: list(random) } : {}) }));
  add('agent', 0.7, () => ({ id: text(random) }));
  add('env', 0.7, () => pick(['prod', 'dev', '']));
  add('labels', 0.6, () => list(random));
  add('observed', 0.6, () => pick([0, 0.5, 1, 0.75, Number.NaN, Number.NEGATIVE_INFINITY, '1']));
  add('context', 0.6, () => randomFields(random));
  add('calls', 0.8, () => Array.from({ length: random.below(5) }, () => randomCall(random)));
  add('callId', 0.3, () => 'c1');
  add('facts', answered ? 0.9 : 0.15, () => randomGiven(random, answered));
  if (chance(0.01)) given.control = pick([undefined, 5]);
  return given as unknown as PolicyRequest;
}

/** Sums a service may have counted. */
export function randomCounted({ pick, chance }: Random): Readonly<Record<string, number>> {
  return {
    ...(chance(0.7) ? { count: pick([0, 1, 2, 100, Number.NaN]) } : {}),
    ...(chance(0.7) ? { spent: pick([0, 2.5, 1000, Number.POSITIVE_INFINITY]) } : {}),
  };
}

function text(random: Random): unknown {
  return random.chance(0.85) ? random.pick(['a', 'ab', 'b', 'ba']) : random.pick(TEXTS);
}

function list(random: Random): unknown {
  return random.chance(0.85) ? random.some(['a', 'ab', 'b'], 3) : random.pick(LISTS);
}

function randomFields(random: Random): Record<string, unknown> {
  const { pick, chance } = random;
  const number = (): unknown =>
    chance(0.75) ? pick([0, 1, 2, 2.5, -3, 100, 1000]) : pick(NUMBERS);
  const fields: Record<string, unknown> = {};
  const add = (name: string, value: () => unknown): void => {
    if (chance(0.75)) fields[name] = value();
  };
  add('n', number);
  add('m', number);
  add('s', () => (chance(0.7) ? text(random) : pick(TEXTS)));
  add('at', () => pick(TEXTS));
  add('b', () => pick(FLAGS));
  add('l', () => list(random));
  add('rows', () => pick(ROWS));
  add('deep', () => (chance(0.8) ? { n: number(), b: pick(FLAGS) } : pick([null, 1, []])));
  return chance(0.02) ? Object.create(fields) : fields;
}

function randomCall(random: Random): unknown {
  const { pick, chance } = random;
  if (chance(0.01)) return pick([null, 'call', {}]);
  const tool = pick([
    'get_thing',
    'get_thing',
    'get_any',
    'get_list',
    'get_text',
    'pay',
    '__proto__',
  ]);
  const args = chance(0.95)
    ? { id: text(random), who: text(random), kind: 'a' }
    : pick([null, 'x']);
  return { tool, args, result: randomResult(random, tool) };
}

function randomResult(random: Random, tool: string): unknown {
  const { pick, chance } = random;
  if (chance(0.1))
    return pick([
      'Error: no',
      'torn {',
      '{"n":1,"n":2}',
      '{"n":1e400}',
      'null',
      '[1]',
      null,
      undefined,
      7,
    ]);
  const plain =
    tool === 'get_text'
      ? pick(['a', 'b', ''])
      : tool === 'get_list'
        ? pick(ROWS)
        : randomFields(random);
  return chance(0.4) && tool !== 'get_text' ? JSON.stringify(plain) : plain;
}

function randomGiven(random: Random, answered: boolean): unknown {
  const { pick, chance } = random;
  if (chance(0.05)) return pick([null, 'x', []]);
  return {
    ...(answered ? { result: randomResult(random, 'get_thing') } : {}),
    ...(chance(0.2) ? { thing: chance(0.8) ? randomFields(random) : pick(TEXTS) } : {}),
    ...(chance(0.1) ? { count: pick(NUMBERS) } : {}),
    ...(chance(0.1) ? { unheard: 1 } : {}),
  };
}
