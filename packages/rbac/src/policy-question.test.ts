import { OUTCOMES } from '@spanforge/core-events';
import { aRecordingPolicy, policyQuestionContract } from '@spanforge/core-events/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRbac } from './rbac.js';
import { CONTEXT, openLog, verdict } from './testing/fixtures.js';

const call = { context: CONTEXT };
const ACTOR = { actorId: 'case-worker-7', roles: ['viewer'] };
const READ = {
  actorId: 'case-worker-7',
  resource: 'claims',
  action: 'read',
  requiredRoles: ['viewer'],
};

policyQuestionContract({
  ...{ describe, it, expect, service: 'sf_rbac', control: 'role_enforcement' },
  heedsSay: false,
  hasMode: true,
  async open({ log, policy, context }) {
    const rbac = createRbac({ recorder: log, reader: log, policy });
    await rbac.register(ACTOR, { context });
    return {
      ask: async (each) => (await rbac.authorizeWithPolicy(READ, each)).policyDecisionId,
      decideAlone: (each) => rbac.authorize(READ, each),
    };
  },
});

describe('a question to the policy', () => {
  it('never lets a denied action through, whatever the policy says', async () => {
    const log = await openLog();
    const obligations = [{ kind: 'redact', target: 'args', path: 'card' }] as const;
    const denied = fc.constantFrom(
      { requiredRoles: ['admin'] },
      { requiredRoles: [] },
      { actorId: 'stranger' },
    );
    const property = fc.asyncProperty(
      denied,
      fc.constantFrom(...OUTCOMES),
      async (parts, outcome) => {
        const policy = aRecordingPolicy(verdict({ outcome, obligations }));
        const rbac = createRbac({ recorder: log, reader: log, policy });
        await rbac.register(ACTOR, call);
        const result = await rbac.authorizeWithPolicy({ ...READ, ...parts }, call);
        expect(result).toMatchObject({ outcome: 'block', allowed: false });
        expect(result.obligations).toEqual(obligations);
        expect(result.policy?.action).toBe(outcome);
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });
});
