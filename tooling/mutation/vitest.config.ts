import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { sources } from '../../vitest.base.js';

const noShrinking = fileURLToPath(new URL('./src/no-shrinking.ts', import.meta.url));

/**
 * For this tool's own tests, and, seen from the root of a sandbox, for those that judge mutants:
 * one file after another, up to the first failure.
 */
export default defineConfig({
  ...sources,
  test: {
    include: ['src/**/*.test.ts', 'packages/*/src/**/*.test.ts', 'tooling/*/src/**/*.test.ts'],
    setupFiles: [noShrinking],
    maxWorkers: 1,
    isolate: true,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
