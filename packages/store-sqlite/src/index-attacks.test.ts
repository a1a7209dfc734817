import { copyFileSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createProjection, fsck, openSignedLog, reindex } from '@spanforge/core-events/log';
import { createFileMark } from '@spanforge/core-events/node';
import { createNoteVerifier, generateSigningKey, toVerificationKey } from '@spanforge/core-signing';
import { openSqliteStore } from '@spanforge/store-sqlite';
import { describe, expect, it } from 'vitest';
import { inFolder } from '../test/folder.js';
import { connect } from './connection.js';

const origin = 'example.com/log';
const signer = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
const logKey = createNoteVerifier(origin, toVerificationKey(signer));
const hmac = { kid: 'k1', secret: Uint8Array.from({ length: 32 }, (_, at) => (at * 37) % 251) };

const context = {
  tenant: 'acme',
  project: 'claims',
  env: 'prod',
  run: 'run-1',
  traceId: 'trace-1',
  agent: 'a',
  actor: 'b',
  source: 'test@1.0.0',
};

const actor = (id: string) => ({
  type: 'spanforge.manifest.actor.v1',
  context,
  body: { actor_id: id },
});

async function open(folder: string) {
  const store = await openSqliteStore({ path: join(folder, 'evidence.db') });
  const mark = createFileMark(join(folder, 'mark.json'));
  const log = await openSignedLog({ store, origin, writer: 'w', hmac, signer, mark });
  const state = createProjection({
    reader: log,
    types: ['spanforge.manifest.actor.v1'],
    empty: () => [] as unknown[],
    apply: (seen, record) => void seen.push(record.body.actor_id),
  });
  return { store, log, mark, state };
}

function attack(folder: string, ...statements: readonly string[]): void {
  const database = connect(join(folder, 'evidence.db'), 0);
  for (const sql of statements) database.exec(sql);
  database.close();
}

