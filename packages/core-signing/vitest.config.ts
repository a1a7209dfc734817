import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { repeatable } from '../../vitest.base.js';

/** What looks at the built package sees the same in both. */
const ONCE = ['src/browser.test.ts', 'src/pin.test.ts'];

/** Every test runs twice: over the Node half and over the browser half of `#platform`. */
const project = (platform: 'node' | 'browser', exclude: string[]) => ({
  ...repeatable,
  resolve: {
    alias: {
      '#platform': fileURLToPath(new URL(`./src/platform/${platform}.ts`, import.meta.url)),
    },
  },
  test: { name: platform, include: ['src/**/*.test.ts'], exclude, testTimeout: 60_000 },
});

export default defineConfig({
  test: { projects: [project('node', []), project('browser', ONCE)] },
});
