import { OUTCOMES } from '@spanforge/core-events';
import { compileBundle, parseBundle } from '@spanforge/policy';
import { describe, expect, it } from 'vitest';
import { differenceOn } from './difference.js';
import { createRandom } from './random.js';
import { randomBundle } from './random-bundle.js';
import { randomCounted, randomRequest } from './random-request.js';

describe('the reference', () => {
  it('says the same as the decider on 20,000 random pairs', { timeout: 120_000 }, () => {
    const random = createRandom(20_261_121);
    const seen = new Map<string, number>();
    const note = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
    for (let made = 0; made < 2000; made += 1) {
      const written = randomBundle(random);
      const bundle = parseBundle(written);
      const decider = compileBundle(bundle);
      for (let asked = 0; asked < 10; asked += 1) {
        const question = { request: randomRequest(random), counted: randomCounted(random) };
        const difference = differenceOn(bundle, question, decider);
        if (difference !== undefined) {
          expect({ written, question, was: difference.decided }).toEqual({
            written,
            question,
            was: difference.reference,
          });
        }
        const verdict = decider.decide(question.request);
        note(verdict.outcome);
        note(verdict.reasonCode);
        for (const { finding } of verdict.rules) note(finding);
        if (verdict.obligations.length > 1) note('joined');
        if (bundle.strategy === 'first_match') note('first_match');
      }
    }
    const kinds = ['triggered', 'indeterminate', 'shadow', 'joined', 'first_match', 'default'];
    for (const kind of [...OUTCOMES, ...kinds, 'policy_error', 'no_matching_rule']) {
      expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(50);
    }
  });
});
