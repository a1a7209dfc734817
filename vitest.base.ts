import { fileURLToPath } from 'node:url';

/** Resolves the packages of this workspace to their sources, so that a test sees a change unbuilt. */
const conditions = ['@spanforge/source'];

const setupFiles = [fileURLToPath(new URL('./vitest.seed.ts', import.meta.url))];

/**
 * In the configuration of every package: properties draw the same examples each time, and hooks
 * have a minute, for busy machines.
 */
export const repeatable = {
  // A plugin, since it adds to the `test` of a configuration instead of being replaced by it.
  plugins: [
    { name: 'spanforge:repeatable', config: () => ({ test: { setupFiles, hookTimeout: 60_000 } }) },
  ],
};

/** Spread into the configuration of every package that imports another one. */
export const sources = {
  ...repeatable,
  resolve: { conditions: [...conditions, 'browser', 'development|production'] },
  ssr: { resolve: { conditions: [...conditions, 'node', 'development|production'] } },
};
