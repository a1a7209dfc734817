import { defineConfig } from 'vitest/config';
import { sources } from '../../vitest.base.js';

export default defineConfig({
  ...sources,
  test: { include: ['src/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
});
