import { closeSync, mkdtempSync, openSync, rmSync, statSync } from 'node:fs';
import { openWriter, pack } from './.inline.mjs';
import { makeGroup } from './append.mjs';

const [, , ps = '16384', fill = '300000'] = process.argv;
const folder = mkdtempSync('/tmp/bench-');
const o = { path: folder + '/e.db', busyTimeoutMs: 5000, pageSize: +ps, walLimitBytes: 2 ** 40 };
closeSync(openSync(o.path, 'w'));
let w = openWriter(o);
const small = () => {
  const g = makeGroup();
  return { records: g.records.map((r) => ({ ...r, bytes: r.bytes.subarray(0, 50) })) };
};
let t = performance.now();
for (let i = 0; i < +fill; i += 512) {
  w.append([pack(Array.from({ length: 512 }, small))]);
  if (i % 51200 === 0) {
    w.close();
    w = openWriter(o);
  }
}
w.close();
w = openWriter(o);
console.log(
  'fill',
  ((performance.now() - t) / 1000).toFixed(1),
  's db MB',
  (statSync(o.path).size / 2 ** 20).toFixed(0),
);
const wal = () => statSync(o.path + '-wal').size;
for (const [g, n] of [
  [1, 200],
  [16, 60],
  [64, 60],
  [256, 15],
]) {
  const before = wal();
  const ts = [];
  for (let i = 0; i < n; i++) {
    const p = pack(Array.from({ length: g }, makeGroup));
    const a = performance.now();
    w.append([p]);
    ts.push(performance.now() - a);
  }
  ts.sort((a, b) => a - b);
  console.log(
    'page',
    ps,
    'groups',
    g,
    'ms/commit p50',
    ts[n >> 1].toFixed(2),
    'min',
    ts[0].toFixed(2),
    'wal KB/commit',
    ((wal() - before) / n / 1024).toFixed(0),
    'groups/s at p50',
    Math.round((g * 1000) / ts[n >> 1]),
  );
}
const before = wal();
t = performance.now();
w.close();
console.log(
  'checkpoint+close',
  (performance.now() - t).toFixed(0),
  'ms of',
  (before / 2 ** 20).toFixed(0),
  'MB',
);
rmSync(folder, { recursive: true });
