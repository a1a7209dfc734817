import { defineConfig } from 'tsup';

export default defineConfig({
  entry: [
    'src/adapters-ai.ts',
    'src/adapters-langchain.ts',
    'src/adapters-mcp.ts',
    'src/cost.ts',
    'src/evidence.ts',
    'src/evidence-replayer.ts',
    'src/govern.ts',
    'src/lineage.ts',
    'src/policy.ts',
    'src/engine-host.ts',
    'src/processes.ts',
    'src/profile.ts',
    'src/proof.ts',
    'src/run-sources.ts',
    'src/source-loader.ts',
    'src/threads.ts',
  ],
  format: 'esm',
  target: 'node20.19',
  platform: 'node',
  external: ['typescript'],
  clean: true,
});
