import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { readIndexHead } from '@spanforge/core-events/log';
import { createNoteVerifier, toVerificationKey } from '@spanforge/core-signing';
import { openSqliteStore } from '@spanforge/store-sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';
import { recordTraces } from '../test-traces.js';
import { readConfig, workspacePaths } from '../workspace/config.js';
import { readKeys } from '../workspace/keys.js';
import { replaceKeys } from '../workspace/replace-keys.js';

const folder = useFolder();
beforeEach(async () => {
  await folder.run('init');
  await recordTraces(folder.path('.spanforge'));
});

/** Removes the index entries of a trace, as somebody could who writes to the database: of all records, or of its last one. */
async function removeEntries(trace: string, which: 'all' | 'last') {
  const store = await openSqliteStore({ path: folder.path('.spanforge/evidence.db') });
  const terms = await store.readTerms(0, await store.size());
  const has = (of: readonly string[]) => of.includes(`trace:${trace}`);
  const from = which === 'all' ? 0 : terms.findLastIndex(has);
  const less = terms.map((of, at) =>
    at < from ? of : of.filter((term) => term !== `trace:${trace}`),
  );
  await store.replaceTerms(0, less);
  await store.close();
}

describe('N-02: inspect of a trace whose index entries were removed', () => {
  it.each([
    ['all', 'is not signed yet'],
    ['last', 'is not signed yet'],
    ['all', 'is signed'],
    ['last', 'is signed'],
  ] as const)('says so: %s, where the index %s', async (which, state) => {
    const before = await folder.run('operator', 'inspect', 'blocked');
    expect(before.stdout).not.toContain('DAMAGED');
    if (state === 'is signed') await folder.run('operator', 'export', 'blocked', '--output', 'p');
    await removeEntries('blocked', which);
    const { exitCode, stdout } = await folder.run('operator', 'inspect', 'blocked');
    expect([exitCode, stdout.split('\n')[0]]).toEqual([1, expect.stringMatching(/^Index DAMAGED/)]);
    const json = await folder.run('operator', 'inspect', 'blocked', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ damaged: 'index_incomplete' });
    await folder.run('audit', 'reindex');
    const again = await folder.run('operator', 'inspect', 'blocked');
    expect([again.exitCode, again.stdout]).toEqual([before.exitCode, before.stdout]);
  });

  it('says nothing of a trace that nobody recorded', async () => {
    const { exitCode, stdout } = await folder.run('operator', 'inspect', 'nobody');
    expect(exitCode).toBe(3);
    expect(stdout).not.toContain('DAMAGED');
  });
});

describe('another key of the log', () => {
  it.each([
    ['put in place by hand, and on record by "keys init"', false],
    ['by "keys rotate"', true],
  ])('signs the index at once: %s', async (_, rotated) => {
    await folder.run('operator', 'export', 'blocked', '--output', 'p');
    const paths = workspacePaths(folder.path('.spanforge'));
    if (rotated) await folder.run('keys', 'rotate', 'log', '--by', 'ada');
    else {
      await replaceKeys(paths, ['log']);
      expect((await folder.run('keys', 'init')).exitCode).toBe(0);
    }
    const store = await openSqliteStore({ path: paths.store });
    const { log } = await readKeys(paths);
    const { origin } = await readConfig(paths);
    const head = await readIndexHead(
      store,
      origin,
      createNoteVerifier(origin, toVerificationKey(log)),
    );
    expect(head?.size).toBe(await store.size());
    await store.close();
  });
});

describe('a mark that cannot be read', () => {
  it.each(['', '{"v":', '{"v":"spanforge.mark.v1"}'])(
    'does not stop the export of what was signed before: %j',
    async (mark) => {
      writeFileSync(folder.path('.spanforge/keys/log.mark.json'), mark);
      const { exitCode, stdout } = await folder.run(
        'operator',
        'export',
        'blocked',
        '--output',
        'p',
      );
      expect([exitCode, stdout]).toEqual([3, expect.stringContaining('DAMAGED (mark_unreadable)')]);
      const keys = ['log.vkey', 'package.jwks.json'].flatMap((name) => [
        ...['--key', `.spanforge/keys/${name}`],
      ]);
      expect((await folder.run('operator', 'verify', 'p', ...keys)).stdout).toMatch(/^VALID/);
    },
  );
});

const hasSqlite = spawnSync('sqlite3', ['-version']).status === 0;

describe.skipIf(!hasSqlite)('a row that cannot be read (skipped without sqlite3)', () => {
  it('is named by fsck, and stops no inspection of another trace', async () => {
    const sql = "UPDATE content SET kids = '[[' WHERE first = (SELECT max(first) FROM content)";
    const changed = spawnSync('sqlite3', [folder.path('.spanforge/evidence.db'), sql]);
    expect(changed.status).toBe(0);
    const fsck = await folder.run('audit', 'fsck');
    expect([fsck.exitCode, fsck.stdout]).toEqual([1, expect.stringContaining('not judged: ')]);
    expect(fsck.stdout).toMatch(/error at \d+: not_a_record: record \d+ cannot be read/);
    const reindexed = await folder.run('audit', 'reindex');
    expect([reindexed.exitCode, reindexed.stdout]).toEqual([
      1,
      expect.stringMatching(/^indexed \d+ records anew, .*\nrecords? \d+.* cannot be read/),
    ]);
    const nobody = await folder.run('operator', 'inspect', 'nobody');
    expect([nobody.exitCode, nobody.stdout]).toEqual([3, expect.stringContaining('DAMAGED (row)')]);
  });
});
