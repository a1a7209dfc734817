import { expect, it, vi } from 'vitest';
import { aDraft, aLog } from '../../testing/fixtures.js';
import { createMemoryStore } from '../memory-store.js';
import { reindex } from './reindex.js';

it('parses each record once', async () => {
  const store = createMemoryStore();
  const log = await aLog({ store });
  for (let n = 0; n < 20; n += 1) await log.append([aDraft()]);
  const parse = vi.spyOn(JSON, 'parse');
  const made = await reindex({ store, origin: log.origin });
  const parsed = parse.mock.calls.length;
  parse.mockRestore();
  expect(made).toMatchObject({ records: 21, unreadable: [], treesLeft: 0 });
  // Those that name a claim are read for it once more.
  expect(parsed).toBeLessThan(25);
});
