import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinDecisions, joinObligations, type Obligation, OUTCOMES, strictest } from './outcome.js';

const anOutcome = fc.constantFrom(...OUTCOMES);
const anObligation: fc.Arbitrary<Obligation> = fc.oneof(
  fc.record({ kind: fc.constant('notice' as const), text: fc.constantFrom('a', 'b', 'c') }),
  fc.record({
    kind: fc.constant('redact' as const),
    target: fc.constantFrom('args' as const, 'result' as const),
    path: fc.constantFrom('a', 'a.b', ''),
  }),
);
const obligations = fc.array(anObligation, { maxLength: 5 });
const asSet = (list: readonly Obligation[]) => new Set(list.map((one) => JSON.stringify(one)));

describe('outcomes', () => {
  it('join as a semilattice whose top is block', () => {
    fc.assert(
      fc.property(anOutcome, anOutcome, anOutcome, (a, b, c) => {
        expect(strictest(a, a)).toBe(a);
        expect(strictest(a, b)).toBe(strictest(b, a));
        expect(strictest(a, strictest(b, c))).toBe(strictest(strictest(a, b), c));
        expect(strictest(a, 'block')).toBe('block');
        expect(strictest(a, 'allow')).toBe(a);
      }),
    );
  });

  it('join obligations by union, losing none and doubling none', () => {
    fc.assert(
      fc.property(obligations, obligations, (a, b) => {
        const joined = joinObligations(a, b);
        expect(asSet(joined)).toEqual(asSet([...a, ...b]));
        if (a.length > 0 && b.length > 0) expect(joined).toHaveLength(asSet(joined).size);
      }),
    );
  });

  it('tell a mask that is empty from none, and text from text', () => {
    const redact = { kind: 'redact', target: 'args', path: 'a' } as const;
    expect(joinObligations([redact], [{ ...redact, mask: '' }])).toHaveLength(2);
    expect(joinObligations([redact], [{ ...redact, path: 'a\n' }])).toHaveLength(2);
  });

  it('keep the reason of the stricter decision and the obligations of both', () => {
    const held = {
      outcome: 'human_review',
      obligations: [],
      reason: 'x',
      reasonCode: 'x',
    } as const;
    const redacted = {
      outcome: 'redact',
      obligations: [{ kind: 'notice', text: 'n' }],
      reason: 'y',
      reasonCode: 'y',
    } as const;
    expect(joinDecisions(redacted, held)).toEqual({ ...held, obligations: redacted.obligations });
    expect(joinDecisions(held, redacted)).toEqual({ ...held, obligations: redacted.obligations });
  });
});
