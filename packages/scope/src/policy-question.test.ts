import { OUTCOMES, strictness } from '@spanforge/core-events';
import { aRecordingPolicy, policyQuestionContract } from '@spanforge/core-events/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScope } from './scope.js';
import { CONTEXT, openLog, verdict } from './testing/fixtures.js';

const call = { context: CONTEXT };
const MANIFEST = { agentId: 'claims-agent', resourceActions: { claims: ['read'] } };
const READ = { agentId: 'claims-agent', resource: 'claims', action: 'read' };

policyQuestionContract({
  ...{ describe, it, expect, service: 'sf_scope', control: 'capability_enforcement' },
  heedsSay: false,
  hasMode: true,
  async open({ log, policy, context }) {
    const scope = createScope({ recorder: log, reader: log, policy });
    await scope.register(MANIFEST, { context });
    return {
      ask: async (each) => (await scope.evaluateWithPolicy(READ, each)).policyDecisionId,
      decideAlone: (each) => scope.evaluate(READ, each),
    };
  },
});

describe('a question to the policy', () => {
  it('never lets a denied action through, whatever the policy says', async () => {
    const log = await openLog();
    const obligations = [{ kind: 'redact', target: 'args', path: 'card' }] as const;
    const denied = fc.constantFrom(
      { resource: 'payments' },
      { action: 'write' },
      { capability: 'claim.delete' },
      { agentId: 'stranger' },
    );
    const manifest = fc.constantFrom('block', 'escalate');
    const property = fc.asyncProperty(
      denied,
      manifest,
      fc.constantFrom(...OUTCOMES),
      async (parts, onDenied, outcome) => {
        const policy = aRecordingPolicy(verdict({ outcome, obligations }));
        const scope = createScope({ recorder: log, reader: log, policy });
        await scope.register({ ...MANIFEST, onDenied }, call);
        const result = await scope.evaluateWithPolicy({ ...READ, ...parts }, call);
        const escalates = onDenied === 'escalate' && !('agentId' in parts);
        const atLeast = escalates ? 'human_review' : 'block';
        expect(result.allowed).toBe(false);
        expect(strictness(result.outcome)).toBeGreaterThanOrEqual(strictness(atLeast));
        expect(result.obligations).toEqual(obligations);
        expect(result.policy?.action).toBe(outcome);
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });
});
