import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DetectError } from './error.js';
import { detectFields } from './fields.js';

const short = (value: unknown, options = {}) =>
  detectFields(value, options).map(
    ({ path, type, within }) => `${path.join('.')} ${type} ${within}`,
  );

it('walks members and items and gives their paths', () => {
  const value = {
    customer: { note: 'write to a@example.org', lines: [{ text: 'ok' }, 'SSN 536-90-4399'] },
    card: 4111111111111111,
  };
  expect(short(value)).toEqual([
    'customer.note email value',
    'customer.lines.1 us_ssn value',
    'card payment_card value',
  ]);
});

it('takes a member at its name, however it is spelled', () => {
  const value = {
    firstName: 'Ana',
    'date-of-birth': '3/3/80',
    DOB: 19800303,
    apiKey: 'short',
    db_password: 'hunter2',
    clientIp: 'unknown',
    emails: ['nobody'],
    email: ['nobody'],
  };
  expect(short(value)).toEqual([
    'firstName person_name value',
    'date-of-birth date_of_birth value',
    'DOB date_of_birth value',
    'apiKey credential value',
    'db_password credential value',
    'clientIp ip_address value',
    'email.0 email value',
  ]);
});

it('leaves alone what is empty, masked or named otherwise', () => {
  const value = {
    password: '',
    apiKey: null,
    secret: true,
    ssn: '[redacted:us_ssn]',
    pan: '****',
    max_tokens: 4096,
    tokenCount: 12,
    company_name: 'Acme',
    email_count: 3,
    description: 'secret',
  };
  expect(short(value)).toEqual([]);
});

it('reads a value with its name nearby', () => {
  const token = '9aB3xK7mQ2wE8rT5yU1iZ4cV6nL0pHd2';
  expect(short({ token, pageToken: token, token_count: token })).toEqual([
    'token generic_key value',
  ]);
  expect(short({ customer_bsn: ['111222333'], bsn_like: 7 })).toEqual([
    'customer_bsn.0 nl_bsn value',
  ]);
  expect(short({ order: '111222333' })).toEqual([]);
});

it('finds what stands in a name', () => {
  expect(short({ a: { 'a@example.org': 1 } })).toEqual(['a email name']);
});

it('keeps to types and threshold', () => {
  const value = { password: 'hunter2', note: 'a@example.org' };
  expect(short(value, { types: ['email'] })).toEqual(['note email value']);
  expect(short(value, { threshold: 0.93 })).toEqual(['note email value']);
});

it('points into the value, and masks all of a member that its name gives away', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1 }).filter((text) => /[^\s*]/.test(text)),
      (password) => {
        const found = detectFields({ password });
        expect(found).toHaveLength(1);
        expect(found[0]).toMatchObject({ path: ['password'], start: 0, end: password.length });
      },
    ),
  );
});

it('reads any JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      expect(Array.isArray(detectFields(value))).toBe(true);
    }),
  );
});

describe('refuses what is not JSON, since it might hide something:', () => {
  const cycle: unknown[] = [];
  cycle.push({ cycle });
  let deep: unknown = 'x';
  for (let level = 0; level < 300; level += 1) deep = [deep];

  it.each([
    ['a cycle', cycle, 'cycle'],
    ['too many levels', deep, 'depth'],
    ['a map', new Map([['a', 'b']]), 'kind'],
    ['a date', { at: new Date(0) }, 'kind'],
    ['a function', [() => 1], 'kind'],
    ['bytes', new Uint8Array(3), 'kind'],
  ])('%s', (_, value, reason) => {
    const thrown = expect.objectContaining({ code: 'DETECT_NOT_JSON', details: { reason } });
    expect(() => detectFields(value)).toThrow(thrown);
    expect(() => detectFields(value)).toThrow(DetectError);
  });

  it('but not the same object twice', () => {
    const shared = { note: 'a@example.org' };
    expect(short({ one: shared, two: shared })).toEqual([
      'one.note email value',
      'two.note email value',
    ]);
  });
});
