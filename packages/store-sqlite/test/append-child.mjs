// Appends to a store and writes one line per acknowledgement, synchronously, to standard output.
// Usage: append-child.mjs <path> <name> <appends, 0 for endless> <appends in flight> [inspect]
import { writeSync } from 'node:fs';
import { openSqliteStore } from '@spanforge/store-sqlite';

const [path, name, appendsText, inFlightText] = process.argv.slice(2);
const appends = Number(appendsText) || Number.POSITIVE_INFINITY;
const say = (text) => writeSync(1, `${text}\n`);

let store;
try {
  store = await openSqliteStore({ path, walLimitBytes: 512 * 1024 });
} catch (error) {
  say(`REFUSED ${error.code}`);
  process.exit(3);
}
say('OPEN');

let next = 0;
async function work() {
  while (next < appends) {
    const n = next++;
    const text = `${name}-${n}`;
    const records = ['a', 'b', 'c'].map((part) => ({
      bytes: new TextEncoder().encode(`${text}-${part}-${'x'.repeat(n % 2000)}`),
      leaf: new Uint8Array(32).fill(n % 256),
      timeMs: n,
      terms: ['all', `id:${text}`],
      disclosures: [{ name: 'args', digest: `d-${text}`, encoded: `e-${text}-${part}` }],
    }));
    try {
      const [result] = await store.append([
        { records, idempotency: { key: text, request: 'r' }, claim: `claim-${text}` },
      ]);
      say(`ACK ${text} ${result.first}`);
    } catch (error) {
      say(`FAIL ${text} ${error.code}`);
      if (n > 400) return;
    }
  }
}
await Promise.all(Array.from({ length: Number(inFlightText) }, work));
await store.close();
say('END');
