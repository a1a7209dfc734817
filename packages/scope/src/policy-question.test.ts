import { OUTCOMES, type PolicyDecider, strictness } from '@spanforge/core-events';
import { policyDecisionV1 } from '@spanforge/core-events/records';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScope } from './scope.js';
import { CONTEXT, openLog, verdict } from './testing/fixtures.js';

const call = { context: CONTEXT };
const MANIFEST = { agentId: 'claims-agent', resourceActions: { claims: ['read'] } };
const READ = { agentId: 'claims-agent', resource: 'claims', action: 'read' };

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
    const scope = createScope({ recorder: log, reader: log, policy: recording() });
    await scope.register(MANIFEST, call);
    const result = await scope.evaluateWithPolicy(READ, call);
    const { records } = await log.query(decisions);
    expect(records.map(({ id }) => id)).toEqual([result.policyDecisionId]);
    expect(records[0]?.context).toEqual(CONTEXT);
    await scope.evaluate(READ, call);
    expect((await log.query(decisions)).records).toHaveLength(1);
  });

  it('is recorded through the recorder of the call, in the mode of the call', async () => {
    const log = await openLog();
    const scope = createScope({ recorder: log, reader: log, policy: recording() });
    await scope.register(MANIFEST, call);
    const stage = log.stage();
    await scope.evaluateWithPolicy(READ, { ...call, recorder: stage, mode: 'shadow' });
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
        const policy = recording(verdict({ outcome, obligations }));
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
