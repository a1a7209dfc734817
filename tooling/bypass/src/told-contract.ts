import type { GovernorParts } from '@spanforge/govern';
import { type PolicyBundle, parseBundle } from '@spanforge/policy';
import { describe, expect, it } from 'vitest';

/** What an adapter runs: one tool, called twice with the same arguments, refused both times. */
export interface ToldRun {
  /** The policy to enforce; it blocks the call. */
  readonly bundle: PolicyBundle;
  /** Belongs to the governor. */
  readonly parts: Pick<GovernorParts, 'adviceFor' | 'refusals'>;
  readonly args: { readonly to: string; readonly amount: number };
}

/** What came back to the agent. */
export interface Told {
  /** The answer to each call, in order. */
  readonly answers: readonly string[];
  /** Everything that the agent can read: answers, errors and messages. */
  readonly everything: string;
}

/** How an adapter takes part in the suite. */
export interface ToldOptions {
  /** The environment of the calls. */
  readonly environment: string;
  /** The id of the policy that is active there before the run, if one is: the suite activates version 2.0 of it. */
  readonly policyId: string;
  run(run: ToldRun): Promise<Told>;
}

/** Conditions that contain what no agent may learn; each refuses a call to `mallory`. */
const SECRET_CONDITIONS = [
  '!(args.to in ["hidden-acme", "hidden-bank"])',
  'args.to != "hidden-account"',
  '!args.to.contains("hidden")',
  '!args.to.startsWith("hidden-")',
  'args.absent in ["hidden-acme"]',
];

/** The tests that every adapter passes about what a refusal tells the agent. */
export function describeTold({ environment, policyId, run }: ToldOptions): void {
  const bundleWith = (when: string) =>
    parseBundle({
      policy_id: policyId,
      version: '2.0',
      environment,
      owner: 'payments',
      effective_at: '2026-01-01T00:00:00Z',
      rules: [
        { rule_id: 'known', service: 'sf_govern', control: 'tool_call', action: 'block', when },
      ],
    });

  describe('what a refused agent is told', () => {
    it('is told what would help, and that a call refused over and over is final', async () => {
      const { answers } = await run({
        bundle: bundleWith('args.amount > 1000'),
        parts: {
          adviceFor: () => ({ bounds: [{ path: 'amount', max: 1000 }] }),
          refusals: { limit: 1 },
        },
        args: { to: 'ada', amount: 5000 },
      });
      expect(answers[0]).toContain('Another call may be allowed. It needs: amount at most 1000.');
      expect(answers[1]).toContain('refused several times');
      expect(answers[1]).toContain('This is final: do not make this call again.');
    });

    it.each(SECRET_CONDITIONS)('learns nothing of what is written in %s', async (when) => {
      const { everything } = await run({
        bundle: bundleWith(when),
        parts: { refusals: { limit: 1 } },
        args: { to: 'mallory', amount: 1 },
      });
      expect(everything).toContain('This is final: do not make this call again.');
      expect(everything).toContain('refused several times');
      expect(everything).not.toContain('hidden');
    });
  });
}
