/** Resolves the packages of this workspace to their sources, so that a test sees a change unbuilt. */
const conditions = ['@spanforge/source'];

/** Spread into the configuration of every package that imports another one. */
export const sources = {
  resolve: { conditions: [...conditions, 'browser', 'development|production'] },
  ssr: { resolve: { conditions: [...conditions, 'node', 'development|production'] } },
};
