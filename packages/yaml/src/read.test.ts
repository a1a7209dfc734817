import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { YamlError, type YamlLimits, type YamlProblem } from './index.js';
import { type PlainDocument, readJson, readYaml } from './read.js';

function problemsOf(read: () => unknown): readonly YamlProblem[] {
  try {
    read();
  } catch (error) {
    if (!YamlError.is(error)) throw error;
    expect(error.problems[0]?.code).toBe(error.code);
    return error.problems;
  }
  throw new Error('was accepted');
}

const first = (text: string, limits?: YamlLimits): string => {
  const [problem] = problemsOf(() => readYaml(text, limits));
  return `${problem?.code} ${problem?.line}:${problem?.column}`;
};

const many = (count: number, make: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => make(n)).join(', ');

describe('readYaml', () => {
  it('reads YAML 1.2: no is text, 012 is twelve, a merge key is a key', () => {
    const text = 'a: no\nb: 012\nc: 1:30\nd: {<<: {e: 1}}\nf: 2026-01-01\ng: ~\nh: .5\n';
    expect(readYaml(text).value).toEqual({
      ...{ a: 'no', b: 12, c: '1:30', d: { '<<': { e: 1 } }, f: '2026-01-01', g: null, h: 0.5 },
    });
    expect(readYaml('constructor: 1\ntoString: 2').value).toEqual({ constructor: 1, toString: 2 });
  });

  it.each([
    ['Y-02 a large text', `# ${'x'.repeat(300_000)}`, 'YAML_TOO_LARGE 1:1'],
    ['Y-02 a text that is large in bytes', `# ${'é'.repeat(140_000)}`, 'YAML_TOO_LARGE 1:1'],
    ['Y-02 a large map', `{${many(20_000, (n) => `k${n}: 1`)}}`, 'YAML_TOO_MANY_PARTS 1:1'],
    ['Y-02 a large list', `a: [${many(2001, String)}]`, 'YAML_TOO_MANY_PARTS 1:4'],
    ['Y-03 a duplicate key', 'a: 1\nb: 2\na: 3', 'YAML_DUPLICATE_KEY 3:1'],
    ['Y-03 one in another spelling', 'a: 1\n"\\x61": 3', 'YAML_DUPLICATE_KEY 2:1'],
    ['Y-04 a tag', 'a: !!js/function "x"', 'YAML_TAG 1:4'],
    ['Y-04 an unknown tag', 'a: [!evil x]', 'YAML_TAG 1:5'],
    ['Y-04 a core tag', 'a: !!str 5', 'YAML_TAG 1:4'],
    ['Y-05 an old version', '%YAML 1.1\n---\na: no', 'YAML_DIRECTIVE 1:1'],
    ['Y-05 any version', '%YAML 1.2\n---\na: no', 'YAML_DIRECTIVE 1:1'],
    ['Y-07 nested brackets', '['.repeat(200_000), 'YAML_TOO_DEEP 1:65'],
    ['Y-07 nested maps', '{a: '.repeat(60_000), 'YAML_TOO_DEEP 1:257'],
    ['Y-07 nested lists', '- '.repeat(1000), 'YAML_TOO_DEEP 1:129'],
    ['Y-08 two documents', 'a: 1\n---\nb: 2', 'YAML_SEVERAL_DOCUMENTS 2:1'],
    ['Y-08 a document after an end', 'a: 1\n...\nb', 'YAML_SEVERAL_DOCUMENTS 3:1'],
    ['Y-08 a tab', 'a:\n\tb: 1', 'YAML_SYNTAX 2:1'],
    ['Y-08 NaN', 'a: .nan', 'YAML_VALUE 1:4'],
    ['Y-08 infinity', 'a: [-.inf]', 'YAML_VALUE 1:5'],
    ['Y-08 a number beyond doubles', 'a: 1e400', 'YAML_VALUE 1:4'],
    ['Y-08 an integer a double cannot hold', 'a: 9007199254740993', 'YAML_VALUE 1:4'],
    ['a number as key', '1: a', 'YAML_KEY 1:1'],
    ['a list as key', '{[a]: b}', 'YAML_KEY 1:2'],
    ['no key', '? \n: b', 'YAML_KEY 1:3'],
    ['a prototype', 'a: {__proto__: {b: 1}}', 'YAML_KEY 1:5'],
    ['an anchor', 'a: &x 1', 'YAML_ALIAS 1:4'],
    ['an alias', 'a: *x', 'YAML_ALIAS 1:4'],
    ['a control character', 'a: "\u0002"', 'YAML_CHARACTER 1:5'],
    ['half of a character', 'a: \ud800', 'YAML_CHARACTER 1:4'],
    ['half of a character, escaped', 'a: "\\ud800"', 'YAML_VALUE 1:4'],
    ['half of a character in a key', '"\\ud800": 1', 'YAML_KEY 1:1'],
    ['no text', '', 'YAML_EMPTY 1:1'],
    ['only a comment', '# nothing', 'YAML_EMPTY 1:1'],
    ['what is not text', 5 as unknown as string, 'YAML_TOO_LARGE 1:1'],
    ['an unclosed quote', 'a: "b', 'YAML_SYNTAX 1:6'],
  ])('refuses %s with its position', (_name, text, expected) => {
    expect(first(text)).toBe(expected);
  });

  it('takes text that only looks like an anchor, a tag or a directive', () => {
    expect(readYaml('a: |\n  &x *y\n  !z\n  %w\nb: "&c"\n# %YAML').value).toEqual({
      ...{ a: '&x *y\n!z\n%w\n', b: '&c' },
    });
    expect(readYaml('--- |\n&a\n').value).toBe('&a\n');
  });

  it('tells every problem of a step, in the order of the text', () => {
    const problems = problemsOf(() => readYaml('a: .nan\nb: {1: x}\na: .inf'));
    expect(problems.map(({ code, line }) => `${code} ${line}`)).toEqual([
      ...['YAML_VALUE 1', 'YAML_KEY 2', 'YAML_DUPLICATE_KEY 3', 'YAML_VALUE 3'],
    ]);
    const text = Array.from({ length: 500 }, () => 'a: .nan').join('\n');
    expect(problemsOf(() => readYaml(text))).toHaveLength(100);
  });

  it.each([{ maxBytes: -1 }, { maxDepth: 1.5 }, { maxAliases: Number.NaN }])(
    'refuses the limit %j',
    (limits) => {
      expect(() => readYaml('a', limits)).toThrow(RangeError);
    },
  );
});

