import {
  BLOCK_ALL,
  bundleOf,
  CONTEXT,
  type HostileTry,
  open,
  PLACE,
  type Written,
} from './set-up.js';

async function unbundled(activated?: Written, tenant = PLACE.tenant): Promise<string> {
  const { policy } = await open({ unbundled: 'block' });
  if (activated) await policy.lifecycle.activate(bundleOf(BLOCK_ALL, activated));
  const request = { service: 'sf_govern', control: 'tool_call', tool: 'pay', args: {} };
  const { verdict } = await policy.evaluate(request, { context: { ...CONTEXT, tenant } });
  return `${verdict.outcome}, ${verdict.reasonCode}`;
}

const UNBUNDLED: readonly HostileTry[] = [
  ['never activated', () => unbundled()],
  ['activated for "Prod"', () => unbundled({ environment: 'Prod' })],
  ['activated for another tenant', () => unbundled({}, 'other')],
  ['activated for 2036', () => unbundled({ effective_at: '2036-01-01T00:00:00Z' })],
].map(([tried, happens]) => ({
  id: 'D-04',
  tried: `no bundle in force: ${tried}`,
  must: 'block, no_active_bundle',
  happens: happens as () => Promise<string>,
}));

async function replacing(options: { readonly replace?: true }): Promise<string> {
  const { policy } = await open();
  await policy.lifecycle.activate(bundleOf(BLOCK_ALL));
  const other = bundleOf(BLOCK_ALL, { policy_id: 'other' });
  const outcome = await policy.lifecycle.activate(other, options).then(
    () => 'activated',
    () => 'refused',
  );
  const inForce = (await policy.lifecycle.active('prod'))?.policyId;
  return `${outcome}, ${inForce} is in force`;
}

async function twoServices(environment: string, name?: string): Promise<string> {
  const { create } = await open();
  const [first, second] = [create(), create(name === undefined ? {} : { application: name })];
  const only = (policyId: string, env: string, tool: string) =>
    bundleOf([{ action: 'block', target: { tools: [tool] } }], {
      ...{ policy_id: policyId, environment: env },
    });
  await first.lifecycle.activate(only('desk', 'prod', 'write'));
  const refused = await second.lifecycle.activate(only('vault', environment, 'read')).then(
    () => 'each has its own',
    () => 'the second is refused',
  );
  const outcome = async (service: typeof first, env: string, tool: string) => {
    const request = { service: 'sf_govern', control: 'tool_call', tool, args: {} };
    return (await service.evaluate(request, { context: { ...CONTEXT, env } })).verdict.outcome;
  };
  const said = [await outcome(first, 'prod', 'write'), await outcome(second, environment, 'read')];
  return `${refused}: ${said.join(', ')}`;
}

/** Which bundle is in force, and over what: D-04 and D-05. */
export const ACTIVATIONS: readonly HostileTry[] = [
  ...UNBUNDLED,
  {
    id: 'D-05',
    tried: 'another policy_id over the one in force',
    must: 'refused, p is in force',
    happens: () => replacing({}),
  },
  {
    id: 'D-05',
    tried: 'the same with replace',
    must: 'activated, other is in force',
    happens: () => replacing({ replace: true }),
  },
];

/** Several services and their bundles: D-11. */
export const SERVICES: readonly HostileTry[] = [
  {
    id: 'D-11',
    tried: 'two services, two bundles, an environment each',
    must: 'each has its own: block, block',
    happens: () => twoServices('prod-vault'),
  },
  {
    id: 'D-11',
    tried: 'two services, two bundles, one environment',
    must: 'the second is refused: block, allow',
    happens: () => twoServices('prod'),
  },
  {
    id: 'D-11',
    tried: 'two services, two bundles, one environment, an application of its own',
    must: 'each has its own: block, block',
    happens: () => twoServices('prod', 'vault'),
  },
];
