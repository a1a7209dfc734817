import { OUTCOMES, type PolicyDecider } from '@spanforge/core-events';
import { policyDecisionV1 } from '@spanforge/core-events/records';
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

/** Records its decision through the scope it is given, as a policy does. */
function recording(answer = verdict()): PolicyDecider {
  return {
    async decide({ service, control }, scope) {
      const { outcome, matched, reason, reasonCode } = answer;
      const body = { service, control, outcome, matched, rules: [], reason, reasonCode };
      const appended = await scope?.recorder.append([
        {
          type: policyDecisionV1.key,
          context: scope.context,
          body: policyDecisionV1.toWire(body),
        },
      ]);
      const decisionId = appended?.ids[0];
      return decisionId === undefined ? answer : { ...answer, decisionId };
    },
  };
}

const decisions = { types: [policyDecisionV1.key] };

describe('a question to the policy', () => {
  it('is recorded once, before the answer, and its record is named', async () => {
    const log = await openLog();
    const rbac = createRbac({ recorder: log, reader: log, policy: recording() });
    await rbac.register(ACTOR, call);
    const result = await rbac.authorizeWithPolicy(READ, call);
    const { records } = await log.query(decisions);
    expect(records.map(({ id }) => id)).toEqual([result.policyDecisionId]);
    expect(records[0]?.context).toEqual(CONTEXT);
    await rbac.authorize(READ, call);
    expect((await log.query(decisions)).records).toHaveLength(1);
  });

  it('is recorded through the recorder of the call, in the mode of the call', async () => {
    const log = await openLog();
    const rbac = createRbac({ recorder: log, reader: log, policy: recording() });
    await rbac.register(ACTOR, call);
    const stage = log.stage();
    await rbac.authorizeWithPolicy(READ, { ...call, recorder: stage, mode: 'shadow' });
    expect((await log.query(decisions)).records).toHaveLength(0);
    await stage.commit();
    const { records } = await log.query({ traceId: CONTEXT.traceId });
    expect(records.map(({ type, mode }) => [type, mode])).toContainEqual([
      policyDecisionV1.key,
      'shadow',
    ]);
  });

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
        const policy = recording(verdict({ outcome, obligations }));
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
