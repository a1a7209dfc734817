import { expect, it } from 'vitest';
import { aContext, aDraft, aLog } from '../testing/fixtures.js';
import { acknowledgeHoles } from './acknowledge-holes.js';
import { fsck } from './fsck.js';
import { createMemoryStore } from './memory-store.js';

/** A log whose first writer failed to append once and was killed before it could say so. */
async function aKilledLog() {
  const store = createMemoryStore();
  let failing = false;
  const killed = await aLog({
    store: {
      ...store,
      append: async (groups) => {
        if (failing) throw new Error('disk full');
        // The process is killed before the record that names the gap is written.
        const own = groups.filter(({ records }) =>
          records.every(({ terms }) => !terms.includes('type:spanforge.audit.gap.v1')),
        );
        const answers = await store.append(own);
        return groups.map((group) => answers[own.indexOf(group)] ?? { status: 'stored', first: 0 });
      },
    },
  });
  await killed.append([aDraft()]);
  failing = true;
  await killed.append([aDraft(), aDraft()]).catch(() => undefined);
  failing = false;
  await killed.append([aDraft()]);
  return aLog({ store, writer: 'next' });
}

it('a hole that a killed process left is acknowledged on record, and is none any more', async () => {
  const log = await aKilledLog();
  const codes = async () => (await fsck({ log })).findings.map(({ code }) => code);
  expect(await codes()).toEqual(['writer_hole']);
  const options = { context: aContext({ actor: 'op' }) };
  const [hole, ...others] = await acknowledgeHoles(log, options);
  expect(hole).toMatchObject({ id: 'test', from: 2, to: 4 });
  expect(others).toEqual([]);
  expect(await codes()).toEqual([]);
  expect(await acknowledgeHoles(log, options)).toEqual([]);
  const { records } = await log.query({ types: ['spanforge.audit.gap.v1'] });
  expect(records.at(-1)).toMatchObject({
    body: { cause: 'acknowledged', count: 3 },
    context: { actor: 'op' },
  });
});
