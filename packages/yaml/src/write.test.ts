import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readYaml } from './read.js';
import { writeYaml } from './write.js';

describe('writeYaml', () => {
  it('writes what is read back as the same, whatever the layout', () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom('no', '012', '~', '', ' a', '- b', '# c', 'é\n'),
    );
    const { plain } = fc.letrec((tie) => ({
      plain: fc.oneof(
        { maxDepth: 4 },
        fc.constant(null),
        fc.boolean(),
        fc.integer(),
        fc
          .double({ noNaN: true, noDefaultInfinity: true })
          .filter((one) => !Number.isInteger(one) || Number.isSafeInteger(one)),
        text,
        fc.array(tie('plain'), { maxLength: 4 }),
        fc.dictionary(
          text.filter((key) => key !== '__proto__'),
          tie('plain'),
          { maxKeys: 4, noNullPrototype: true },
        ),
      ),
    }));
    fc.assert(
      fc.property(plain, fc.nat(4), fc.nat(60), text, (value, blockDepth, maxLineLength, above) => {
        const written = writeYaml(value, {
          blockDepth,
          maxLineLength,
          commentsAbove: (path) => (path.length % 2 === 1 ? [above] : []),
          blankAbove: (path) => path.length === 2,
        });
        expect(written).toMatch(/^[\n\x20-\x7e]*$/);
        expect(readYaml(written).value).toEqual(value);
      }),
    );
  });

  it('puts short parts on one line, comments above, and leaves out what is undefined', () => {
    const value = {
      name: 'a rule',
      left: undefined,
      tools: { refund: { effect: 'pay' }, read: {} },
      list: [{ a: 'yes', b: 'line\nbreak \u202e' }],
    };
    const written = writeYaml(value, {
      blockDepth: 2,
      commentsAbove: ([first, second]) =>
        second === 'refund'
          ? ['seen twice', '\u202e']
          : first === 'name'
            ? ['head\ninjected: 1']
            : [],
      blankAbove: (path) => path.length === 1 && path[0] === 'tools',
    });
    expect(written).toBe(
      [
        '# head injected: 1',
        'name: a rule',
        '',
        'tools:',
        '  # seen twice',
        '  # \\u202e',
        '  refund: { effect: pay }',
        '  read: {}',
        'list:',
        '  - { a: "yes", b: "line\\nbreak \\u202e" }',
        '',
      ].join('\n'),
    );
  });

  it('gives no anchor to what stands twice', () => {
    const part = { a: [1] };
    expect(writeYaml([part, part])).toBe('- { a: [ 1 ] }\n- { a: [ 1 ] }\n');
  });

  it('refuses a number that is not finite', () => {
    expect(() => writeYaml({ a: [Number.NaN] })).toThrow(TypeError);
  });
});
