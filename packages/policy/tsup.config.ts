import { defineConfig } from 'tsup';

export default defineConfig({
  entry: [
    'src/index.ts',
    'src/yaml.ts',
    'src/analysis.ts',
    'src/reference.ts',
    'src/testing.ts',
    'src/draft.ts',
    'src/replay.ts',
    'src/canary.ts',
  ],
  format: 'esm',
  target: 'node20.19',
  platform: 'neutral',
  dts: { compilerOptions: { customConditions: [] } },
  clean: true,
  splitting: true,
  treeshake: true,
});
