import { fileURLToPath } from 'node:url';

/** Resolves the packages of this workspace to their sources, so that a test sees a change unbuilt. */
const conditions = ['@spanforge/source'];

const setupFiles = ['./vitest.seed.ts', './tooling/workspace/src/leftovers.ts'].map((file) =>
  fileURLToPath(new URL(file, import.meta.url)),
);

/** The part of a configuration that the plugin below looks at. */
interface Own {
  readonly test?: { readonly isolate?: boolean };
}

/**
 * In the configuration of every package: properties draw the same examples each time, hooks have a
 * minute, for busy machines, and the test files of a package share a process and its modules, so
 * that sources are loaded once. A file that leaves that process changed fails. `isolate: true` in
 * a package's own `test` gives each file a process of its own.
 */
export const repeatable = {
  // A plugin, since it adds to the `test` of a configuration instead of being replaced by it.
  plugins: [
    {
      name: 'spanforge:repeatable',
      config: ({ test }: Own) => ({
        test: { setupFiles, hookTimeout: 60_000, isolate: test?.isolate ?? false },
      }),
    },
  ],
};

/** Spread into the configuration of every package that imports another one. */
export const sources = {
  ...repeatable,
  resolve: { conditions: [...conditions, 'browser', 'development|production'] },
  ssr: { resolve: { conditions: [...conditions, 'node', 'development|production'] } },
};
