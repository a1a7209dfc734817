import { describe, expect, it } from 'vitest';
import { fromUtf8, utf8 } from '../bytes.js';
import { createStatement, encodeStatement, parseStatement } from './statement.js';

const sha256 = 'ab'.repeat(32);
const options = {
  subjects: [
    { name: 'records.jsonl', sha256 },
    { name: 'checkpoint', sha256 },
  ],
  predicateType: 'https://example.com/package/v1',
  predicate: { outcome: 'complete', counts: { selected: 2 } },
};
const invalid = expect.objectContaining({ code: 'SIGNING_STATEMENT_INVALID' });

it('writes an in-toto Statement v1 as canonical JSON, and reads it', () => {
  const bytes = encodeStatement(createStatement(options));
  expect(fromUtf8(bytes)).toBe(
    `{"_type":"https://in-toto.io/Statement/v1","predicate":{"counts":{"selected":2},"outcome":"complete"},"predicateType":"https://example.com/package/v1","subject":[{"digest":{"sha256":"${sha256}"},"name":"records.jsonl"},{"digest":{"sha256":"${sha256}"},"name":"checkpoint"}]}`,
  );
  expect(parseStatement(bytes)).toEqual(createStatement(options));
});

describe('createStatement', () => {
  it.each([
    ['no subjects', { subjects: [] }],
    ['a name twice', { subjects: [options.subjects[0], options.subjects[0]] }],
    ['an empty name', { subjects: [{ name: '', sha256 }] }],
    ['an upper-case digest', { subjects: [{ name: 'a', sha256: sha256.toUpperCase() }] }],
    ['a short digest', { subjects: [{ name: 'a', sha256: sha256.slice(1) }] }],
    ['an empty predicate type', { predicateType: '' }],
  ])('refuses %s', (_name, change) => {
    expect(() => createStatement({ ...options, ...change } as typeof options)).toThrow(invalid);
  });
});

describe('parseStatement', () => {
  const subject = [{ name: 'a', digest: { sha256 } }];
  const statement = { ...createStatement(options) };
  it.each([
    ['no object', []],
    ['another type', { ...statement, _type: 'https://in-toto.io/Statement/v0.1' }],
    ['an unknown member', { ...statement, extra: 1 }],
    ['no predicate', { ...statement, predicate: undefined }],
    ['a subject that is no list', { ...statement, subject: {} }],
    ['a subject without name', { ...statement, subject: [{ digest: { sha256 } }] }],
    ['another digest', { ...statement, subject: [{ name: 'a', digest: { sha512: sha256 } }] }],
    ['a second digest', { ...statement, subject: [{ name: 'a', digest: { sha256, sha1: 'x' } }] }],
    ['a subject twice', { ...statement, subject: [...subject, ...subject] }],
    ['a predicate type that is no text', { ...statement, predicateType: 1 }],
  ])('refuses %s', (_name, value) => {
    expect(() => parseStatement(utf8(JSON.stringify(value)))).toThrow(invalid);
  });
});
