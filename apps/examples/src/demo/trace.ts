import { readFile } from 'node:fs/promises';
import type { EvidenceContext } from '@spanforge/core-events';
import { createExplain } from '@spanforge/explain';
import { createLineage } from '@spanforge/lineage';
import { createPolicy } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import { createRag } from '@spanforge/rag';
import { createRbac } from '@spanforge/rbac';
import { createScope } from '@spanforge/scope';
import type { Workspace } from 'spanforge';

/** The trace that both demos are about. */
export const TRACE = 'trace-refund-policy';

const SOURCES = [
  {
    id: 'handbook/refunds.md',
    text: 'A refund is possible within 14 days of delivery. The customer pays for the return.',
  },
];
const ANSWER =
  'A refund is possible within 14 days of delivery. We send a courier and pay for it ourselves.';

/** What each service said about the answer, as `name: outcome`. */
export type ServiceAnswers = readonly (readonly [service: string, said: string])[];

/**
 * An assistant answers a customer from a handbook, and half of the answer is made up. Every service
 * looks at it under the bundle of the guide, on record.
 */
export async function recordAnswer({ log, config }: Workspace): Promise<ServiceAnswers> {
  const { tenant, project, environment: env } = config;
  const place = { tenant, project, env, source: 'demo@1.0.0' };
  const setup = { ...place, run: 'setup', traceId: 'setup', agent: 'demo', actor: 'platform' };
  const context: EvidenceContext = {
    ...place,
    ...{ run: 'run-1', traceId: TRACE, agent: 'answer-bot', actor: 'clerk-3' },
  };

  const both = { recorder: log, reader: log };
  const policy = createPolicy({ ...both, context: setup });
  const bundle = new URL('../bundles/prod-governance.yaml', import.meta.url);
  await policy.lifecycle.activate(parseBundleYaml(await readFile(bundle, 'utf8')));
  const services = { ...both, policy };
  const scope = createScope(services);
  const manifest = { agentId: 'answer-bot', resourceActions: { handbook: ['read'] } };
  await scope.registerAgent(manifest, { context: setup });
  const permissions = { viewer: { handbook: ['read'] } };
  const rbac = createRbac({ ...services, permissions });
  await rbac.registerActor({ actorId: 'clerk-3', roles: ['viewer'] }, { context: setup });

  const asked = { resource: 'handbook', action: 'read' };
  const mayAgent = await scope.evaluateWithPolicy(
    { agentId: context.agent, ...asked },
    { context },
  );
  const mayPerson = await rbac.authorizeWithPolicy(
    { actorId: context.actor, ...asked },
    { context },
  );
  const grounding = await createRag(services).assessGroundingWithPolicy(
    { answer: ANSWER, sources: SOURCES },
    { context },
  );
  await createLineage(services).recordWithPolicy(
    {
      activity: 'answer',
      inputs: SOURCES.map(({ id }) => ({ id })),
      outputs: [{ id: 'answer-1' }],
    },
    { context },
  );
  const why = await createExplain(services).generateWithPolicy({ traceId: TRACE }, { context });
  return [
    ['scope', mayAgent.outcome],
    ['roles', mayPerson.outcome],
    ['grounding', `${grounding.status}, ${grounding.outcome}`],
    ['lineage', 'handbook/refunds.md to answer-1'],
    ['explanation', why.text],
  ];
}
