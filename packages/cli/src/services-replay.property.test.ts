import type { EvidenceContext } from '@spanforge/core-events';
import { createMemoryStore, openEvidenceLog } from '@spanforge/core-events/log';
import { createExplain } from '@spanforge/explain';
import { createGovernor } from '@spanforge/govern';
import { createLineage } from '@spanforge/lineage';
import { CONTROLS, createPolicy, type PolicyBundle, parseBundle } from '@spanforge/policy';
import { decisionsOfLog, replay } from '@spanforge/policy-rollout';
import { createRag } from '@spanforge/rag';
import { createRbac } from '@spanforge/rbac';
import { createScope } from '@spanforge/scope';
import { createValidate } from '@spanforge/validate';
import fc from 'fast-check';
import { expect, it } from 'vitest';

/** With SPANFORGE_LONG=1 1,000 bundles, else 40. */
const LONG = process.env.SPANFORGE_LONG === '1';

const CONTEXT: EvidenceContext = {
  ...{ tenant: 'acme', project: 'claims', env: 'prod', run: 'run-1', traceId: 'setup' },
  ...{ agent: 'claims-agent', actor: 'ann', source: 'test@1.0.0' },
};
const inTrace = (traceId: string) => ({ context: { ...CONTEXT, traceId } });

const OUTCOMES = ['allow', 'allow+log', 'redact', 'human_review', 'block'] as const;
/** Conditions about what the services ask, some of which cannot be decided for some of them. */
const CONDITIONS = [
  'request.action == "read"',
  'actor.id == "ann"',
  'request.args.amount > 3.0',
  'agent.id == "nobody"',
] as const;

const rule = fc
  .record({
    about: fc.constantFrom(...CONTROLS),
    action: fc.constantFrom(...OUTCOMES),
    on_error: fc.option(fc.constantFrom(...OUTCOMES), { nil: undefined }),
    threshold: fc.option(fc.constantFrom(0, 0.25, 0.5, 0.75, 1), { nil: undefined }),
    comparator: fc.constantFrom('lt', 'lte', 'gt', 'gte', 'eq', 'neq'),
    when: fc.option(fc.constantFrom(...CONDITIONS), { nil: undefined }),
  })
  .map(({ about, action, on_error, threshold, comparator, when }) => ({
    service: about.service,
    control: about.control,
    action,
    ...(on_error === undefined ? {} : { on_error }),
    ...(when === undefined ? {} : { when }),
    ...(threshold === undefined || about.range === undefined
      ? {}
      : { threshold, metadata: { comparator } }),
  }));

const rules = fc.array(rule, { minLength: 1, maxLength: 8 });

const bundleOf = (written: readonly object[], version: string): PolicyBundle =>
  parseBundle({
    ...{ policy_id: 'p', version, environment: 'prod', owner: 'o' },
    effective_at: '2026-01-01T00:00:00Z',
    rules: written.map((one, at) => ({ rule_id: `r${at}`, ...one })),
  });

const anyParts = {
  traceId: fc.constantFrom('a', 'b', 'c'),
  actor: fc.constantFrom('ann', 'bob', 'stranger'),
  action: fc.constantFrom('read', 'delete'),
  score: fc.constantFrom(0, 0.25, 0.5, 0.75, 1),
  amount: fc.nat(6),
};
const SERVICES = ['scope', 'rbac', 'rag', 'explain', 'lineage', 'validate', 'govern'] as const;
const question = fc.record({ service: fc.constantFrom(...SERVICES), ...anyParts });

