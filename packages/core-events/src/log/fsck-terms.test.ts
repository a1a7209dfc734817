import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EvidenceRecord } from '../evidence.js';
import { createExpectedTerms, termNamesOf } from './fsck-terms.js';
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
function indexOf(records: readonly Noted[]): Map<string, number[]> {
  const termsOf = createTermsOf();
  const found = new Map<string, number[]>();
  for (const one of records) {
    const { claim } = one.append ?? {};
    const terms = [...termsOf(one), ...(claim === undefined ? [] : [claimTerm(claim)])];
    for (const term of new Set(terms)) {
      found.set(term, [...(found.get(term) ?? []), one.index]);
    }
  }
  return found;
}

describe('terms that are expected of an index', () => {
  it('are those the log writes, and no other index is taken for it', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 8 }), fc.nat(), (given, at) => {
        const records = given.map((one, n) => ({ ...one, index: n * 3 + 5 }) as unknown as Noted);
        const expected = createExpectedTerms();
        for (const one of records) expected.add(one.index, termNamesOf(one));
        const index = indexOf(records);
        expect(expected.isIndex(index)).toBe(true);
        const [term = '', indexes = []] = [...index][at % index.size] ?? [];
        const changed = [
          new Map([...index].filter(([one]) => one !== term)),
          new Map([...index, [term, indexes.slice(1)]]),
          new Map([...index, [term, [...indexes, 900]]]),
          new Map([...index, [term, indexes.map((one) => one + 1)]]),
          new Map([...index, [term, [...indexes, ...indexes.slice(-1)]]]),
          new Map([...index, [term, [900, ...indexes.slice(1)]]]),
          new Map([...index, ['tool:never there', [5]]]),
          new Map([...index, ['other:kind', [5]]]),
        ];
        for (const one of changed) expect(expected.isIndex(one)).toBe(false);
      }),
    );
  });

  it('are told apart where records stand far from each other, or have several names of a kind', () => {
    const expected = createExpectedTerms();
    expected.addTerms(7, ['rule:a', 'rule:b', 'rule:a', 'rule:b', 'rule:c']);
    expected.addTerms(2 ** 40, ['rule:a']);
    expected.addTerms(3, ['rule:b']);
    const index = (a: number[], b: number[], c: number[]) =>
      new Map([
        ['rule:a', a],
        ['rule:b', b],
        ['rule:c', c],
      ]);
    expect(expected.isIndex(index([7, 2 ** 40], [3, 7], [7]))).toBe(true);
    expect(expected.isIndex(index([7, 7], [3, 7], [7]))).toBe(false);
    expect(expected.isIndex(index([7, 2 ** 40], [7, 3], [7]))).toBe(false);
    expect(expected.isIndex(index([7, 2 ** 40], [7], [3, 7]))).toBe(false);
    expect(expected.isIndex(index([7, 2 ** 40], [3, 7], []))).toBe(false);
  });

  it('are the same when they come as terms', () => {
    const expected = createExpectedTerms();
    expected.addTerms(3, ['trace:a:b', 'type:x']);
    expected.addTerms(4, ['type:x', 'new:y']);
    const index = new Map([
      ['trace:a:b', [3]],
      ['type:x', [3, 4]],
      ['new:y', [4]],
    ]);
    expect(expected.isIndex(index)).toBe(true);
  });
});
