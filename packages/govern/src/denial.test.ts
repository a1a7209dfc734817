import { type Obligation, OUTCOMES, type Outcome, strictest } from '@spanforge/core-events';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CallControl, createGovernor, govern } from './index.js';
import { CONTEXT, decision, openLog } from './testing/fixtures.js';

const outcome = fc.constantFrom<Outcome>(...OUTCOMES);
const obligations = fc.array(
  fc.record({
    kind: fc.constant('redact' as const),
    target: fc.constantFrom('args' as const, 'result' as const),
    path: fc.constantFrom('', 'a', 'a.b'),
  }),
  { maxLength: 2 },
);
const answer = fc.record({
  outcome,
  obligations: obligations as fc.Arbitrary<readonly Obligation[]>,
  allowed: fc.option(fc.boolean(), { nil: undefined }),
});
type Answer = typeof answer extends fc.Arbitrary<infer Value> ? Value : never;

const controlOf =
  ({ allowed, ...given }: Answer): CallControl =>
  async () => ({
    ...decision(given.outcome, given.obligations),
    ...(allowed === undefined ? {} : { allowed }),
  });

test('a call that a control denies never executes, whatever the others and the rules say', async () => {
  const log = await openLog();
  await fc.assert(
    fc.asyncProperty(
      fc.array(answer, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (answers, read) => {
        const governor = createGovernor({
          log,
          preflight: answers.map((one, at) => ({ name: `control-${at}`, control: controlOf(one) })),
        });
        let runs = 0;
        const tool = govern(() => (runs += 1), {
          governor,
          name: 'tool',
          effect: read ? 'read' : 'write',
        });
        const result = await tool({ a: { b: 1 } }, CONTEXT);
        const denied = answers.some(({ allowed }) => allowed === false);
        const strict = answers.reduce<Outcome>((all, one) => strictest(all, one.outcome), 'allow');
        if (denied) {
          expect(runs).toBe(0);
          expect(['block', 'human_review']).toContain(result.outcome);
          const escalated = answers.every(
            (one) => one.allowed !== false || one.outcome === 'human_review',
          );
          if (escalated && strict !== 'block') expect(result.outcome).toBe('human_review');
        } else expect(result.outcome).toBe(strict);
      },
    ),
    { numRuns: 60 },
  );
});