describe('attacks on the index with SQL', () => {
  it('N-01: entries removed from the open segment change no state, and fsck names them', () =>
    inFolder(async (folder) => {
      const first = await open(folder);
      await first.log.append([actor('granted')]);
      await first.log.append([actor('withdrawn')]);
      await first.log.close();
      attack(folder, "DELETE FROM posting WHERE term = 'type:spanforge.manifest.actor.v1'");
      const { store, log, mark, state } = await open(folder);
      expect((await state.current()).state).toEqual(['granted', 'withdrawn']);
      const codes = (await fsck({ log, mark, logKey })).findings.map(({ code }) => code);
      expect(codes).toEqual(['terms_mismatch', 'terms_mismatch']);
      await reindex({ store, origin, logKey });
      expect((await fsck({ log, mark, logKey })).findings).toEqual([]);
      await log.close();
    }));

  it('N-01: entries removed from a closed segment refuse the state, naming the term', () =>
    inFolder(async (folder) => {
      const first = await open(folder);
      await first.log.append([actor('granted'), actor('withdrawn')]);
      const filler = Array.from({ length: 3000 }, () => ({
        type: 'spanforge.key.retired.v1',
        context,
        body: { kid: 'k', role: 'log' },
      }));
      for (let at = 0; at < 3; at += 1) await first.log.append(filler);
      await first.log.close();
      attack(
        folder,
        "DELETE FROM posting WHERE segment = 0 AND term = 'type:spanforge.manifest.actor.v1'",
      );
      const { store, log, state } = await open(folder);
      await expect(state.current()).rejects.toMatchObject({
        code: 'EVENTS_STATE_UNAVAILABLE',
        details: { reason: 'incomplete', term: 'type:spanforge.manifest.actor.v1' },
      });
      await reindex({ store, origin, logKey });
      expect((await state.current()).state).toEqual(['granted', 'withdrawn']);
      await log.close();
    }));

  it.each([
    ['a trigger', 'CREATE TRIGGER t AFTER INSERT ON posting BEGIN DELETE FROM posting; END'],
    ['a view', 'CREATE VIEW v AS SELECT * FROM posting'],
    ['an index', 'CREATE INDEX i ON posting (first)'],
    ['a table', 'CREATE TABLE more (a)'],
  ])('N-04: does not open a file with %s that it does not know', (_, sql) =>
    inFolder(async (folder) => {
      const first = await open(folder);
      await first.log.close();
      attack(folder, sql);
      await expect(open(folder)).rejects.toMatchObject({
        code: 'EVENTS_STORE_INVALID',
        details: { reason: 'unknown_schema' },
      });
    }),
  );

  it.each([
    [
      'a trigger',
      'unknown_schema',
      (folder: string) =>
        attack(folder, 'CREATE TRIGGER t AFTER INSERT ON posting BEGIN DELETE FROM posting; END'),
      (folder: string) => attack(folder, 'DROP TRIGGER t'),
    ],
    [
      'an index',
      'unknown_schema',
      (folder: string) => attack(folder, 'CREATE INDEX i ON posting (first)'),
      (folder: string) => attack(folder, 'DROP INDEX i'),
    ],
    [
      'another version',
      'schema_version',
      (folder: string) => attack(folder, 'PRAGMA user_version = 7'),
      (folder: string) => attack(folder, 'PRAGMA user_version = 1'),
    ],
    [
      'a copy in its place',
      'file_replaced',
      (folder: string) => {
        const path = join(folder, 'evidence.db');
        renameSync(path, `${path}.away`);
        copyFileSync(`${path}.away`, path);
      },
      (folder: string) => renameSync(join(folder, 'evidence.db.away'), join(folder, 'evidence.db')),
    ],
    [
      'nothing in the place of its write-ahead log',
      'file_replaced',
      (folder: string) =>
        renameSync(join(folder, 'evidence.db-wal'), join(folder, 'evidence.db-wal.away')),
      (folder: string) =>
        renameSync(join(folder, 'evidence.db-wal.away'), join(folder, 'evidence.db-wal')),
    ],
    [
      'a link in its place',
      'file_replaced',
      (folder: string) => {
        renameSync(join(folder, 'evidence.db'), join(folder, 'away.db'));
        symlinkSync(join(folder, 'away.db'), join(folder, 'evidence.db'));
      },
      (folder: string) => renameSync(join(folder, 'away.db'), join(folder, 'evidence.db')),
    ],
  ])(
    'N-04: a running log that gets %s governs and signs nothing until it is gone',
    (...[, reason, change, restore]) =>
      inFolder(async (folder) => {
        const { log } = await open(folder);
        await log.append([actor('granted')]);
        await log.checkpointer.checkpoint();
        change(folder);
        await expect(log.checkpointer.checkpoint()).rejects.toMatchObject({
          code: 'EVENTS_LOG_FROZEN',
          details: { reason },
        });
        expect(log.status().refusal).toBe(reason);
        await expect(log.append([actor('more')])).rejects.toMatchObject({
          code: 'EVENTS_LOG_FROZEN',
        });
        restore(folder);
        expect(await log.guard.check()).toBeUndefined();
        await log.append([actor('more')]);
        await log.checkpointer.checkpoint();
        await log.close();
      }),
  );

  it("N-04: a running log whose file is written over in place with another log's governs and signs nothing", () =>
    inFolder(async (folder) => {
      const [place, foreign] = [join(folder, 'ours'), join(folder, 'foreign')];
      const other = await open(foreign);
      await other.log.append([actor('1'), actor('2'), actor('3'), actor('4')]);
      await other.log.close();
      const { log } = await open(place);
      await log.append([actor('granted')]);
      expect(await log.guard.check()).toBeUndefined();
      // Until it is folded, the write-ahead log has every page, and stands for the file.
      attack(place, 'PRAGMA wal_checkpoint(TRUNCATE)');
      const path = join(place, 'evidence.db');
      copyFileSync(path, `${path}.kept`);
      copyFileSync(join(foreign, 'evidence.db'), path);
      await expect(log.checkpointer.checkpoint()).rejects.toMatchObject({
        code: 'EVENTS_LOG_FROZEN',
        details: { reason: 'file_overwritten' },
      });
      await expect(log.append([actor('more')])).rejects.toMatchObject({
        code: 'EVENTS_LOG_FROZEN',
      });
      copyFileSync(`${path}.kept`, path);
      expect(await log.guard.check()).toBeUndefined();
      await log.append([actor('more')]);
      await log.checkpointer.checkpoint();
      await log.close();
    }));

  it('N-04: a writer that met a trigger writes again once it is dropped, and nothing is lost', () =>
    inFolder(async (folder) => {
      const { log, mark } = await open(folder);
      await log.append([actor('granted')]);
      attack(
        folder,
        'CREATE TRIGGER t AFTER INSERT ON claim BEGIN DELETE FROM claim WHERE name = NEW.name; END',
      );
      for (let times = 0; times < 2; times += 1) {
        await expect(log.append([actor('more')], { claim: 'c' })).rejects.toMatchObject({
          code: 'EVENTS_APPEND_FAILED',
          cause: {
            code: 'EVENTS_STORE_INVALID',
            details: { reason: 'unknown_schema', object: 't' },
          },
        });
      }
      attack(folder, 'DROP TRIGGER t');
      await log.append([actor('more')], { claim: 'c' });
      await log.checkpointer.checkpoint();
      expect((await fsck({ log, mark, logKey })).findings).toEqual([]);
      await log.close();
    }));

  it('N-06: a file set back under a newer mark governs nothing', () =>
    inFolder(async (folder) => {
      const first = await open(folder);
      await first.log.append([actor('granted'), actor('withdrawn')]);
      await first.log.close();
      attack(
        folder,
        'DELETE FROM content WHERE first > 0',
        'DELETE FROM batch WHERE first > 0',
        "DELETE FROM derived WHERE key LIKE 'checkpoint/%'",
      );
      const { log, state } = await open(folder);
      expect(log.status().refusal).toBe('rolled_back');
      await expect(log.append([actor('new')])).rejects.toMatchObject({ code: 'EVENTS_LOG_FROZEN' });
      await expect(state.current()).rejects.toMatchObject({ details: { why: 'rolled_back' } });
      await log.close();
    }));

  it('N-05: a claim or a key that was deleted or changed is named, and an approval is used once', () =>
    inFolder(async (folder) => {
      const first = await open(folder);
      const used = { claim: 'review:1', idempotencyKey: 'call-1' };
      await first.log.append([actor('used')], used);
      await first.log.close();
      const row = "first = (SELECT first FROM claim WHERE name = 'review:1')";
      for (const [statements, expected] of [
        [["DELETE FROM claim WHERE name = 'review:1'"], ['claim_mismatch']],
        [[`DELETE FROM idempotency WHERE ${row}`], ['idempotency_mismatch']],
        [
          ["UPDATE claim SET name = 'review:2' WHERE name = 'review:1'"],
          ['claim_mismatch', 'claim_mismatch'],
        ],
        [
          [
            "DELETE FROM claim WHERE name = 'review:1'",
            'DELETE FROM idempotency',
            "DELETE FROM posting WHERE term LIKE 'claim:%'",
          ],
          ['terms_mismatch', 'claim_mismatch', 'idempotency_mismatch'],
        ],
      ] as const) {
        attack(folder, ...statements);
        const { store, log, mark } = await open(folder);
        const codes = (await fsck({ log, mark, logKey })).findings.map(({ code }) => code);
        expect(codes.filter((code) => code !== 'writer_hole')).toEqual(
          expect.arrayContaining([...expected]),
        );
        await expect(log.append([actor('again')], { claim: 'review:1' })).rejects.toMatchObject({
          code: 'EVENTS_CLAIM_TAKEN',
        });
        await reindex({ store, origin, logKey });
        expect((await fsck({ log, mark, logKey })).findings).toEqual([]);
        await log.close();
      }
    }));

  it('shows leases and takes one away', () =>
    inFolder(async (folder) => {
      const { store, log } = await open(folder);
      await store.lease('checkpoint', 'ahead', 9e15, 1);
      expect((await store.listLeases()).map(({ holder }) => holder)).toContain('ahead');
      expect(await store.breakLease('checkpoint')).toBe(true);
      expect(await store.breakLease('checkpoint')).toBe(false);
      await log.close();
    }));

  it.each([
    ['what a run is found by', "DELETE FROM posting WHERE term LIKE 'run:%'", 'lacks run:'],
    ['an idempotency key', 'DELETE FROM idempotency', 'idempotency key'],
  ])(
    'entries removed from the newest records are told before a call relies on them: %s',
    (_, sql, what) =>
      inFolder(async (folder) => {
        const first = await open(folder);
        await first.log.append([actor('granted')], { idempotencyKey: 'k', requestDigest: 'r' });
        await first.log.requireRecentIndex?.();
        expect(first.log.requireRecentIndex?.()).toBeUndefined();
        await first.log.close();
        attack(folder, sql);
        const { store, log, mark } = await open(folder);
        const refused = { code: 'EVENTS_INDEX_INCOMPLETE', message: expect.stringContaining(what) };
        await expect(log.requireRecentIndex?.()).rejects.toMatchObject(refused);
        await expect(log.requireRecentIndex?.()).rejects.toMatchObject(refused);
        await reindex({ store, origin, logKey });
        await log.close();
        const mended = await open(folder);
        await mended.log.requireRecentIndex?.();
        expect((await fsck({ log: mended.log, mark, logKey })).findings).toEqual([]);
        await mended.log.close();
      }),
  );

  it('an idempotency key that is removed under a running log is not used again', () =>
    inFolder(async (folder) => {
      const { log } = await open(folder);
      const joining = { idempotencyKey: 'k', requestDigest: 'r' };
      await log.append([actor('granted')], joining);
      expect((await log.append([actor('granted')], joining)).duplicate).toBe(true);
      attack(folder, 'DELETE FROM idempotency');
      const size = await log.size();
      await expect(log.append([actor('granted')], joining)).rejects.toMatchObject({
        code: 'EVENTS_INDEX_INCOMPLETE',
      });
      expect(await log.size()).toBe(size);
      await log.close();
    }));

  it.each([
    [
      'the entries of a run',
      "DELETE FROM posting WHERE segment = 0 AND term = 'run:run-old'",
      ['EVENTS_INDEX_INCOMPLETE', 'EVENTS_INDEX_INCOMPLETE'],
    ],
    [
      'one entry of a run',
      `UPDATE posting SET members = (SELECT members FROM posting WHERE term = 'type:spanforge.log.opened.v1')
       WHERE segment = 0 AND term = 'run:run-old'`,
      ['EVENTS_INDEX_INCOMPLETE', 'EVENTS_INDEX_INCOMPLETE'],
    ],
    [
      'an idempotency key',
      'DELETE FROM idempotency WHERE first < 100',
      [2, 'EVENTS_INDEX_INCOMPLETE'],
    ],
    [
      'pages of the signed index',
      "DELETE FROM derived WHERE key LIKE 'index/page/%'",
      ['EVENTS_INDEX_INCOMPLETE', 'EVENTS_INDEX_INCOMPLETE'],
    ],
    ['nothing', 'SELECT 1', [2, 'duplicate']],
  ] as const)(
    'N-02, N-05: a run of older records is not read shorter, nor a key used again: without %s',
    (_, sql, [read, appended]) =>
      inFolder(async (folder) => {
        const old = { ...context, run: 'run-old' };
        const joining = { idempotencyKey: 'k', requestDigest: 'r' };
        const drafts = [actor('one'), actor('two')].map((draft) => ({ ...draft, context: old }));
        const filler = Array.from({ length: 3000 }, () => actor('filler'));
        const first = await open(folder);
        await first.log.append(drafts, joining);
        for (let at = 0; at < 5; at += 1) await first.log.append(filler);
        await first.log.close();
        attack(folder, sql);
        const { log } = await open(folder);
        const codeOf = ({ code }: { readonly code: string }): string => code;
        const types = ['spanforge.manifest.actor.v1'];
        const run = async (name: string): Promise<number> => {
          const records = [];
          for await (const record of log.readRun?.(name, types) ?? []) records.push(record);
          return records.length;
        };
        await log.requireRecentIndex?.();
        expect(await run('run-old').catch(codeOf)).toBe(read);
        const size = await log.size();
        const again = await log
          .append(drafts, joining)
          .then(({ duplicate }) => (duplicate ? 'duplicate' : 'stored'), codeOf);
        expect(again).toBe(appended);
        expect(await log.size()).toBe(size);
        if (!sql.includes('index/page')) expect(await run('run-new')).toBe(0);
        await log.close();
      }),
    60_000,
  );
});
