import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evidenceStoreContract } from '../testing.js';
import { createMemoryStore } from './memory-store.js';

evidenceStoreContract({
  describe,
  it,
  expect,
  fc,
  persistent: false,
  open: async () => {
    const store = createMemoryStore();
    const refuse = () => Promise.reject(new Error('a memory store has one handle'));
    return { store, reopen: refuse, another: refuse, dispose: () => store.close() };
  },
});
