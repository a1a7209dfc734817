import { strictness } from '@spanforge/core-events';
import { compileBundle, parseBundle } from '@spanforge/policy';
import { describe, expect, it } from 'vitest';
import { createRandom } from './random.js';
import { randomBundle } from './random-bundle.js';
import { randomCounted, randomRequest } from './random-request.js';

interface Written {
  readonly rules: readonly object[];
  readonly strategy?: string;
}

/** Random bundles under `strictest`, with facts, and what may be asked of them. */
function* examples(seed: number, count: number) {
  const random = createRandom(seed);
  for (let made = 0; made < count; made += 1) {
    const written = { ...randomBundle(random), strategy: 'strictest' } as unknown as Written;
    const requests = Array.from({ length: 5 }, () => randomRequest(random));
    yield { random, written, requests, counted: randomCounted(random) };
  }
}

const decider = (written: Written) => compileBundle(parseBundle(written));

describe('every decision', () => {
  it('is the same in any order of the rules', () => {
    for (const { random, written, requests } of examples(11, 400)) {
      const keys = written.rules.map((rule) => ({ rule, key: random.below(1e6) }));
      const rules = keys.sort((a, b) => a.key - b.key).map(({ rule }) => rule);
      const [one, other] = [decider(written), decider({ ...written, rules })];
      for (const request of requests) {
        const { policy: _policy, ...verdict } = one.decide(request);
        expect(other.decide(request)).toMatchObject(verdict);
      }
    }
  });

  it('is no looser for one more rule that blocks', () => {
    let stricter = 0;
    for (const { random, written, requests } of examples(12, 400)) {
      const { rules } = randomBundle(random) as Written;
      const extra = { ...rules[0], rule_id: 'extra', action: 'block' };
      let more: ReturnType<typeof decider>;
      try {
        more = decider({ ...written, rules: [...written.rules, extra] });
      } catch {
        // Its condition reads facts that this bundle does not declare.
        continue;
      }
      const before = decider(written);
      const { bundle } = before;
      for (const request of requests) {
        const [was, is] = [before.decide(request), more.decide(request)];
        expect(strictness(is.outcome)).toBeGreaterThanOrEqual(strictness(was.outcome));
        // A default masks what no rule settles; once one does, it is that rule that counts.
        const kept = bundle.default === 'redact' && is.outcome === 'block' ? [] : was.obligations;
        for (const one of kept) expect(is.obligations).toContainEqual(one);
        if (is.outcome !== was.outcome) stricter += 1;
      }
    }
    expect(stricter).toBeGreaterThan(20);
  });

  it('joins the obligations of every rule that counts', () => {
    for (const { written, requests } of examples(13, 300)) {
      const { bundle, decide } = decider(written);
      for (const request of requests) {
        const { obligations, rules } = decide(request);
        const counting = new Set(
          rules.filter(({ finding }) => finding !== 'shadow').map(({ ruleId }) => ruleId),
        );
        const owed = bundle.rules
          .filter(({ ruleId }) => counting.has(ruleId))
          .flatMap((rule) => rule.obligations);
        expect(obligations).toEqual(expect.arrayContaining([...owed]));
        // What redacts by its default or its `on_error` masks the whole besides.
        const bare = rules.some(
          ({ finding, action }) => finding === 'indeterminate' && action === 'redact',
        );
        if (bare || bundle.default === 'redact') continue;
        expect(new Set(obligations.map((one) => JSON.stringify(one))).size).toBe(
          new Set(owed.map((one) => JSON.stringify(one))).size,
        );
      }
    }
  });

  it('is made on what is recorded, and is made again alike', () => {
    for (const { written, requests, counted } of examples(14, 300)) {
      const { decide, withFacts } = decider(written);
      for (const request of requests) {
        const recorded = withFacts(request, counted);
        expect(recorded).not.toHaveProperty('calls');
        expect(recorded).not.toHaveProperty('callId');
        expect(withFacts(recorded)).toEqual(recorded);
        expect(decide(recorded)).toEqual(decide(withFacts(request, counted)));
        expect(decide(request)).toEqual(decide(withFacts(request)));
      }
    }
  });
});
