import { defineConfig } from 'vitest/config';
import { sources } from '../../vitest.base.js';

export default defineConfig({
  ...sources,
  // One file after another: each starts processes that take all the cores there are.
  test: { include: ['src/**/*.test.ts'], testTimeout: 60_000, fileParallelism: false },
});
