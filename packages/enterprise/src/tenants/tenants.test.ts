import type {
  EvidenceContext,
  EvidencePage,
  EvidenceQuery,
  EvidenceRecord,
} from '@spanforge/core-events';
import { createMemoryStore, openEvidenceLog } from '@spanforge/core-events/log';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAdmission } from './admission.js';
import { scopeReader } from './scoped-reader.js';
import { createTenants } from './tenants.js';

const context: EvidenceContext = {
  tenant: 'platform',
  project: 'platform',
  env: 'prod',
  run: 'run-1',
  traceId: 'trace-1',
  agent: 'setup',
  actor: 'admin',
  source: 'test@1.0.0',
};

const newLog = () =>
  openEvidenceLog({
    store: createMemoryStore(),
    origin: 'example.org/tenants',
    writer: 'test',
    hmac: { kid: 'first', secret: crypto.getRandomValues(new Uint8Array(32)) },
  });

const acme = {
  tenantId: 'acme',
  residency: 'eu',
  projects: ['claims', 'policies', 'hr'],
  crossProject: [{ from: 'claims', to: 'policies' }],
} as const;

describe('tenants', () => {
  it('are on record: whoever opens the log knows them, the newest form counts', async () => {
    const log = await newLog();
    const tenants = createTenants({ recorder: log, reader: log, deployedIn: 'eu' });
    await tenants.register(acme, { context });
    await tenants.register({ ...acme, projects: ['claims'], crossProject: [] }, { context });
    const again = createTenants({ recorder: log, reader: log, deployedIn: 'eu' });
    expect(await again.list()).toEqual([{ ...acme, projects: ['claims'], crossProject: [] }]);
    await expect(again.get('nobody')).rejects.toMatchObject({ code: 'ENTERPRISE_TENANT_UNKNOWN' });
  });

  it('are not taken where their evidence may not be', async () => {
    const log = await newLog();
    const tenants = createTenants({ recorder: log, reader: log, deployedIn: 'us' });
    await expect(tenants.register(acme, { context })).rejects.toMatchObject({
      code: 'ENTERPRISE_RESIDENCY_VIOLATED',
    });
    await tenants.register({ ...acme, residency: 'global' }, { context });
    expect(await log.size()).toBe(2);
  });

  const REGIONS = ['eu', 'us', 'ap', 'in', 'global'] as const;
  it.each(REGIONS.flatMap((residency) => REGIONS.map((deployedIn) => ({ residency, deployedIn }))))(
    'of $residency are kept in $deployedIn only where they may be',
    async ({ residency, deployedIn }) => {
      const log = await newLog();
      const parts = { recorder: log, reader: log };
      const registered = createTenants({ ...parts, deployedIn }).register(
        { ...acme, residency },
        { context },
      );
      // A deployment that says it is anywhere may keep what is bound to one place nowhere.
      if (residency === 'global' || residency === deployedIn) {
        await registered;
        return;
      }
      await expect(registered).rejects.toMatchObject({
        code: 'ENTERPRISE_RESIDENCY_VIOLATED',
        details: { residency, deployedIn },
      });
      // Nor is one admitted whom another deployment registered in this log.
      const elsewhere = createTenants({ ...parts, deployedIn: residency });
      await elsewhere.register({ ...acme, residency }, { context });
      const own = { tenant: 'platform', project: 'platform' };
      const admission = createAdmission({ reader: log, own, deployedIn });
      await expect(admission.admit({ tenant: acme.tenantId })).rejects.toMatchObject({
        code: 'ENTERPRISE_RESIDENCY_VIOLATED',
      });
    },
  );

  it.each([
    [{ ...acme, residency: 'mars' }, 'residency'],
    [{ ...acme, projects: [] }, 'projects'],
    [{ ...acme, crossProject: [{ from: 'claims', to: 'other' }] }, 'crossProject.0'],
    [{ ...acme, colour: 'red' }, ''],
  ])('refuses %j', async (tenant, path) => {
    const log = await newLog();
    const tenants = createTenants({ recorder: log, reader: log, deployedIn: 'eu' });
    await expect(tenants.register(tenant, { context })).rejects.toMatchObject({
      code: 'ENTERPRISE_TENANT_INVALID',
      details: { path },
    });
  });
});

