/** Where everything of the desk is recorded. */
export const PLACE = { tenant: 'example-insurance', project: 'claims', env: 'prod' } as const;

/** What writes the records of the desk. */
export const SOURCE = 'claims-desk@1.0.0';

/** The context of what the platform team does in a run: policies, manifests, roles. */
export const administration = (run: string) => ({
  ...PLACE,
  run,
  traceId: `setup-${run}`,
  agent: 'claims-desk',
  actor: 'platform-team',
  source: SOURCE,
});
