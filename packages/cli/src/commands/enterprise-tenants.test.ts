import { describe, expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';

const folder = useFolder();
const ACME = ['acme', '--residency', 'eu', '--project', 'claims', '--project', 'hr', '--by', 'ops'];
const register = (...argv: readonly string[]) =>
  folder.run('enterprise', 'register-tenant', ...argv);

describe('spanforge enterprise register-tenant and list-tenants', () => {
  it('keeps tenants in the log: another process lists them as they stand now', async () => {
    await folder.run('init', '--residency', 'eu');
    const first = await register(...ACME, '--cross', 'claims:hr', '--json');
    const acme = {
      tenant_id: 'acme',
      residency: 'eu',
      projects: ['claims', 'hr'],
      cross_project: [{ from: 'claims', to: 'hr' }],
    };
    expect([first.exitCode, first.json()]).toEqual([0, { tenant: acme }]);
    await register(...ACME);
    const listed = await folder.run('enterprise', 'list-tenants', '--json');
    expect(listed.json()).toEqual({ tenants: [{ ...acme, cross_project: [] }] });
    expect((await folder.run('enterprise', 'list-tenants')).stdout).toContain('claims, hr');
    expect((await folder.run('audit', 'fsck')).exitCode).toBe(0);
  });

  it.each([
    ['us', 'ENTERPRISE_RESIDENCY_VIOLATED'],
    ['mars', 'ENTERPRISE_TENANT_INVALID'],
  ])('refuses a tenant of %s in a deployment in the eu', async (residency, code) => {
    await folder.run('init', '--residency', 'eu');
    const run = await register('t', '--residency', residency, '--project', 'p', '--by', 'ops');
    expect([run.exitCode, run.stderr]).toEqual([2, expect.stringContaining(code)]);
    expect((await folder.run('enterprise', 'list-tenants')).stdout).toContain('no tenant');
  });

  it('takes no bound tenant where the deployment does not say where it is', async () => {
    await folder.run('init');
    expect((await register(...ACME)).stderr).toContain('ENTERPRISE_RESIDENCY_VIOLATED');
    const anywhere = ['t', '--residency', 'global', '--project', 'p', '--by', 'ops'];
    expect((await register(...anywhere)).exitCode).toBe(0);
  });

  it('sends nothing from an air-gapped workspace', async () => {
    await folder.run('init', '--air-gapped');
    const run = await folder.run('export', 'ocsf', '--url', 'http://127.0.0.1:9/x');
    expect([run.exitCode, run.stderr]).toEqual([2, expect.stringContaining('EXPORT_')]);
  });
});
