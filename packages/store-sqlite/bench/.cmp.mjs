import { mkdtemp, rm } from 'node:fs/promises';
import { openSqliteStore } from '@spanforge/store-sqlite';
import { openWriter, pack } from './.inline.mjs';
import { drive } from './append.mjs';

const [, , mode, secs = '2', depth = '2', ps = '16384', wal = '64', callers = '1,16,64,256'] =
  process.argv;
const folder = await mkdtemp('/tmp/bench-');
const o = {
  path: folder + '/e.db',
  busyTimeoutMs: 5000,
  pageSize: +ps,
  walLimitBytes: +wal * 2 ** 20,
};
let store;
if (mode === 'inline') {
  (await import('node:fs')).closeSync((await import('node:fs')).openSync(o.path, 'w'));
  const w = openWriter(o);
  store = {
    append: async (g) => {
      const r = w.append([pack(g)])[0];
      w.tidy();
      return r;
    },
    close() {
      w.close();
    },
  };
} else store = await openSqliteStore(o);
for (const c of callers.split(',').map(Number))
  console.log(
    mode,
    'ps',
    ps,
    'wal',
    wal,
    'depth',
    depth,
    JSON.stringify(await drive(store, c, +depth, +secs)),
  );
const n =
  (await import('node:fs')).statSync(o.path + '-wal').size +
  (await import('node:fs')).statSync(o.path).size;
console.log('MB', (n / 2 ** 20).toFixed(0));
await store.close();
await rm(folder, { recursive: true });