describe('aliases, where they are allowed', () => {
  const limits = { maxAliases: 100 };

  it('unfolds them', () => {
    expect(readYaml('a: &x [1]\nb: *x', limits).value).toEqual({ a: [1], b: [1] });
  });

  it.each([
    ['Y-01 billions of laughs', 2, (inner: string) => inner],
    ['Y-01 a quadratic one', 1, (inner: string) => inner],
  ])('refuses %s', (_name, levels, same) => {
    const lists = Array.from({ length: levels * 5 }, (_, n) =>
      same(`a${n}: &a${n} [${many(10, () => (n === 0 ? 'x' : `*a${n - 1}`))}]`),
    );
    expect(first(lists.join('\n'), limits)).toMatch(/^YAML_ALIAS/);
  });

  it.each([
    ['a value inside itself', 'a: &x [1, *x]', 'YAML_ALIAS 1:11'],
    ['a map inside itself', 'a: &x {b: {c: *x}}', 'YAML_ALIAS 1:15'],
    ['an unknown anchor', 'a: *x', 'YAML_ALIAS 1:4'],
    ['an alias as key', 'a: &x b\n? *x\n: 1', 'YAML_KEY 2:3'],
    ['one too many', `a: &x 1\nb: [${many(101, () => '*x')}]`, 'YAML_ALIAS 2:5'],
  ])('refuses %s', (_name, text, expected) => {
    expect(first(text, limits)).toBe(expected);
  });
});

describe('readJson', () => {
  it.each([
    ['{"a": 1, "a": 2}', 'YAML_DUPLICATE_KEY 1:10'],
    ['{"a": 1}x', 'YAML_SYNTAX 1:9'],
    ['{a: 1}', 'YAML_SYNTAX 1:2'],
    ['{"a": 9007199254740993}', 'YAML_VALUE 1:7'],
    ['{"a": "\\ud800"}', 'YAML_SYNTAX 1:7'],
    ['{"__proto__": {"a": 1}}', 'YAML_KEY 1:2'],
    ['['.repeat(100), 'YAML_TOO_DEEP 1:65'],
    [`[${many(2001, String)}]`, 'YAML_TOO_MANY_PARTS 1:1'],
    ['', 'YAML_SYNTAX 1:1'],
  ])('refuses %#', (text, expected) => {
    const [problem] = problemsOf(() => readJson(text));
    expect(`${problem?.code} ${problem?.line}:${problem?.column}`).toBe(expected);
  });
});

