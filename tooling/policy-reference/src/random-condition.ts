import type { Random } from './random.js';

/** Places of each type that conditions may read, by the facts a bundle declares. */
export interface Vocabulary {
  readonly numbers: readonly string[];
  readonly texts: readonly string[];
  readonly flags: readonly string[];
  readonly lists: readonly string[];
  /** Lists of objects with a number `n` and a text `s`. */
  readonly rows: readonly string[];
  /** What `has` can be asked of. */
  readonly optional: readonly string[];
}

export const ROOTS: Vocabulary = {
  numbers: [
    'args.n',
    'args.m',
    'observed',
    'time.hour',
    'time.weekday',
    'context.n',
    'args.deep.n',
  ],
  texts: ['args.s', 'env', 'actor.id', 'agent.id', 'request.tool', 'context.s', 'args.at'],
  flags: ['args.b', 'context.b', 'args.b == true', 'args.deep.b'],
  lists: ['labels', 'actor.roles', 'args.l', 'context.l'],
  rows: ['args.rows', 'context.rows'],
  optional: [
    'args.n',
    'args.s',
    'args.zz',
    'args.deep.n',
    'args.deep.zz.y',
    'actor.id',
    'context.n',
  ],
};

const NUMBERS = ['0', '1', '2.5', '-3', '100', '1000'];
const TEXTS = ['""', '"a"', '"ab"', '"b"', '"prod"', '"2026-05-02"', '"Ab"'];

/** Writes a condition that loads: every operator of the language is reached. */
export function randomCondition(random: Random, words: Vocabulary, depth = 3): string {
  const again = (): string => randomCondition(random, words, depth - 1);
  if (depth === 0 || random.chance(0.4)) return randomTest(random, words);
  switch (random.below(6)) {
    case 0:
      return `!(${again()})`;
    case 1:
      return `(${again()} ? ${again()} : ${again()})`;
    case 2:
    case 3:
      return `(${again()} || ${again()})`;
    default:
      return `(${again()} && ${again()})`;
  }
}

function randomTest(random: Random, words: Vocabulary): string {
  const { pick } = random;
  const number = (): string => randomNumber(random, words);
  const text = (): string => randomText(random, words);
  const list = (): string => pick([...words.lists, '["a", "ab"]', '["b"]']);
  const operator = pick(['<', '<=', '>', '>=', '==', '!=']);
  switch (random.below(14)) {
    case 0:
    case 1:
    case 2:
      return `${pick(words.numbers)} ${operator} ${pick(NUMBERS)}`;
    case 3:
      return `${number()} ${operator} ${number()}`;
    case 4:
      return `${text()} ${pick(['==', '!='])} ${text()}`;
    case 5:
      return `${text()} in ${list()}`;
    case 6:
      return `${pick(words.numbers)} in [${pick(NUMBERS)}, ${pick(NUMBERS)}]`;
    case 7:
      return `${text()}.${pick(['startsWith', 'endsWith', 'contains'])}(${text()})`;
    case 8:
      return `has(${pick(words.optional)})`;
    case 9:
      return pick(words.flags);
    case 10:
      return `${pick([...words.numbers, ...words.texts])} ${pick(['==', '!='])} null`;
    case 11:
      return `${list()}.${pick(['all', 'exists'])}(x, x == ${text()} || x.startsWith("a"))`;
    case 12:
      return `${pick(words.rows)}.${pick(['all', 'exists'])}(r, r.n ${operator} ${number()} ${pick(['&&', '||'])} has(r.s))`;
    default:
      return `instant(${pick([...words.texts, '"2026-05-02T10:00"'])}) ${pick(['<', '>='])} time.epoch`;
  }
}

function randomNumber(random: Random, words: Vocabulary): string {
  const { pick } = random;
  switch (random.below(8)) {
    case 0:
      return `(${pick(words.numbers)} ${pick(['+', '-', '*', '/'])} ${pick(words.numbers)})`;
    case 1:
      return `size(${pick([...words.lists, ...words.texts, ...words.rows])})`;
    case 2:
      return `-${pick(words.numbers)}`;
    case 3:
      return `size(${pick(words.rows)}.filter(f, f.n > ${pick(NUMBERS)}))`;
    case 4:
      return `${pick(words.rows)}[${pick(['0', '1', 'args.n'])}].n`;
    case 5:
      return pick(NUMBERS);
    default:
      return pick(words.numbers);
  }
}

function randomText(random: Random, words: Vocabulary): string {
  const { pick } = random;
  switch (random.below(6)) {
    case 0:
      return pick(TEXTS);
    case 1:
      return `${pick(words.texts)}.lowerAscii()`;
    case 2:
      return `(${pick(words.texts)} + ${pick(TEXTS)})`;
    case 3:
      return `${pick(words.lists)}[0]`;
    default:
      return pick(words.texts);
  }
}
