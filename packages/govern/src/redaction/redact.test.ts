import type { Obligation } from '@spanforge/core-events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redact, redactionsFor, withDetectorNotice } from './redact.js';

const on = (path: string, mask?: string) =>
  redactionsFor(
    [{ kind: 'redact', target: 'args', path, ...(mask === undefined ? {} : { mask }) }],
    'args',
  );

describe('redact', () => {
  test('masks by path, every element and index', () => {
    const value = { a: { b: [{ c: 1, d: 2 }, { c: 3 }, 4] }, 'x.y': 5 };
    expect(redact(value, on('a.b.*.c', '#'))).toEqual({
      a: { b: [{ c: '#', d: 2 }, { c: '#' }, 4] },
      'x.y': 5,
    });
    expect(redact(value, on('a.b.1'))).toMatchObject({ a: { b: [{ c: 1 }, '[redacted]', 4] } });
    expect(redact(value, on('a.*'))).toMatchObject({ a: { b: '[redacted]' } });
    expect(redact(value, on(''))).toBe('[redacted]');
  });

  test('a path that leads to nothing releases nothing', () => {
    for (const path of [
      'z',
      'a.z',
      'a.b.7',
      'a.b.1',
      'a.b.length',
      'a.n.x',
      'a.b.-1',
      'a.b.01',
      'a.constructor',
      'a.__proto__.x',
    ]) {
      expect(redact({ a: { b: [1], n: null } }, on(path))).toBe('[redacted]');
    }
    expect(redact('plain text', on('card', '#'))).toBe('#');
    expect(redact({ rows: [{ card: 1 }] }, on('rows.card'))).toBe('[redacted]');
    expect(redact(7, on('card'))).toBe('[redacted]');
  });

  test('a list without members, and a value that is absent, have nothing to mask', () => {
    expect(redact({ rows: [], n: 1 }, on('rows.*.card'))).toEqual({ rows: [], n: 1 });
    expect(redact(undefined, on('card'))).toBe(undefined);
    expect(redact(null, on('card'))).toBe(null);
  });

  test('JSON as text is redacted in its parsed form, and stays text', () => {
    const text = '{"card":"4111","rows":[{"card":1}],"note":"a"}';
    expect(redact(text, on('card', '#'))).toBe('{"card":"#","rows":[{"card":1}],"note":"a"}');
    const content = [{ type: 'text', text }];
    expect(redact({ content }, on('content.*.text.rows.*.card', '#'))).toEqual({
      content: [{ type: 'text', text: '{"card":"4111","rows":[{"card":"#"}],"note":"a"}' }],
    });
    expect(redact(text, on('cart'))).toBe('[redacted]');
    expect(redact('{"card":1', on('card'))).toBe('[redacted]');
  });

  test('only text that is an object or a list is written anew', () => {
    const others = [' 7', '1.0', '"\\u0041["', 'x {"a":1}', null, 2, true];
    const value = [...others, '\n [ {"a": 1} ]', '{ "a": 1 }'];
    expect(redact(value, on('*.a', '#'))).toEqual([...others, '[{"a":1}]', '{"a":"#"}']);
    expect(redact(value, on('*.*.a', '#'))).toEqual([...others, '[{"a":"#"}]', '{"a":1}']);
  });

  test('what a path cannot be followed into is masked, though it matches elsewhere', () => {
    const card = '4111111111111111';
    const block = (text: unknown) => ({ type: 'text', text });
    const texts = [`{"card":"${card}"}`, `the card is ${card}`, `{"card":"${card}`, Number(card)];
    const masked = redact({ content: texts.map(block) }, on('content.*.text.card', '#'));
    expect(masked).toEqual({ content: ['{"card":"#"}', '#', '#', '#'].map(block) });
    const cut = ['{"a":1}', '{"a":1', '[1,', null];
    expect(redact(cut, on('*.a', '#'))).toEqual(['{"a":"#"}', '#', '#', null]);
    expect(redact([{ a: 1 }, () => card], on('*.a', '#'))).toEqual([{ a: '#' }, '#']);
    const nothing = [{ a: { b: 1 } }, { a: undefined }, { a: null }];
    expect(redact(nothing, on('*.a.b', '#'))).toEqual([{ a: { b: '#' } }, ...nothing.slice(1)]);
  });

  test('without types all of the value goes, whatever a detector would find', () => {
    const answers = [() => [], () => [{ start: 0, end: 1, type: 'a' }]];
    for (const detect of answers) {
      expect(redact({ a: { b: 'text' } }, on('a'), detect)).toEqual({ a: '[redacted]' });
    }
  });

  test('overlapping redactions do not hide the rest', () => {
    const both = [...on('a', '#'), ...on('a.b', '+')];
    expect(redact({ a: { b: 1 }, c: 2 }, both)).toEqual({ a: '#', c: 2 });
  });

  test('what no path leads to is not in what is released, whatever the path', () => {
    const secret = 'S3CR3T-4111-1111';
    const step = fc.constantFrom('a', 'b', 'card', '*', '0', '7', 'cart', '__proto__', '');
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.constant(secret),
        fc.constantFrom(1, true, 'x'),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'b', 'card'), tie('node'), { maxKeys: 3 }),
      ),
    })).node;
    const leads = (value: unknown, [first, ...rest]: readonly string[]): boolean => {
      if (first === undefined) return true;
      if (typeof value !== 'object' || value === null) return false;
      const keys = Object.keys(value);
      if (first === '*' && keys.length === 0) return true;
      const to = first === '*' ? keys : keys.filter((key) => key === first);
      return to.some((key) => leads((value as Record<string, unknown>)[key], rest));
    };
    fc.assert(
      fc.property(
        tree,
        fc.array(step, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (value, steps, asText) => {
          const path = steps.join('.');
          if (path === '' || leads(value, path.split('.'))) return;
          const given = asText && typeof value === 'object' ? JSON.stringify(value) : value;
          expect(JSON.stringify(redact(given, on(path)))).not.toContain(secret);
        },
      ),
    );
  });

  test('what is not plain data is masked whole', () => {
    expect(redact({ a: new Map([['b', 1]]) }, on('a.b'))).toEqual({ a: '[redacted]' });
    expect(redact({ a: () => 1 }, on('a.b'))).toEqual({ a: '[redacted]' });
  });

  test('changes nothing in place, and nothing beside the path', () => {
    const document = fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), fc.jsonValue());
    fc.assert(
      fc.property(document, fc.constantFrom('a', 'b', '__proto__'), (value, key) => {
        if (!Object.hasOwn(value, key)) return;
        const before = JSON.stringify(value);
        const after = redact(value, on(key, 'mask')) as Record<string, unknown>;
        expect(JSON.stringify(value)).toBe(before);
        for (const name of Object.keys(value)) {
          const kept = Object.getOwnPropertyDescriptor(after, name)?.value;
          const was = Object.getOwnPropertyDescriptor(value, name)?.value;
          expect(kept).toEqual(name === key ? 'mask' : was);
        }
        expect(Object.keys(after)).toEqual(Object.keys(value));
      }),
    );
  });

  test('tells the sides of a call apart', () => {
    const both: Obligation[] = [
      { kind: 'notice', text: 'x' },
      { kind: 'redact', target: 'args', path: 'a' },
      { kind: 'redact', target: 'result', path: 'b' },
    ];
    expect(redactionsFor(both, 'result').map(({ path }) => path)).toEqual(['b']);
  });
});

describe('the notice that nothing can find the types', () => {
  const whole: Obligation = { kind: 'redact', target: 'args', path: '' };
  const byType: Obligation = { ...whole, types: ['email'] };
  const notice: Obligation = {
    kind: 'notice',
    text: 'No detector is installed; values to be redacted by type were masked whole.',
  };
  const other: Obligation = { kind: 'notice', text: 'Mind the gap.' };

  test('is added once, where something is to be redacted by type and there is no detector', () => {
    const some = fc.array(fc.constantFrom(whole, byType, notice, other), { maxLength: 4 });
    fc.assert(
      fc.property(some, fc.boolean(), (obligations, installed) => {
        const missing = !installed && obligations.includes(byType) && !obligations.includes(notice);
        const detect = installed ? () => [] : undefined;
        expect(withDetectorNotice(obligations, detect)).toEqual(
          missing ? [...obligations, notice] : obligations,
        );
      }),
    );
  });
});
