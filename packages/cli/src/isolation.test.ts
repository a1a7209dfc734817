import { readFileSync, writeFileSync } from 'node:fs';
import { createGovernor, type GovernedResult } from '@spanforge/govern';
import { Command } from 'commander';
import { beforeEach, describe, expect, it } from 'vitest';
import { GROUPS } from './groups.js';
import { useFolder } from './test-cli.js';
import { BUNDLE } from './test-traces.js';
import { openWorkspace } from './workspace/workspace.js';

const folder = useFolder();

/** Every command there is, as it is typed. */
async function everyCommand(): Promise<ReadonlyMap<string, Command>> {
  const root = new Command('spanforge');
  for (const { load } of GROUPS) (await load())(root, () => async () => undefined);
  const found = new Map<string, Command>();
  const walk = (command: Command, path: readonly string[]): void => {
    if (command.commands.length === 0) found.set(path.join(' '), command);
    for (const one of command.commands) walk(one, [...path, one.name()]);
  };
  for (const one of root.commands) walk(one, [one.name()]);
  return found;
}

const WHY = ['--reason', 'r', '--by', 'b'];
const REVIEWER = ['--reviewer', 'r'];

/** What a command that takes a tenant is given beside it. */
const OF_A_TENANT: Readonly<Record<string, readonly string[]>> = {
  'operator list': [],
  'operator inspect': ['t'],
  'operator export': ['t', '--output', 'p.json'],
  'operator reviews': [],
  'operator approve': ['r', ...REVIEWER],
  'operator reject': ['r', ...REVIEWER],
  'operator review snooze': ['r', ...REVIEWER, '--for', '1h'],
  'operator review revoke': ['r', ...REVIEWER],
  'operator review escalate': [],
  'operator review grant': ['r', ...REVIEWER, '--uses', '1', '--for', '1h'],
  'operator review grants': [],
  'lineage graph': ['t'],
  'audit erase': ['s', ...WHY],
  'audit hold': ['s', ...WHY],
  'audit prune': WHY,
  'audit rederive': [],
  'enterprise package': ['t', '--output', 'p.json'],
  'enterprise settings': ['--retention-days', '90', ...WHY],
  'enterprise compliance': [],
  'export cef': ['--output', 'e.cef'],
  'export ocsf': ['--output', 'e.ndjson'],
  'export hec': ['--url', 'https://127.0.0.1:9', '--token-file', 'token'],
  'policy simulate': ['b.yaml'],
  'policy replay': ['b.yaml'],
  'policy canary status': ['c'],
  'policy canary simulate': ['b.yaml', '--baseline', 'b.yaml'],
};

/** What names no tenant whose evidence it shows or changes, and why. */
const OF_THE_DEPLOYMENT: Readonly<Record<string, readonly string[]>> = {
  'the log as a whole': [
    'doctor',
    'audit fsck',
    'audit check-health',
    'audit reindex',
    'audit quarantine',
    'audit acknowledge-holes',
    'audit leases',
    'audit cosign',
    'audit succeed',
    'export archive',
  ],
  'keys of the workspace': [
    'keys init',
    'keys rotate',
    'keys retire',
    'keys revoke',
    'keys list',
    'keys jwks',
    'audit rotate-key',
  ],
  'the policy of an environment': [
    'policy test',
    'policy activate',
    'policy deactivate',
    'policy promote',
    'policy rollback',
    'policy history',
    'policy review',
    'policy suggest-threshold',
  ],
  'the deployment, and who its tenants are': [
    'init',
    'enterprise status',
    'enterprise health',
    'enterprise register-tenant',
    'enterprise list-tenants',
  ],
  "works in the workspace's own place": [
    'mcp-proxy',
    'mcp-tools',
    'gate run',
    'gate evaluate',
    'gate trust-gate',
    'gate verify',
    'gate baseline update',
    'gate calibrate',
    'validate',
  ],
  'opens no workspace': [
    'policy lint',
    'policy eval',
    'policy compare',
    'policy draft',
    'policy canary plan',
    'operator verify',
    'audit verify',
    'export verify',
    'completion',
  ],
};

const ACME = ['--project', 'claims', '--project', 'policies', '--project', 'hr'];

