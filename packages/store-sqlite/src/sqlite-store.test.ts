import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EvidenceStore } from '@spanforge/core-events/log';
import { evidenceStoreContract } from '@spanforge/core-events/testing';
import { openSqliteStore } from '@spanforge/store-sqlite';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

evidenceStoreContract({
  describe,
  it,
  expect,
  fc,
  persistent: true,
  runs: 15,
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'store-sqlite-'));
    const path = join(folder, 'evidence.db');
    const opened: EvidenceStore[] = [];
    const open = async () => {
      const store = await openSqliteStore({ path });
      opened.push(store);
      return store;
    };
    const store = await open();
    return {
      store,
      another: open,
      reopen: async () => {
        await opened[0]?.close();
        return open();
      },
      dispose: async () => {
        await Promise.all(opened.map((each) => each.close()));
        await rm(folder, { recursive: true });
      },
    };
  },
});
