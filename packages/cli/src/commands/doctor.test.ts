import { linkSync, renameSync, writeFileSync } from 'node:fs';
import { EventsError } from '@spanforge/core-events';
import {
  createMemoryCounters,
  type EvidenceLogOptions,
  openEvidenceLog,
} from '@spanforge/core-events/log';
import { createFileMark, createLeaseClock } from '@spanforge/core-events/node';
import { createGovernor } from '@spanforge/govern';
import { openSqliteStore } from '@spanforge/store-sqlite';
import { describe, expect, it } from 'vitest';
import { openGovernor } from '../governor/open-governor.js';
import { useFolder } from '../test-cli.js';
import { BUNDLE } from '../test-traces.js';
import { readConfig, workspacePaths } from '../workspace/config.js';
import { readKeys } from '../workspace/keys.js';
import { openWorkspace, type Workspace } from '../workspace/workspace.js';
import { KEY_CHECKS } from './doctor-keys.js';
import { LOG_CHECKS } from './doctor-log.js';

const folder = useFolder();

const DRAFT = {
  type: 'spanforge.key.retired.v1',
  context: {
    ...{ tenant: 'default', project: 'default', env: 'prod', run: 'r', traceId: 't' },
    ...{ agent: 'a', actor: 'b', source: 'test@1.0.0' },
  },
  body: { kid: 'k', role: 'log' },
};

async function openStore() {
  return openSqliteStore({ path: workspacePaths(folder.path('.spanforge')).store });
}

/** The log of the workspace, for a writer that something is wrong with. */
async function openLog(
  options: Partial<EvidenceLogOptions> = {},
): Promise<Awaited<ReturnType<typeof openEvidenceLog>>> {
  const paths = workspacePaths(folder.path('.spanforge'));
  const [{ origin }, keys] = [await readConfig(paths), await readKeys(paths)];
  const store = options.store ?? (await openStore());
  return openEvidenceLog({ origin, writer: 'w', hmac: keys.record, ...options, store });
}

async function begin(): Promise<void> {
  await folder.run('init', '--origin', 'example.com/log');
  await folder.run('audit', 'fsck');
}

interface Line {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

async function line(name: string): Promise<Line | undefined> {
  const { checks } = (await folder.run('doctor', '--json')).json() as { checks: readonly Line[] };
  return checks.find((check) => check.name === name);
}

describe('spanforge doctor', () => {
  it('finds nothing wrong with a log that has just begun', async () => {
    await begin();
    const { exitCode, stdout } = await folder.run('doctor');
    expect(exitCode).toBe(0);
    const names = ['evidence log', 'mark', 'leases', 'writers', 'times'];
    for (const name of names) expect(stdout).toMatch(new RegExp(`^ok {4}${name} `, 'm'));
  });

  it('warns where no bundle governs, and tells an environment that was spelt otherwise', async () => {
    await begin();
    const { exitCode, stdout } = await folder.run('doctor');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^warn {2}policy +no bundle governs prod$/m);
    expect(await line('policy')).toMatchObject({ ok: true, warning: true });
    writeFileSync(folder.path('p.yaml'), BUNDLE.replace('environment: prod', 'environment: Prod'));
    const activated = await folder.run('policy', 'activate', 'p.yaml', '--actor', 'ann');
    expect(activated).toMatchObject({ exitCode: 0 });
    expect(activated.stdout).toContain('this workspace is for prod; did you mean "prod"?');
    expect((await line('policy'))?.detail).toBe(
      'no bundle governs prod; a bundle was activated for "Prod"',
    );
    writeFileSync(folder.path('q.yaml'), BUNDLE);
    const right = await folder.run('policy', 'activate', 'q.yaml', '--actor', 'ann');
    expect(right.stdout).not.toContain('did you mean');
    expect(await line('policy')).not.toHaveProperty('warning');
  });

  it('says which bundle governs, and which will', async () => {
    await begin();
    expect(await line('policy')).toMatchObject({ ok: true, detail: 'no bundle governs prod' });
    const later = BUNDLE.replace('2026-01-01T00:00:00Z', '2999-01-01T00:00:00Z');
    writeFileSync(folder.path('later.yaml'), later);
    const activate = (file: string, ...more: readonly string[]) =>
      folder.run('policy', 'activate', file, '--actor', 'ann', ...more);
    expect(await activate('later.yaml')).toMatchObject({ exitCode: 0 });
    expect((await line('policy'))?.detail).toMatch(
      /^no bundle governs prod; refunds 1\.0 will govern from 2999-01-01T00:00:00/,
    );
    await folder.run('policy', 'deactivate', '--actor', 'ann');
    expect((await line('policy'))?.detail).toBe('no bundle governs prod');
    writeFileSync(folder.path('now.yaml'), BUNDLE.replace('version: "1.0"', 'version: "2.0"'));
    expect(await activate('now.yaml')).toMatchObject({ exitCode: 0 });
    expect((await line('policy'))?.detail).toBe('refunds 2.0 governs prod');
  });

  it('misses a mark where checkpoints were released, and tells a frozen one', async () => {
    await begin();
    const path = folder.path('.spanforge/keys/log.mark.json');
    renameSync(path, `${path}.kept`);
    expect(await line('mark')).toMatchObject({
      ok: false,
      detail: expect.stringContaining(`${path}: missing, and checkpoints were released`),
    });
    expect((await folder.run('doctor')).exitCode).toBe(2);
    renameSync(`${path}.kept`, path);
    const keeper = createFileMark(path);
    const kept = await keeper.load();
    if (!kept) throw new Error('no mark');
    await keeper.save({ ...kept, frozen: { reason: 'leaf_mismatch', index: 0 } });
    expect(await line('mark')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('froze the log: leaf_mismatch'),
    });
  });

