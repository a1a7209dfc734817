import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { sources } from '../../vitest.base.js';

// The store starts its threads from built files, so what is tested is what is published.
const built = fileURLToPath(new URL('./dist/index.js', import.meta.url));

export default defineConfig({
  ...sources,
  resolve: { ...sources.resolve, alias: { '@spanforge/store-sqlite': built } },
  test: { include: ['src/**/*.test.ts'], testTimeout: 60_000 },
});
