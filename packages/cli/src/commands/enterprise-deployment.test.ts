import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFromJson, verifyPackage } from '@spanforge/operator';
import { verify as verifyAlone } from '@spanforge/operator/verifier';
import { describe, expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';
import { recordTraces } from '../test-traces.js';

const folder = useFolder();
const KEYS = ['.spanforge/keys/log.vkey', '.spanforge/keys/package.jwks.json'];
const TRUST = KEYS.flatMap((key) => ['--key', key]);
const WHY = ['--reason', 'schedule 4', '--by', 'ops'];
const run = (...argv: readonly string[]) => folder.run('enterprise', ...argv);

async function makePackage(...options: readonly string[]) {
  const made = await run('package', 'blocked', '--output', 'p.json', ...options);
  const keys = KEYS.map((key) => readFileSync(folder.path(key), 'utf8').trim());
  const pkg = packageFromJson(readFileSync(folder.path('p.json')));
  return { made, pkg, keys, verify: (one: typeof pkg) => verifyPackage(one, { keys }) };
}

describe('spanforge enterprise package', () => {
  it('wraps the package of the operator; a change of any part is found', async () => {
    await folder.run('init', '--residency', 'eu');
    await recordTraces(folder.path('.spanforge'));
    const { made, pkg, verify, keys } = await makePackage();
    const second = await verifyAlone(pkg, { keys });
    expect(second).toMatchObject({ verdict: 'valid', outcome: 'block', level: 'L1', faults: [] });
    expect([made.exitCode, made.stderr]).toEqual([0, '']);
    const report = await verify(pkg);
    expect([report.verdict, report.outcome, report.level]).toEqual(['valid', 'block', 'L1']);
    const names = [...pkg.keys()].filter((name) => !name.startsWith('operator/'));
    expect(names.sort()).toEqual([
      'SHA256SUMS',
      'VERIFY.md',
      'architectures.json',
      'controls.json',
      'package.dsse.json',
      'profile.json',
      'status.json',
    ]);
    for (const [name, bytes] of pkg) {
      const flipped = bytes.slice();
      const at = Math.floor(bytes.length / 2);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      const changed = bytes.length === 0 ? new Uint8Array([10]) : flipped;
      const tampered = new Map(pkg).set(name, changed);
      expect([name, (await verify(tampered)).exitCode]).toEqual([name, 1]);
      expect([name, (await verifyAlone(tampered, { keys })).exit_code]).toEqual([name, 1]);
      const without = new Map(pkg);
      without.delete(name);
      expect([name, (await verify(without)).exitCode]).toEqual([name, 1]);
    }
    const more = new Map(pkg).set('more.json', new Uint8Array([10]));
    expect((await verify(more)).firstBad?.reason).toBe('unknown_file');
    const { verdict } = await verifyPackage(pkg, { keys: [] });
    expect(verdict).toBe('untrusted');
  });

  it('says what the deployment is, and holds it against the reference architectures', async () => {
    await folder.run('init', '--residency', 'eu', '--sealed');
    await recordTraces(folder.path('.spanforge'));
    const { pkg } = await makePackage();
    const part = (name: string) => JSON.parse(Buffer.from(pkg.get(name) ?? []).toString());
    expect(part('status.json')).toMatchObject({ deployed_in: 'eu', air_gapped: false });
    expect(part('controls.json')).toMatchObject({ tenant_id: 'default', disclose: [] });
    const facts = part('profile.json').facts.map(({ name }: { name: string }) => name);
    expect(facts).toEqual(expect.arrayContaining(['shape', 'routes', 'store', 'sealed']));
    const { architectures, matches } = part('architectures.json');
    const ids = ['single-host', 'docker-compose', 'kubernetes', 'air-gapped'];
    expect(architectures.map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(matches.at(-1)).toMatchObject({
      id: 'air-gapped',
      meets: 'no',
      unmet: ['egress', 'routes'],
    });
  });

  it('lets no value leave that the settings of the tenant keep', async () => {
    await folder.run('init');
    await recordTraces(folder.path('.spanforge'));
    const refused = await makePackage('--disclose', 'args').catch(() => undefined);
    expect(refused).toBeUndefined();
    const named = await run('package', 'blocked', '--output', 'q', '--disclose', 'args');
    expect([named.exitCode, named.stderr]).toEqual([
      2,
      expect.stringContaining('ENTERPRISE_EXPORT_DENIED'),
    ]);
    await run('settings', '--disclose', 'args', ...WHY);
    const all = await run('package', 'blocked', '--output', 'q', '--disclose', 'all');
    expect(all.stderr).toContain('ENTERPRISE_EXPORT_DENIED');
    expect((await run('package', 'blocked', '--output', 'q', '--disclose', 'args')).exitCode).toBe(
      0,
    );
    const shown = readFileSync(folder.path('q/operator/disclosures.jsonl'), 'utf8');
    expect(shown).not.toBe('');
    expect((await folder.run('operator', 'verify', 'q', ...TRUST)).exitCode).toBe(0);
    // What is inside is a package by itself.
    expect((await folder.run('operator', 'verify', 'q/operator', ...TRUST)).exitCode).toBe(0);
  });

  it('keeps the settings of a tenant that are not given', async () => {
    await folder.run('init');
    const set = async (...options: readonly string[]) =>
      (await run('settings', ...options, ...WHY, '--json')).json().settings;
    const disclosing = { tenant_id: 'default', disclose: ['args'], reason: 'schedule 4' };
    expect(await set('--disclose', 'args')).toEqual(disclosing);
    const both = { ...disclosing, retention_days: 30 };
    expect(await set('--retention-days', '30')).toEqual(both);
    expect(await set('--disclose', 'all')).toEqual({ ...both, disclose: ['*'] });
    expect(await set('--disclose', 'none')).toEqual({ ...both, disclose: [] });
    const kept = await run('settings', '--retention-days', 'none', ...WHY);
    expect(kept.stdout).toContain('values are kept for good; may leave in a package: none');
    const nothing = await run('settings', ...WHY);
    expect([nothing.exitCode, nothing.stderr]).toEqual([
      2,
      expect.stringContaining('give --retention-days, --disclose or both'),
    ]);
  });

  it('holds nothing of another tenant, under whatever name it is asked for', async () => {
    await folder.run('init', '--residency', 'eu');
    await recordTraces(folder.path('.spanforge'));
    const where = ['--residency', 'eu', '--project', 'claims', '--by', 'ops'];
    await run('register-tenant', 'acme', ...where);
    const foreign = await run(
      'package',
      'blocked',
      '--output',
      'f.json',
      '--tenant',
      'acme',
      '--json',
    );
    expect([foreign.exitCode, foreign.json()]).toMatchObject([3, { records: 0 }]);
    expect(readFileSync(folder.path('f.json'), 'utf8')).not.toContain('person-1');
    const unknown = await run('package', 'blocked', '--output', 'g', '--tenant', 'nobody');
    expect(unknown.stderr).toContain('ENTERPRISE_TENANT_UNKNOWN');
    const project = ['--tenant', 'acme', '--project', 'hr'];
    const other = await run('package', 'blocked', '--output', 'g', ...project);
    expect(other.stderr).toContain('ENTERPRISE_TENANT_FOREIGN');
  });
});

describe('spanforge enterprise status and health', () => {
  it('say how the deployment stands', async () => {
    await folder.run('init', '--residency', 'eu', '--sealed');
    await recordTraces(folder.path('.spanforge'));
    await folder.run('audit', 'hold', 'blocked', '--trace', ...WHY);
    const { status } = (await run('status', '--json')).json() as never as {
      status: Record<string, unknown>;
    };
    expect(status).toMatchObject({
      deployed_in: 'eu',
      tenants: { registered: 0, misplaced: [] },
      holds: { subjects: 0, traces: 1 },
      erasures: 0,
    });
    const health = await run('health', '--json');
    const found = health.json() as { readonly checks: readonly { name: string; state: string }[] };
    const states = Object.fromEntries(found.checks.map(({ name, state }) => [name, state]));
    expect(states).toMatchObject({ residency: 'ok', egress: 'ok', keys: 'ok', kms: 'ok' });
    expect(health.exitCode).toBe(0);
  });

  it('tell of a tenant that must not be kept here', async () => {
    await folder.run('init', '--residency', 'eu');
    const where = ['--residency', 'eu', '--project', 'claims', '--by', 'ops'];
    await run('register-tenant', 'acme', ...where);
    const config = folder.path('.spanforge/spanforge.json');
    const moved = readFileSync(config, 'utf8').replace('"eu"', '"us"');
    (await import('node:fs')).writeFileSync(config, moved);
    const status = await run('status');
    expect([status.exitCode, status.stdout]).toEqual([1, expect.stringContaining('acme')]);
    expect((await run('health')).exitCode).toBe(1);
    const refused = await run('package', 'x', '--output', 'g', '--tenant', 'acme');
    expect(refused.stderr).toContain('ENTERPRISE_RESIDENCY_VIOLATED');
  });

  it('do not believe an air gap while routes lead away', async () => {
    await folder.run('init', '--air-gapped');
    const health = await run('health', '--json');
    const { checks } = health.json() as {
      readonly checks: readonly { name: string; state: string }[];
    };
    const routes = (await run('status', '--json')).stdout;
    const present = routes.includes('"value":"present"') || /"value": "present"/.test(routes);
    const state = checks.find(({ name }) => name === 'egress')?.state;
    expect(state === 'failed').toBe(present);
  });
});

const bytesUnder = (path: string): string =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('');

describe('spanforge audit prune', () => {
  it('removes what is due, keeps what is held, and leaves every proof', async () => {
    await folder.run('init');
    await recordTraces(folder.path('.spanforge'));
    await run('settings', '--retention-days', '30', '--disclose', 'all', ...WHY);
    await folder.run('operator', 'export', 'blocked', '--output', 'before', '--disclose', 'all');
    await folder.run('audit', 'hold', 'held', '--trace', ...WHY);
    const inClear = Buffer.from('{"amount":50000}').toString('base64').slice(2, -4);
    expect(bytesUnder(folder.path('.spanforge'))).toContain(inClear);

    const nothing = await folder.run('audit', 'prune', ...WHY, '--json');
    expect(nothing.json()).toMatchObject({ values: 0 });
    const then = ['--at', new Date(Date.now() + 31 * 86_400_000).toISOString(), '--json'];
    const dry = (await folder.run('audit', 'prune', ...WHY, ...then, '--dry-run')).json();
    const pruned = (await folder.run('audit', 'prune', ...WHY, ...then)).json();
    expect(pruned).toMatchObject({ values: dry.values, digest: dry.digest, held: dry.held });
    expect([Number(pruned.values) > 0, Number(pruned.held) > 0]).toEqual([true, true]);

    // In no file of the workspace: the database, its write-ahead log, or what stands beside them.
    expect(bytesUnder(folder.path('.spanforge'))).not.toContain(inClear);
    for (const trace of ['blocked', 'held']) {
      await folder.run('operator', 'export', trace, '--output', trace, '--disclose', 'all');
    }
    const values = (name: string) => readFileSync(folder.path(name, 'disclosures.jsonl'), 'utf8');
    expect([values('blocked'), values('held') !== '']).toEqual(['', true]);
    for (const name of ['before', 'blocked', 'held']) {
      const verified = await folder.run('operator', 'verify', name, ...TRUST);
      expect([name, verified.exitCode]).toEqual([name, 0]);
    }
    expect((await folder.run('audit', 'fsck', '--json')).json()).toMatchObject({ findings: [] });
    expect((await run('status', '--json')).json()).toMatchObject({
      status: { prunings: { count: 1, values: pruned.values } },
    });
  });

  it('removes nothing of a tenant without a retention', async () => {
    await folder.run('init');
    const refused = await folder.run('audit', 'prune', ...WHY);
    expect([refused.exitCode, refused.stderr]).toEqual([
      2,
      expect.stringContaining('kept for good'),
    ]);
  });
});
