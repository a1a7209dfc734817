import { createGovernor } from '@spanforge/govern';
import { createPolicy } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import { openWorkspace } from './workspace/workspace.js';

const PLACE = { tenant: 'default', project: 'default', env: 'prod', run: 'run-1' } as const;
const SOURCE = 'spanforge-cli-tests@1.0.0';

/** A bundle that allows, holds and blocks. */
export const BUNDLE = `policy_id: refunds
version: "1.0"
environment: prod
owner: tests
effective_at: "2026-01-01T00:00:00Z"
rationale: For tests.
tools:
  look: { effect: read }
  refund: { effect: write }
rules:
  - rule_id: large-refunds-wait
    service: sf_govern
    control: tool_call
    target: { tools: [refund] }
    when: request.args.amount > 100.0
    action: human_review
    rationale: Large refunds wait for a person.
  - rule_id: no-huge-refunds
    service: sf_govern
    control: tool_call
    target: { tools: [refund] }
    when: request.args.amount > 10000.0
    action: block
    rationale: Huge refunds never happen.
`;

/** Governs three calls in a workspace that exists; gives the review of the one that is held. */
export async function recordTraces(root: string): Promise<{ readonly reviewId: string }> {
  const workspace = await openWorkspace(root, 'tests');
  const { log } = workspace;
  const setup = { ...PLACE, traceId: 'setup', agent: 'tests', actor: 'platform', source: SOURCE };
  // Always fresh: whether a result is asked about must not hang on how fast the test runs.
  const fresh = { refreshMs: 600_000, maxLagMs: 600_000 };
  const policy = createPolicy({ recorder: log, reader: log, context: setup, ...fresh });
  await policy.lifecycle.activate(parseBundleYaml(BUNDLE));
  const governor = createGovernor({ log, policy, source: SOURCE });
  governor.govern(() => 'done', { name: 'look', effect: 'read' });
  governor.govern(() => 'paid', { name: 'refund' });
  const call = (tool: string, amount: number, traceId: string) =>
    governor.call(
      tool,
      { amount },
      { ...PLACE, traceId, callId: traceId, agent: 'agent-1', actor: 'person-1' },
    );
  try {
    await call('look', 1, 'allowed');
    await call('refund', 50_000, 'blocked');
    const held = await call('refund', 500, 'held');
    if (held.status !== 'held') throw new Error(`expected a held call: ${held.reason}`);
    return { reviewId: held.reviewId };
  } finally {
    await workspace.close();
  }
}
