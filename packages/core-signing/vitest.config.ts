import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Every test runs twice: over the Node half and over the browser half of `#platform`. */
const project = (platform: 'node' | 'browser') => ({
  resolve: {
    alias: {
      '#platform': fileURLToPath(new URL(`./src/platform/${platform}.ts`, import.meta.url)),
    },
  },
  test: { name: platform, include: ['src/**/*.test.ts'], testTimeout: 60_000 },
});

export default defineConfig({ test: { projects: [project('node'), project('browser')] } });
