import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorCode } from '../error-code.js';
import { deepFreeze } from './freeze.js';
import { formatPath } from './path.js';
import { isPlainObject } from './plain.js';

describe('isPlainObject', () => {
  it.each([{}, Object.create(null), JSON.parse('{"__proto__":1}'), runInNewContext('({})')])(
    'is true for %o',
    (value) => expect(isPlainObject(value)).toBe(true),
  );

  it.each([null, undefined, 'x', 1, [], new Map(), new Date(), Object.create({}), () => 1])(
    'is false for %o',
    (value) => expect(isPlainObject(value)).toBe(false),
  );
});

describe('deepFreeze', () => {
  it('freezes every part and changes none', () => {
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(frozen));
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const before = JSON.stringify(value);
        const result = deepFreeze(value);
        expect(result).toBe(value);
        expect(frozen(result)).toBe(true);
        expect(JSON.stringify(result)).toBe(before);
      }),
    );
  });
});

describe('formatPath', () => {
  it('is one printable line of at most 200 characters, whatever the names', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.nat(), fc.string({ unit: 'binary' }))),
        (path) => {
          expect(formatPath(path)).toMatch(/^\$[ -~]*…?$/);
          expect(formatPath(path).length).toBeLessThanOrEqual(200);
        },
      ),
    );
    expect(formatPath(['a', 0, 'b c', Symbol('s')])).toBe('$.a[0]["b c"]["Symbol(s)"]');
  });
});

describe('errorCode', () => {
  it.each([
    [Object.assign(new Error('x'), { code: 'ENOENT' }), 'ENOENT'],
    [{ code: 'SCOPE_OPTIONS_INVALID' }, 'SCOPE_OPTIONS_INVALID'],
    [{ code: 7 }, undefined],
    [{ code: '' }, undefined],
    [new Error('x'), undefined],
    [undefined, undefined],
    ['ENOENT', undefined],
  ])('of %o is %s', (error, code) => expect(errorCode(error)).toBe(code));
});