describe('a scoped reader', () => {
  it('never answers a record of another tenant, or of a project it may not read', async () => {
    const log = await newLog();
    for (const tenant of ['acme', 'other']) {
      for (const project of ['claims', 'policies', 'hr']) {
        await log.append([
          {
            type: 'spanforge.scope.v1',
            context: { ...context, tenant, project, traceId: `${tenant}-${project}` },
            body: {
              agent_id: 'a',
              resource: 'r',
              action: 'read',
              outcome: 'allow',
              allowed: true,
              reason: 'granted',
              reason_code: 'granted',
            },
          },
        ]);
      }
    }
    const tenant = { ...acme, projects: [...acme.projects], crossProject: [...acme.crossProject] };
    const name = fc.option(fc.constantFrom('acme', 'other', 'claims', 'policies', 'hr'), {
      nil: undefined,
    });
    const query = fc.record(
      {
        traceId: fc.constantFrom('acme-claims', 'other-claims', 'acme-hr'),
        tenant: name,
        project: name,
        cursor: fc.nat(8),
        newestFirst: fc.boolean(),
        limit: fc.integer({ min: 1, max: 10 }),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(
        query,
        fc.constantFrom(...acme.projects, undefined),
        async (asked, project) => {
          const reader = scopeReader(log, {
            tenant,
            ...(project === undefined ? {} : { project }),
          });
          const given: EvidenceQuery = Object.fromEntries(
            Object.entries(asked).filter(([, value]) => value !== undefined),
          );
          if (given.tenant !== undefined && given.tenant !== 'acme') {
            await expect(reader.query(given)).rejects.toMatchObject({
              code: 'ENTERPRISE_TENANT_FOREIGN',
            });
            return;
          }
          const { records } = await reader.query(given);
          const visible = project === 'claims' ? ['claims', 'policies'] : [project];
          for (const { context: found } of records) {
            expect(found.tenant).toBe('acme');
            if (project !== undefined) expect(visible).toContain(found.project);
          }
          // A page is full while there is more: whoever asks for one record is not told of none.
          const { limit = 100, cursor, ...without } = given;
          const from = cursor === undefined ? {} : { cursor };
          const all = await reader.query({ ...without, ...from, limit: 1000 });
          expect(records).toEqual(all.records.slice(0, limit));
          const paged: EvidenceRecord[] = [];
          for (let next: number | undefined = cursor, first = true; first || next !== undefined; ) {
            const at = next === undefined ? {} : { cursor: next };
            const page: EvidencePage = await reader.query({ ...without, ...at, limit });
            paged.push(...page.records);
            [next, first] = [page.next, false];
          }
          expect(paged).toEqual(all.records);
        },
      ),
    );
    const complete: string[] = [];
    const reader = scopeReader(log, { tenant, project: 'claims' });
    for await (const { context: found } of reader.readComplete?.(['spanforge.scope.v1'], 0, 7) ??
      []) {
      complete.push(`${found.tenant}-${found.project}`);
    }
    expect(complete).toEqual(['acme-claims', 'acme-policies']);
    const kept = (index: number) => ({ name: 'n', digest: `${index}`, encoded: '' });
    const all = {
      disclosuresOf: async (indexes: readonly number[]) => indexes.map((at) => [kept(at)]),
    };
    const seen = scopeReader({ ...log, ...all }, { tenant, project: 'claims' });
    expect(await seen.disclosuresOf?.([1, 2, 3, 4])).toEqual([[kept(1)], [kept(2)], [], []]);
  });
});
