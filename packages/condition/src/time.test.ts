import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileCondition } from './index.js';

const HOUR_MS = 3_600_000;

function instantOf(text: unknown, localTime?: (wallMs: number) => number | undefined) {
  const schema = localTime === undefined ? {} : { localTime };
  const holds = (test: string, value: number): boolean | 'indeterminate' =>
    compileCondition(`instant(args.at) ${test} observed`, schema).evaluate({
      request: { args: { at: text } },
      observed: value,
    }).value;
  return { is: (epochMs: number) => holds('==', epochMs), any: () => holds('>', -1e15) };
}

describe('instant', () => {
  it.each([
    ['2024-05-15T15:00:00Z', Date.UTC(2024, 4, 15, 15)],
    ['2024-05-15T15:00:00.25Z', Date.UTC(2024, 4, 15, 15, 0, 0, 250)],
    ['2024-05-15T15:00:00.123456789Z', Date.UTC(2024, 4, 15, 15, 0, 0, 123)],
    ['2024-05-15 15:00', Date.UTC(2024, 4, 15, 15)],
    ['2024-05-15T15:00:00-05:00', Date.UTC(2024, 4, 15, 20)],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['0001-01-01', Date.parse('0001-01-01T00:00:00Z')],
  ])('reads %s', (text, epochMs) => {
    expect(instantOf(text).is(epochMs)).toBe(true);
  });

  it.each([
    '2023-02-29',
    '2024-13-01',
    '2024-00-10',
    '2024-05-15T24:00:00Z',
    '2024-05-15T15:60:00Z',
    '2024-05-15T15:00:00+24:00',
    '2024-5-1',
    ' 2024-05-15',
    '2024-05-15T',
    'tomorrow',
    '',
    '2024-05-15T15:00:00Z\n',
    5,
    null,
  ])('cannot decide by %j', (text) => {
    expect(instantOf(text).any()).toBe('indeterminate');
  });

  it('reads a time without an offset on the clocks of the zone, and only such a time', () => {
    const west = (wallMs: number): number => wallMs + 5 * HOUR_MS;
    expect(instantOf('2024-05-15T15:00:00', west).is(Date.UTC(2024, 4, 15, 20))).toBe(true);
    expect(instantOf('2024-05-15', west).is(Date.UTC(2024, 4, 15, 5))).toBe(true);
    expect(instantOf('2024-05-15T15:00:00Z', west).is(Date.UTC(2024, 4, 15, 15))).toBe(true);
    expect(instantOf('2024-05-15', () => undefined).any()).toBe('indeterminate');
  });

  it('agrees with the platform wherever that reads RFC 3339', () => {
    fc.assert(
      fc.property(
        fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }),
        (date) => {
          expect(instantOf(date.toISOString()).is(date.getTime())).toBe(true);
        },
      ),
    );
  });
});

describe('filter and keys of maps', () => {
  const given = {
    request: { args: { rows: [{ n: 1 }, { n: 2 }, { n: 3 }], id: 'b', map: { a: 1, b: 2 } } },
  };
  const decide = (source: string) => compileCondition(source).evaluate(given).value;

  it.each([
    ['args.rows.filter(r, r.n > 1).size() == 2', true],
    ['args.rows.filter(r, r.n > 1).all(r, r.n > 1)', true],
    ['args.rows.filter(r, r.n > 9).size() == 0', true],
    ['args.rows.filter(r, r.m > 1).size() == 0', 'indeterminate'],
    ['args.id.filter(r, true).size() == 0', 'indeterminate'],
    ['args.id in args.map', true],
    ['(args.id + "x") in args.map', false],
    ['args.rows[0].n in args.map', 'indeterminate'],
    ['"__proto__" + "" in args.map', false],
    ['"a" in args.map', 'indeterminate'],
  ])('%s', (source, wanted) => {
    expect(decide(source)).toBe(wanted);
  });
});