/** Every service over one log, all of them asking one policy. */
async function openServices(bundle: PolicyBundle) {
  const log = await openEvidenceLog({
    ...{ store: createMemoryStore(), origin: 'test.example/log', writer: 'test', hmac: false },
  });
  const parts = { recorder: log, reader: log };
  const policy = createPolicy({
    ...parts,
    context: CONTEXT,
    refreshMs: 600_000,
    maxLagMs: 600_000,
  });
  await policy.lifecycle.activate(bundle);
  const [scope, rbac] = [createScope({ ...parts, policy }), createRbac({ ...parts, policy })];
  const resourceActions = { claims: ['read'] };
  await scope.register({ agentId: 'claims-agent', resourceActions }, { context: CONTEXT });
  for (const [actorId, role] of [
    ['ann', 'viewer'],
    ['bob', 'clerk'],
  ]) {
    await rbac.register({ actorId, roles: [role] }, { context: CONTEXT });
  }
  const [rag, validate] = [createRag({ ...parts, policy }), createValidate({ ...parts, policy })];
  const [explain, lineage] = [
    createExplain({ ...parts, policy }),
    createLineage({ ...parts, policy }),
  ];
  const governor = createGovernor({ log, policy, source: CONTEXT.source });
  governor.govern((args) => args, { name: 'pay', effect: 'write' });
  type Asked = typeof question extends fc.Arbitrary<infer Value> ? Value : never;
  const asks = {
    scope: ({ action, ...at }: Asked) =>
      scope.evaluateWithPolicy(
        { agentId: 'claims-agent', resource: 'claims', action },
        inTrace(at.traceId),
      ),
    rbac: ({ actor: actorId, action, traceId }: Asked) =>
      rbac.authorizeWithPolicy(
        { actorId, resource: 'claims', action, requiredRoles: ['viewer'] },
        inTrace(traceId),
      ),
    rag: ({ score, traceId }: Asked) =>
      rag.assessGroundingWithPolicy(
        { answer: 'x', sources: [], claims: [{ text: 'x', score, sourceIds: [] }] },
        inTrace(traceId),
      ),
    explain: ({ traceId }: Asked) => explain.generateWithPolicy({}, inTrace(traceId)),
    lineage: ({ action, traceId }: Asked) =>
      lineage.recordWithPolicy({ activity: action, outputs: [{ id: 'd' }] }, inTrace(traceId)),
    validate: ({ score, traceId }: Asked) =>
      validate.validateOutputWithPolicy({ output: 'fine', confidence: score }, inTrace(traceId)),
    govern: ({ amount, actor, traceId }: Asked, at: number) =>
      governor.call('pay', { amount }, { ...CONTEXT, actor, traceId, callId: `call-${at}` }),
  };
  return { log, ask: (asked: Asked, at: number) => asks[asked.service](asked, at) };
}

it('what services asked, asked again of the same bundle, gives no difference', {
  timeout: LONG ? 3_600_000 : 60_000,
}, async () => {
  const seen = new Set<string>();
  let differing = 0;
  await fc.assert(
    fc.asyncProperty(
      rules,
      rules,
      fc.array(question, { minLength: 7, maxLength: 20 }),
      async (written, others, asked) => {
        const bundle = bundleOf(written, '1.0');
        const { log, ask } = await openServices(bundle);
        for (const [at, each] of asked.entries()) await ask(each, at);
        const source = decisionsOfLog({ reader: log });
        const same = await replay(source, {
          candidate: bundle,
          onDecision: ({ service, control }) => void seen.add(`${service}/${control}`),
        });
        expect(same.differences).toEqual([]);
        expect(same.counts).toEqual({
          ...{ same: same.decisions, stricter: 0, looser: 0, not_replayable: 0 },
        });
        expect(same.before).toEqual(same.after);
        const other = await replay(source, { candidate: bundleOf(others, '2.0') });
        expect(other.counts.not_replayable).toBe(0);
        differing += other.counts.stricter + other.counts.looser;
        await log.close();
      },
    ),
    { numRuns: LONG ? 1_000 : 40 },
  );
  expect([...seen].sort()).toEqual(
    CONTROLS.map(({ service, control }) => `${service}/${control}`).sort(),
  );
  expect(differing).toBeGreaterThan(0);
});
