import { describe, expect, test } from 'vitest';
import { declaredAt, isOfKind, isOfType } from './declared.js';
import { typeOfSchema } from './json-schema.js';
import { FIXED_TYPES } from './roots.js';
import { DYN, listOf, NULL, NUMBER, orNull, STRING } from './static-type.js';

const order = typeOfSchema({
  type: 'object',
  properties: {
    id: { type: 'string' },
    lines: { type: 'array', items: { type: 'object', properties: { price: { type: 'number' } } } },
    note: { type: ['string', 'null'] },
  },
});

describe('where a type is declared', () => {
  const result = typeOfSchema({ type: 'object', properties: { id: { type: 'number' } } });
  const facts = { kind: 'object', fields: { result, many: listOf(order), count: NUMBER } } as const;

  test.each([
    [['args', 'id'], 'string'],
    [['args', 'note'], 'string'],
    [['args', 'lines'], 'list'],
    [['args'], 'object'],
    [['facts', 'result', 'id'], 'number'],
    [['facts', 'result'], 'object'],
    [['facts', 'many'], 'list'],
    [['facts', 'count'], 'number'],
    [['labels'], 'list'],
    [['actor', 'roles'], 'list'],
    [['request', 'tool'], 'string'],
    [['context', 'anything'], 'dyn'],
  ])('%j is of kind %s', (names, kind) => {
    expect(declaredAt({ ...FIXED_TYPES, args: order, facts }, names)?.kind).toBe(kind);
  });

  test.each([
    [['facts', 'other', 'id']],
    [['result', 'id']],
    [['args', 'result']],
    [['args', 'lines', 'price']],
    [['args', 'id', 'more']],
    [['facts', 'many', 'id']],
    [['actor', 'mail']],
    [['toString']],
  ])('%j has none', (names) => {
    expect(declaredAt({ ...FIXED_TYPES, args: order, facts }, names)).toBeUndefined();
  });

  test('nothing is declared where no schema is', () => {
    expect(declaredAt({}, ['args', 'id'])).toBeUndefined();
    expect(declaredAt({ args: order }, ['facts', 'result', 'id'])).toBeUndefined();
    expect(declaredAt({ facts }, ['args', 'id'])).toBeUndefined();
  });
});

describe('whether a value is of its type', () => {
  test.each([
    ['a text', 'text', STRING, true],
    ['a number for a text', 1, STRING, false],
    ['a number', 1, NUMBER, true],
    ['a number that JSON does not have', Number.NaN, NUMBER, false],
    ['a text of digits for a number', '1', NUMBER, false],
    ['null', null, STRING, false],
    ['null, that nothing else may be', null, NULL, true],
    ['null where it may be', null, orNull(STRING), true],
    ['null where a list may be', null, orNull(listOf(STRING)), true],
    ['null in a list where it may be', [null], listOf(orNull(STRING)), true],
    ['a list', ['a', 'b'], listOf(STRING), true],
    ['a list with another item', ['a', 1], listOf(STRING), false],
    ['a list of anything', ['a', 1], listOf(DYN), true],
    ['a text for a list', 'ab', listOf(STRING), false],
    ['a map for a list', { length: 2 }, listOf(DYN), false],
    ['a list for a map', [], order, false],
    ['a text for a map', 'order', order, false],
    ['a map', { id: 'a', lines: [{ price: 1 }], other: 2 }, order, true],
    ['a map without its members', {}, order, true],
    ['a member that is undefined', { id: undefined }, order, true],
    ['a member of another type', { id: 1 }, order, false],
    ['a member of another type, deep', { lines: [{ price: '1' }] }, order, false],
    ['anything', Symbol('any'), DYN, true],
  ])('%s', (_, value, type, expected) => {
    expect(isOfType(value, type)).toBe(expected);
  });

  test('its kind alone says nothing of what is in it', () => {
    expect(isOfKind({ id: 1 }, order)).toBe(true);
    expect(isOfKind([1], listOf(STRING))).toBe(true);
    expect(isOfKind([], order)).toBe(false);
    expect(isOfKind(null, order)).toBe(false);
  });
});