beforeEach(async () => {
  await folder.run('init', '--residency', 'eu', '--sealed');
  const register = ['enterprise', 'register-tenant'];
  const cross = ['--cross', 'claims:policies', '--residency', 'eu', '--by', 'ops'];
  await folder.run(...register, 'acme', ...ACME, ...cross);
  await folder.run(...register, 'globex', '--project', 'shop', '--residency', 'eu', '--by', 'ops');
  writeFileSync(folder.path('b.yaml'), BUNDLE);
  writeFileSync(folder.path('token'), 'token');
});

/** Makes calls that are held, each in the place that is named, and says how they ended. */
async function call(
  ...places: readonly (readonly [tenant: string, project: string])[]
): Promise<readonly GovernedResult<unknown>[]> {
  const { log, close } = await openWorkspace(folder.path('.spanforge'), 'tests');
  const scope = async () =>
    ({ outcome: 'human_review', obligations: [], reason: 'r', reasonCode: 'r' }) as const;
  const governor = createGovernor({ log, scope });
  governor.govern(() => 'paid', { name: 'pay' });
  const results: GovernedResult<unknown>[] = [];
  try {
    for (const [tenant, project] of places) {
      const traceId = `${tenant}-${project}`;
      const context = { tenant, project, env: 'prod', run: traceId, traceId, callId: 'c' };
      results.push(await governor.call('pay', {}, { ...context, agent: 'bot', actor: 'alice' }));
    }
    return results;
  } finally {
    await close();
  }
}

const reviewOf = (result: GovernedResult<unknown> | undefined): string =>
  result?.status === 'held' ? result.reviewId : `not held: ${result?.reasonCode}`;

