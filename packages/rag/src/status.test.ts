import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conclude, judgeClaim } from './status.js';

const ratio = fc.double({ min: 0, max: 1, noNaN: true });
const anything = fc.oneof(
  ratio,
  fc.double(),
  fc.string(),
  fc.constant(undefined),
  fc.constant(null),
);

describe('the rule', () => {
  it('calls an answer grounded only if every claim is and the average reaches the threshold', () => {
    const claim = fc.tuple(anything, fc.boolean());
    fc.assert(
      fc.property(
        fc.array(claim, { maxLength: 6 }),
        ratio,
        ratio,
        (given, threshold, claimThreshold) => {
          const claims = given.map(([score, has]) => judgeClaim(score, has, { claimThreshold }));
          const { average, status } = conclude(claims, { threshold });
          const good = claims.filter(({ verdict }) => verdict === 'grounded');
          expect(average).toBeGreaterThanOrEqual(0);
          expect(average).toBeLessThanOrEqual(1);
          if (good.length === 0) expect(status).toBe('ungrounded');
          else if (good.length === claims.length && average >= threshold)
            expect(status).toBe('grounded');
          else expect(status).toBe('partially_grounded');
        },
      ),
    );
  });

  it('never grounds a claim without a source, or with a score that is none', () => {
    fc.assert(
      fc.property(anything, fc.boolean(), ratio, (score, has, claimThreshold) => {
        const judged = judgeClaim(score, has, { claimThreshold });
        const usable = typeof score === 'number' && score >= 0 && score <= 1;
        if (!usable) expect(judged).toEqual({ score: 0, verdict: 'not_assessed' });
        else if (!has) expect(judged).toEqual({ score: 0, verdict: 'ungrounded' });
        else expect(judged.verdict === 'grounded').toBe(score >= claimThreshold);
      }),
    );
  });
});
