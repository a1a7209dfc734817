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

/** The same as a block, which the writer hashes and signs. */
async function appendBlock(group) {
  const texts = group.records.map(({ bytes }) => bytes);
  let end = 1;
  const ends = Uint32Array.from(texts, ({ length }) => {
    end += length;
    return end;
  });
  const bytes = new Uint8Array(end);
  for (const [at, text] of texts.entries()) bytes.set(text, ends[at] - text.length);
  const signedBy = new Uint32Array(texts.length).fill(1);
  const keys = [{ kid: 'k', secret: new Uint8Array(32).fill(7) }];
  const { results } = await store.blocks.append({ bytes, ends, signedBy, groups: [group] }, keys);
  return results;
}

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
    const group = { records, idempotency: { key: text, request: 'r' }, claim: `claim-${text}` };
    try {
      const [result] = await (n % 2 === 0 ? store.append([group]) : appendBlock(group));
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