describe('tenants of a deployment', { timeout: 120_000 }, () => {
  it('are told to every command, or there is a reason why not', async () => {
    const commands = [...(await everyCommand()).keys()].sort();
    const placed = [...Object.keys(OF_A_TENANT), ...Object.values(OF_THE_DEPLOYMENT).flat()];
    expect(placed.sort()).toEqual(commands);
  });

  it('who are not registered are refused by every command, before anything is recorded', async () => {
    const commands = await everyCommand();
    const size = async () => (await folder.run('audit', 'fsck', '--json')).json().size;
    const before = await size();
    for (const [name, more] of Object.entries(OF_A_TENANT)) {
      const argv = [...name.split(' '), ...more];
      const unknown = await folder.run(...argv, '--tenant', 'nobody');
      expect([name, unknown.exitCode, unknown.stderr]).toEqual([
        name,
        2,
        expect.stringContaining('ENTERPRISE_TENANT_UNKNOWN'),
      ]);
      if (!commands.get(name)?.options.some(({ long }) => long === '--project')) continue;
      const foreign = await folder.run(...argv, '--tenant', 'acme', '--project', 'shop');
      expect([name, foreign.exitCode, foreign.stderr]).toEqual([
        name,
        2,
        expect.stringContaining('ENTERPRISE_TENANT_FOREIGN'),
      ]);
    }
    expect(await size()).toBe(before);
  });

  it('whose evidence must be elsewhere are refused by every command and by the recorder', async () => {
    const file = folder.path('.spanforge', 'spanforge.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"eu"', '"in"'));
    for (const [name, more] of Object.entries(OF_A_TENANT)) {
      const run = await folder.run(...name.split(' '), ...more, '--tenant', 'acme');
      expect([name, run.exitCode, run.stderr]).toEqual([
        name,
        2,
        expect.stringContaining('ENTERPRISE_RESIDENCY_VIOLATED'),
      ]);
    }
    const [blocked] = await call(['acme', 'claims']);
    expect(blocked).toMatchObject({ status: 'blocked', executed: false });
  });

  it('are the only ones that are recorded, with their own projects', async () => {
    const [own, acme, ...foreign] = await call(
      ['default', 'default'],
      ['acme', 'claims'],
      ['nobody', 'claims'],
      ['acme', 'shop'],
      ['globex', 'claims'],
    );
    expect([own?.status, acme?.status]).toEqual(['held', 'held']);
    expect(foreign.map(({ status }) => status)).toEqual(['blocked', 'blocked', 'blocked']);
    for (const trace of ['nobody-claims', 'acme-shop', 'globex-claims']) {
      expect((await folder.run('operator', 'inspect', trace)).exitCode).toBe(3);
    }
    const { log, close } = await openWorkspace(folder.path('.spanforge'), 'tests');
    const context = { tenant: 'acme', project: 'claims', env: 'prod', run: 'r', traceId: 't' };
    const who = { agent: 'a', actor: 'b', source: 'test@1.0.0' };
    const draft = (more: object) => ({
      type: 'spanforge.scope.v1',
      context: { ...context, ...who, ...more },
      body: {
        ...{ agent_id: 'a', resource: 'r', action: 'read', outcome: 'allow', allowed: true },
        ...{ reason: 'granted', reason_code: 'granted' },
      },
    });
    const size = await log.size();
    await expect(log.append([draft({}), draft({ tenant: 'nobody' })])).rejects.toMatchObject({
      code: 'ENTERPRISE_TENANT_UNKNOWN',
    });
    const stage = log.stage();
    const staged = await stage.append([draft({ project: 'shop' })]);
    await expect(stage.commit()).rejects.toMatchObject({ code: 'ENTERPRISE_TENANT_FOREIGN' });
    await expect(staged.receipts).rejects.toMatchObject({ code: 'ENTERPRISE_TENANT_FOREIGN' });
    expect(await log.size()).toBe(size);
    await log.append([draft({})]);
    expect(await log.size()).toBe(size + 1);
    await close();
    expect((await folder.run('audit', 'fsck')).exitCode).toBe(0);
  });

  it('see their own evidence, and a project what it may read', async () => {
    const held = await call(
      ['acme', 'claims'],
      ['acme', 'policies'],
      ['acme', 'hr'],
      ['globex', 'shop'],
    );
    const [claims, , , globex] = held.map(reviewOf);
    const traces = async (...argv: readonly string[]) => {
      const run = await folder.run('operator', 'list', '--json', ...argv);
      const listed = run.json().traces as readonly { readonly trace_id: string }[];
      return listed.map(({ trace_id }) => trace_id).sort();
    };
    const all = ['acme-claims', 'acme-hr', 'acme-policies'];
    expect(await traces()).toEqual([...all, 'globex-shop']);
    expect(await traces('--tenant', 'acme')).toEqual(all);
    expect(await traces('--tenant', 'globex')).toEqual(['globex-shop']);
    expect(await traces('--tenant', 'acme', '--project', 'claims')).toEqual([
      'acme-claims',
      'acme-policies',
    ]);
    expect(await traces('--tenant', 'acme', '--project', 'policies')).toEqual(['acme-policies']);
    const lost = await folder.run('operator', 'list', '--project', 'claims');
    expect([lost.exitCode, lost.stderr]).toEqual([2, expect.stringContaining('CLI_USAGE')]);

    const as = (tenant: string, project?: string) => [
      ...['--tenant', tenant],
      ...(project === undefined ? [] : ['--project', project]),
    ];
    for (const [trace, place, exitCode] of [
      ['acme-claims', as('acme'), 0],
      ['acme-policies', as('acme', 'claims'), 0],
      ['acme-hr', as('acme', 'claims'), 3],
      ['globex-shop', as('acme'), 3],
    ] as const) {
      const inspected = await folder.run('operator', 'inspect', trace, ...place);
      const to = ['--output', `${trace}.json`, ...place];
      const exported = await folder.run('operator', 'export', trace, ...to);
      const codes = [trace, inspected.exitCode, exported.exitCode];
      expect(codes).toEqual([trace, exitCode, exitCode]);
    }
    const keys = ['.spanforge/keys/log.vkey', '.spanforge/keys/package.jwks.json'];
    const trust = keys.flatMap((key) => ['--key', key]);
    const verified = await folder.run('operator', 'verify', 'acme-policies.json', ...trust);
    expect([verified.exitCode, verified.stderr]).toEqual([0, '']);

    const pending = async (...argv: readonly string[]) =>
      ((await folder.run('operator', 'reviews', '--json', ...argv)).json().reviews as object[])
        .length;
    expect([await pending(), await pending(...as('acme')), await pending(...as('globex'))]).toEqual(
      [4, 3, 1],
    );
    const foreign = await folder.run(
      'operator',
      'approve',
      globex ?? '',
      '--reviewer',
      'bob',
      ...as('acme'),
    );
    expect([foreign.exitCode, foreign.stderr]).toEqual([
      3,
      expect.stringContaining('GOVERN_REVIEW_UNKNOWN'),
    ]);
    const shown = await folder.run('operator', 'reviews', globex ?? '', ...as('acme'));
    expect(shown.exitCode).toBe(3);
    const own = await folder.run(
      'operator',
      'approve',
      claims ?? '',
      '--reviewer',
      'bob',
      ...as('acme'),
    );
    expect([own.exitCode, own.stderr]).toEqual([0, '']);
  });
});