/** Plain data as people write it. */
const data = fc.jsonValue({ maxDepth: 4 }).filter((value) => value !== null);

describe('whatever the text', () => {
  it('reads all JSON as JSON.parse does, both as YAML and as JSON', () => {
    fc.assert(
      fc.property(data, fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        const whole = JSON.parse(text) as unknown;
        const read = (reader: (text: string) => PlainDocument): unknown => {
          try {
            return reader(text).value;
          } catch (error) {
            // Numbers and keys that are not plain data here.
            if (YamlError.is(error) && ['YAML_VALUE', 'YAML_KEY'].includes(error.code))
              return whole;
            throw error;
          }
        };
        expect(read(readJson)).toEqual(whole);
        if (indent !== '\t') expect(read(readYaml)).toEqual(whole);
      }),
    );
  });

  it('gives plain data or a coded error with a place in the text', () => {
    const pieces = fc.constantFrom(
      ...['a: b', '\n', '- ', '{', '}', '[', ']', ': ', '"', "'", '&a ', '*a', '!x ', '%', '---'],
      ...['|', '>', '#', '\t', '  ', '? ', '\u0000', '\ud800', 'x', '<<', '\r\n', '...', '\ufeff'],
    );
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 30 }),
        fc.constantFrom(0, 5),
        (parts, maxAliases) => {
          const text = parts.join('');
          try {
            const { value } = readYaml(text, { maxAliases });
            expect(JSON.parse(JSON.stringify(value))).toEqual(value);
          } catch (error) {
            if (!YamlError.is(error)) throw error;
            for (const { line } of error.problems) {
              expect(line).toBeLessThanOrEqual(text.split('\n').length);
            }
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('locate', () => {
  const text = 'rules:\n  - id: r\n    when: "a > 5"\n    tags: [x, &y z, *y]\n';
  const { locate } = readYaml(text, { maxAliases: 5 });

  it.each([
    [[], 'value', 1, 1],
    [['rules'], 'key', 1, 1],
    [['rules'], 'value', 2, 3],
    [['rules', 0, 'when'], 'key', 3, 5],
    [['rules', 0, 'when'], 'value', 3, 11],
    [['rules', 0, 'when'], 2, 3, 14],
    [['rules', 0, 'tags', 2], 'value', 4, 21],
    [['rules', 0, 'none', 5], 'value', 2, 5],
    [['rules', '0'], 'value', 2, 3],
  ] as const)('%j (%s) is at %i:%i', (path, part, line, column) => {
    expect(locate(path, part)).toEqual({ line, column });
  });

  it('finds the same places in JSON', () => {
    const json = readJson('{\n  "a": [1,\n  {"b": "c"}]\n}').locate;
    expect(json(['a', 1, 'b'])).toEqual({ line: 3, column: 9 });
    expect(json(['a', 1, 'b'], 'key')).toEqual({ line: 3, column: 4 });
  });

  it('finds every value where it was written', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 1 }), (numbers) => {
        const lines = ['a:', ...numbers.map((number) => `  - ${number}`)].join('\n');
        const found = readYaml(lines);
        for (const [at] of numbers.entries()) {
          expect(found.locate(['a', at])).toEqual({ line: at + 2, column: 5 });
        }
      }),
    );
  });
});

const bomb = resolve(
  process.env.SPANFORGE_DATA ?? resolve(import.meta.dirname, '../../../../shared/data'),
  'vectors/yaml/billion_laughs.yaml',
);

describe.skipIf(!existsSync(bomb))(`billion laughs (${bomb})`, () => {
  it('is refused, with and without aliases', () => {
    const text = readFileSync(bomb, 'utf8');
    expect(first(text)).toMatch(/^YAML_ALIAS/);
    expect(first(text, { maxAliases: 100 })).toMatch(/^YAML_ALIAS/);
  });
});
