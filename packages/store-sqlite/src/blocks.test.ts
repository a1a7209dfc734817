import { join } from 'node:path';
import { openEvidenceLog } from '@spanforge/core-events/log';
import { openSqliteStore, type SqliteStore } from '@spanforge/store-sqlite';
import { expect, it } from 'vitest';
import { inFolder } from '../test/folder.js';
import { connect } from './connection.js';

const secret = Uint8Array.from({ length: 32 }, (_, at) => (at * 37 + 11) % 251);

/** Writes the same log each time: clock and ids are counted. */
async function write(store: SqliteStore, signed: boolean): Promise<void> {
  let [now, id] = [1_700_000_000_000, 0];
  const log = await openEvidenceLog({
    ...{ store, origin: 'example.com/log', writer: 'test' },
    hmac: signed && { kid: 'k', secret },
    clock() {
      now += 1;
      return now;
    },
    ids() {
      id += 1;
      return `01J${String(id).padStart(23, '0')}`;
    },
  });
  const draft = (tenant: string, traceId: string) => ({
    type: 'spanforge.manifest.actor.v1',
    context: {
      ...{ tenant, project: 'p', env: 'prod', run: 'r', traceId },
      ...{ agent: 'a', actor: 'Zoë 😀', source: 'test@1' },
    },
    body: { actor_id: 'a', metadata: { text: '€'.repeat(500) } },
  });
  for (let round = 0; round < 3; round += 1) {
    const appends = Array.from({ length: 40 }, (_, at) =>
      log.append([draft('one', `t${at}`), draft(at % 3 === 0 ? 'two' : 'one', `t${at}`)], {
        claim: `c${round}-${at % 30}`,
      }),
    );
    const ended = await Promise.allSettled(appends);
    expect(ended.filter(({ status }) => status === 'rejected').length).toBe(10);
  }
  await log.close();
}

const rowsOf = (path: string): readonly unknown[] => {
  const connection = connect(path, 1000);
  const tables = ['batch', 'content', 'posting', 'claim'];
  const rows = tables.map((table) => connection.statement(`SELECT * FROM ${table}`).rows());
  connection.close();
  return rows;
};

it.each([true, false])('a file is the same, whoever hashes and signs: signed %s', (signed) =>
  inFolder(async (folder) => {
    const [one, two] = [join(folder, 'one.db'), join(folder, 'two.db')];
    await write(await openSqliteStore({ path: one }), signed);
    const plain = await openSqliteStore({ path: two });
    await write({ ...plain, append: (groups) => plain.append(groups) }, signed);
    expect(rowsOf(one)).toEqual(rowsOf(two));
  }),
);

it('refuses a block it cannot read, and goes on', () =>
  inFolder(async (folder) => {
    const store = await openSqliteStore({ path: join(folder, 'one.db') });
    const records = [{ timeMs: 0, terms: [], disclosures: [] }];
    const block = (bytes: Uint8Array<ArrayBuffer>, end: number, signer: number) => ({
      ...{ bytes, ends: Uint32Array.of(end), signedBy: Uint32Array.of(signer) },
      groups: [{ records }],
    });
    const codeOf = (work: Promise<unknown>) => work.catch((error) => error.code);
    // The calling thread sees the first, the writer the others.
    expect(await codeOf(store.blocks.append(block(new Uint8Array(3), 2, 0), []))).toBe(
      'EVENTS_STORE_INVALID',
    );
    expect(await codeOf(store.blocks.append(block(new Uint8Array(3), 3, 1), []))).toBe(
      'EVENTS_STORE_UNAVAILABLE',
    );
    const weak = [{ kid: 'k', secret: new Uint8Array(5) }];
    expect(await codeOf(store.blocks.append(block(new Uint8Array(3), 3, 1), weak))).toBe(
      'EVENTS_STORE_UNAVAILABLE',
    );
    expect(await store.size()).toBe(0);
    const { results } = await store.blocks.append(block(Uint8Array.of(0, 1, 2), 3, 0), []);
    expect(results).toEqual([{ status: 'stored', first: 0 }]);
    expect((await store.read(0, 1))[0]?.bytes).toEqual(Uint8Array.of(1, 2));
    const closing = store.close();
    expect(await codeOf(store.blocks.append(block(new Uint8Array(3), 3, 0), []))).toBe(
      'EVENTS_STORE_UNAVAILABLE',
    );
    await closing;
  }));
