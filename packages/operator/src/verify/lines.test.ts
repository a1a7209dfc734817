import { MAX_RECORD_BYTES } from '@spanforge/core-events/records';
import { leafHash, utf8 } from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';
import { contextOf, openTestLog, rbacDraft, record } from '../test-log.js';
import { readLines, splitLines, textLines } from './lines.js';
import { parseRecords } from './parse-records.js';
import { createLedger } from './report.js';
import { lines } from './test-forge.js';

/** What a check said: how many records, or what is wrong. */
function read(records: string | Uint8Array | undefined, index: string | Uint8Array | undefined) {
  const bytes = (content: string | Uint8Array) =>
    typeof content === 'string' ? utf8(content) : content;
  const pkg = new Map<string, Uint8Array>();
  if (records !== undefined) pkg.set('records.jsonl', bytes(records));
  if (index !== undefined) pkg.set('records.index', bytes(index));
  const ledger = createLedger();
  const shown = readLines(pkg, 3, ledger);
  const { verdict, checks, counts } = ledger.report();
  expect(counts.records).toBe(shown?.length ?? 0);
  expect(checks.every(({ name, ok }) => name === 'lines' && !ok)).toBe(true);
  expect(verdict).toBe(shown === undefined ? 'invalid' : 'valid');
  return shown?.map((line) => line.index) ?? checks.map(({ detail }) => detail);
}

const at = (...indexes: readonly number[]) =>
  indexes.map((index) => `{"index":${index}}\n`).join('');

describe('the lines of a package', () => {
  it('end with a newline each, and are at most so many', () => {
    const split = (content: string, most: number) =>
      splitLines(utf8(content), most)?.map((line) => Buffer.from(line).toString());
    expect(split('', 0)).toEqual([]);
    expect(split('a\nb\n', 2)).toEqual(['a', 'b']);
    expect(split('\n\n', 2)).toEqual(['', '']);
    expect(split('a\nb\n', 1)).toBeUndefined();
    expect(split('a\nb', 2)).toBeUndefined();
    expect(split('a', 2)).toBeUndefined();
  });

  it('pair each record with its index', () => {
    expect(read('', '')).toEqual([]);
    expect(read('a\nb\nc\n', at(0, 1, 7))).toEqual([0, 1, 7]);
  });

  it.each<[string, string | Uint8Array | undefined, string | Uint8Array | undefined, string[]]>([
    ['no records', undefined, '', ['records.jsonl: lines_malformed']],
    ['no indexes', 'a\n', undefined, ['records.index: lines_malformed']],
    [
      'neither',
      undefined,
      undefined,
      ['records.jsonl', 'records.index'].map((one) => `${one}: lines_malformed`),
    ],
    ['too many', 'a\n'.repeat(4), at(0), ['records.jsonl: lines_malformed']],
    ['an index that is no text', 'a\n', Uint8Array.of(0xff, 0x0a), ['records.index: not_utf8']],
    ['fewer indexes', 'a\nb\n', at(0), ['records.index: line_count_mismatch']],
    ['more indexes', 'a\n', at(0, 1), ['records.index: line_count_mismatch']],
    ['an index twice', 'a\nb\n', at(5, 5), ['record 5: duplicate_record']],
    ['indexes that fall', 'a\nb\n', at(5, 4), ['record 4: out_of_order']],
    ['an odd index', 'a\nb\n', `${at(0)}{"index":-1}\n`, ['records.index: line_2_malformed']],
    ['an empty record', 'a\n\n', at(0, 1), ['record 1: record_length']],
  ])('are refused with %s', (_, records, index, faults) => {
    expect(read(records, index)).toEqual(faults);
  });

  it('hold no record that is longer than a record may be', () => {
    expect(read(`${'x'.repeat(MAX_RECORD_BYTES)}\n`, at(4))).toEqual([4]);
    expect(read(`${'x'.repeat(MAX_RECORD_BYTES + 1)}\n`, at(4))).toEqual([
      'record 4: record_length',
    ]);
  });

  it('keep a byte order mark, which is part of the first line', () => {
    const ledger = createLedger();
    const pkg = new Map([['a', utf8('\ufeffx\n')]]);
    expect(textLines(pkg, 'a', 1, ledger)).toEqual(['\ufeffx']);
  });
});

describe('records in proven bytes', () => {
  const parsed = (content: string | Uint8Array, more: object = {}) => {
    const bytes = typeof content === 'string' ? utf8(content) : content;
    const ledger = createLedger();
    const records = parseRecords([{ index: 3, bytes, leaf: leafHash(bytes), ...more }], ledger);
    const { verdict, checks } = ledger.report();
    return records.length > 0
      ? records
      : [verdict, ...checks.map((one) => `${one.name} ${one.detail}`)];
  };
  it('are none where they are not JSON, or JSON that is no object', () => {
    const none = ['invalid', 'records record 3: not_a_record'];
    for (const content of ['', '{', 'nothing', '[]', 'null', '5', '"x"', '{"a":1,"a":1}']) {
      expect(parsed(content)).toEqual(none);
    }
    expect(parsed(Uint8Array.of(0x7b, 0xff, 0x7d))).toEqual(none);
    expect(parsed('{"v":"spanforge.record.v1"}')).toEqual(none);
  });

  it('are not judged where they are of a later version', () => {
    for (const content of ['{"v":"spanforge.record.v2"}', '{}']) {
      expect(parsed(content)).toEqual(['unsupported', 'records record 3: record_version']);
    }
  });

  it('hold no integer that a double would change', async () => {
    const { log, operator } = await openTestLog();
    await record(log, rbacDraft(contextOf('a')));
    const text = lines(await operator.exportPackage({ traceId: 'a' }), 'records.jsonl')[0] ?? '';
    const counting = (count: string) =>
      parsed(text.replace('"body":{', `"body":{"a_count":${count},`));
    expect(counting('9007199254740991')).toMatchObject([{ body: { a_count: 9007199254740991 } }]);
    expect(counting('9007199254740993')).toEqual(['invalid', 'records record 3: not_a_record']);
  });

  it('are not judged where reading them fails by a fault of ours', () => {
    const proven = { index: 3, bytes: null as never, leaf: new Uint8Array(32) };
    expect(() => parseRecords([proven], createLedger())).toThrow(TypeError);
  });

  it('carry the HMAC of their line with its key, or neither', async () => {
    const hmac = `hmac-sha256:${'ab'.repeat(32)}`;
    const { log, operator } = await openTestLog();
    await record(log, rbacDraft(contextOf('a')));
    const text = lines(await operator.exportPackage({ traceId: 'a' }), 'records.jsonl')[0] ?? '';
    expect(parsed(text, { kid: 'k', hmac })).toMatchObject([
      { index: 3, macKid: 'k', mac: hmac, type: 'spanforge.rbac.v1' },
    ]);
    const [bare] = parsed(text) as readonly { readonly mac?: unknown; readonly macKid?: unknown }[];
    expect(bare).toMatchObject({ index: 3, type: 'spanforge.rbac.v1' });
    expect([bare?.mac, bare?.macKid]).toEqual([undefined, undefined]);
  });
});
