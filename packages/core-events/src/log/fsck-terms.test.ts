import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EvidenceRecord } from '../evidence.js';
import { areTerms, createExpectedTerms, termNamesOf } from './fsck-terms.js';
import { claimTerm, createTermsOf } from './terms.js';

const CONTEXT = {
  tenant: 'acme',
  project: 'claims',
  env: 'prod',
  run: 'r',
  traceId: 't',
  agent: 'a',
  actor: 'b',
  source: 's',
};

const name = fc.oneof(
  fc.constantFrom('a', 'b', 'sha256:ab', ':', '__proto__', 'x'.repeat(150), 'y'.repeat(151)),
  fc.string({ maxLength: 5 }),
);
const strange = fc.constantFrom<unknown>(null, 1, {}, [], undefined);
const record = fc.record({
  type: name,
  context: fc
    .record({ tenant: name, project: name, run: name, traceId: name, agent: name, actor: name })
    .map((names) => ({ ...CONTEXT, ...names })),
  body: fc.record({
    tool: fc.oneof(name, strange),
    outcome: fc.oneof(name, strange),
    subjects: fc.oneof(fc.array(fc.oneof(name, strange), { maxLength: 4 }), strange),
    rules: fc.oneof(
      fc.array(fc.oneof(fc.record({ rule_id: fc.oneof(name, strange) }), strange), {
        maxLength: 4,
      }),
      strange,
    ),
  }),
  append: fc.option(fc.record({ claim: name }), { nil: undefined }),
});

type Noted = Pick<EvidenceRecord, 'index' | 'type' | 'context' | 'body' | 'append'>;

/** What the log indexes such records by. */
function indexOf(records: readonly Noted[]): string[][] {
  const termsOf = createTermsOf();
  return records.map((one) => {
    const { claim } = one.append ?? {};
    return [...new Set([...termsOf(one), ...(claim === undefined ? [] : [claimTerm(claim)])])];
  });
}

describe('terms that are expected of an index', () => {
  it('are those the log writes, and no other index is taken for it', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 8 }), fc.nat(), (given, at) => {
        const records = given as unknown as readonly Noted[];
        const expected = createExpectedTerms();
        for (const one of records) expected.add(termNamesOf(one));
        const columns = expected.columns(5);
        const index = indexOf(records);
        expect(areTerms(columns, index)).toBe(true);
        expect(
          areTerms(
            columns,
            index.map((terms) => terms.toReversed()),
          ),
        ).toBe(true);
        const place = at % index.length;
        const [term = '', ...others] = index[place] ?? [];
        const changed = [
          index.slice(1),
          [...index, []],
          index.with(place, others),
          index.with(place, [...others, term, 'tool:never there']),
          index.with(place, [...others, 'tool:never there']),
          index.with(place, [...others, ...others.slice(0, 1)]),
        ];
        for (const one of changed) expect(areTerms(columns, one)).toBe(false);
      }),
    );
  });

  it('stand once in a record, however often it names them', () => {
    const expected = createExpectedTerms();
    const long = 'x'.repeat(151);
    expected.addTerms(['rule:a', 'rule:b', 'rule:a', 'rule:b', 'rule:c']);
    expected.addTerms(['rule:b', 'new:y:z']);
    expected.add(termNamesOf({ type: 't', context: CONTEXT, body: { subjects: [long, long] } }));
    const { terms, ids, ends } = expected.columns(3);
    const from = [0, ...ends];
    const named = [...ends].map((end, at) =>
      [...ids.subarray(from[at], end)].map((id) => terms[id]),
    );
    expect(named.slice(0, 2)).toEqual([
      ['rule:a', 'rule:b', 'rule:c'],
      ['rule:b', 'new:y:z'],
    ]);
    expect(named[2]?.filter((term) => term?.startsWith('subject:'))).toEqual([
      expect.stringMatching(/^subject:sha256:[0-9a-f]{64}$/),
    ]);
    expect(new Set(terms).size).toBe(terms.length);
  });

  it('have room for records with thousands of them', () => {
    const expected = createExpectedTerms();
    const terms = Array.from({ length: 40_000 }, (_, n) => `subject:${n}`);
    expected.addTerms(terms);
    expected.addTerms(terms.slice(7));
    expect(areTerms(expected.columns(0), [terms, terms.slice(7)])).toBe(true);
    expect(areTerms(expected.columns(0), [terms, terms.slice(6, -1)])).toBe(false);
  });
});