  it('warns of a mark that has another name', async () => {
    await begin();
    const path = folder.path('.spanforge/keys/log.mark.json');
    linkSync(path, folder.path('elsewhere'));
    expect(await line('mark')).toMatchObject({
      ok: true,
      detail: expect.stringContaining('has 1 other name (hard links)'),
    });
  });

  it('tells a latest checkpoint that cannot be read', async () => {
    await begin();
    const store = await openStore();
    await store.putDerived([['checkpoint/latest', new Uint8Array([0x7b])]]);
    await store.close();
    expect(await line('evidence log')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('the latest checkpoint cannot be read'),
    });
  });

  it('says who holds a lease, and that one is held for too long', async () => {
    await begin();
    expect(await line('leases')).toMatchObject({ ok: true, detail: 'none is held' });
    const store = await openStore();
    const clock = createLeaseClock();
    // A machine that does not say when it was started has leases by the wall clock alone.
    if (!clock) return;
    await store.lease('checkpoint/another-start', 'long-gone', clock.now(), 1e12);
    expect((await line('leases'))?.detail).toBe('none is held');
    await store.lease(`checkpoint/${clock.boot}`, 'signer-1', clock.now(), 30_000);
    expect(await line('leases')).toMatchObject({
      ok: true,
      detail: `checkpoint/${clock.boot} is held by signer-1`,
    });
    await store.lease('checkpoint', 'ahead', Date.now() + 86_400_000, 10_000);
    expect(await line('leases')).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/checkpoint is held by ahead for \d+ seconds more/),
    });
    await store.close();
  });

  it('tells writer numbers that are missing, until they are acknowledged', async () => {
    await begin();
    const store = await openStore();
    let lose = false;
    const lying = {
      ...store,
      append: (groups: Parameters<typeof store.append>[0]) =>
        lose
          ? Promise.resolve(groups.map(() => ({ status: 'stored' as const, first: 0 })))
          : store.append(groups),
    };
    const log = await openLog({ store: lying });
    await log.append([DRAFT]);
    lose = true;
    await log.append([DRAFT, DRAFT]);
    lose = false;
    await log.append([DRAFT]);
    await log.close();
    expect(await line('writers')).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/missing and unexplained, 1 to 2 of w \(/),
    });
    await folder.run('audit', 'acknowledge-holes', '--by', 'ann');
    expect(await line('writers')).toMatchObject({ ok: true });
  });

  it('tells records that are dated far outside their neighbours', async () => {
    await begin();
    let now = Date.now();
    const log = await openLog({ clock: () => now });
    await log.append([DRAFT]);
    await log.close();
    now -= 3 * 3_600_000;
    const back = await openLog({ clock: () => now });
    await back.append([DRAFT]);
    await back.close();
    now += 3 * 3_600_000;
    const again = await openLog({ clock: () => now });
    await again.append([DRAFT]);
    await again.close();
    expect(await line('times')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('Record 6 is dated'),
    });
  });

  it('tells an index that lacks records of state', async () => {
    const look = LOG_CHECKS.find(([name]) => name === 'index')?.[1];
    const lacking = new EventsError('EVENTS_INDEX_INCOMPLETE', 'the index lacks records');
    const log = {
      size: async () => 1,
      async *readComplete() {
        yield await Promise.reject(lacking);
      },
    };
    await expect(look?.({ log } as unknown as Workspace)).rejects.toBe(lacking);
  });

  it.each(['N-02', 'N-03'])(
    '%s: tells entries of the index that are not what records say',
    async (id) => {
      await begin();
      expect(await line('evidence')).toMatchObject({ ok: true });
      const store = await openSqliteStore({
        path: workspacePaths(folder.path('.spanforge')).store,
      });
      await store.replaceTerms(1, [id === 'N-02' ? [] : ['trace:another']]);
      await store.close();
      expect(await line('evidence')).toMatchObject({
        ok: false,
        detail: expect.stringMatching(/^terms_mismatch at 1.*: see "audit fsck"$/),
      });
    },
  );

  it('tells counters that lack what a record counted', async () => {
    await begin();
    const counting = BUNDLE.replace(
      'rules:\n',
      'facts:\n  looks: { count: calls, tools: [look], per: [actor], window: 1d }\nrules:\n',
    );
    writeFileSync(folder.path('b.yaml'), counting);
    expect(await line('counters')).toMatchObject({ ok: true, detail: 'nothing is counted' });
    expect(await folder.run('policy', 'activate', 'b.yaml', '--actor', 'ann')).toMatchObject({
      exitCode: 0,
    });
    expect(await line('counters')).toMatchObject({ ok: true });
    const opened = await openGovernor({ workspace: folder.path('.spanforge') });
    const governor = createGovernor(opened.parts);
    governor.govern(() => 'seen', { name: 'look', effect: 'read' });
    const context = { ...opened.tenancy, run: 'r', traceId: 't', callId: 'c' };
    const called = await governor.call('look', {}, { ...context, agent: 'a', actor: 'b' });
    expect(called.status).toBe('completed');
    await opened.close();
    expect(await line('counters')).toMatchObject({ ok: true });
    const look = LOG_CHECKS.find(([name]) => name === 'counters')?.[1];
    const workspace = await openWorkspace(folder.path('.spanforge'), 'tests');
    const emptied = { ...workspace, store: { counters: createMemoryCounters() } };
    await expect(look?.(emptied as unknown as Workspace)).rejects.toMatchObject({
      code: 'EVENTS_COUNTER_SHORTENED',
    });
    await workspace.close();
  });

  it.each([
    ['retired', {}, 'was retired at size'],
    ['revoked', { last_good_size: 3, reason: 'lost' }, 'was revoked, good up to size 3'],
  ])('tells a key in use that the log says was %s', async (what, more, said) => {
    await begin();
    const { packages } = await readKeys(workspacePaths(folder.path('.spanforge')));
    const log = await openLog();
    const body = { kid: packages[0]?.kid ?? '', role: 'package', ...more };
    await log.append([{ ...DRAFT, type: `spanforge.key.${what}.v1`, body }]);
    await log.close();
    expect(await line('key records')).toMatchObject({
      ok: false,
      detail: expect.stringContaining(said),
    });
    expect(await line('published keys')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('not what the log says'),
    });
  });

  it('tells records and checkpoints of keys that had left service, and a key that is not on record', async () => {
    await begin();
    const { record, log: logKey } = await readKeys(workspacePaths(folder.path('.spanforge')));
    expect(await line('key use')).toMatchObject({ ok: true });
    const log = await openLog();
    const retired = { type: 'spanforge.key.retired.v1' };
    await log.append([{ ...DRAFT, ...retired, body: { kid: record.kid, role: 'record' } }]);
    await log.append([DRAFT]);
    expect(await line('key use')).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/^.*record \d+ carries the HMAC of/),
    });
    const revoked = { kid: logKey.kid, role: 'log', last_good_size: 1, reason: 'lost' };
    await log.append([{ ...DRAFT, type: 'spanforge.key.revoked.v1', body: revoked }]);
    await log.close();
    expect(await line('key use')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('had left service'),
    });
    const look = KEY_CHECKS.find(([name]) => name === 'key records')?.[1];
    const { config, keys } = {
      config: await readConfig(workspacePaths(folder.path('.spanforge'))),
      keys: await readKeys(workspacePaths(folder.path('.spanforge'))),
    };
    const silent = { size: async () => 0, query: async () => ({ records: [] }) };
    const workspace = { log: silent, keys, config } as unknown as Workspace;
    await expect(look?.(workspace)).rejects.toThrow('run "keys init"');
  });
});
