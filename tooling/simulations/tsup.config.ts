import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/canary.ts', 'src/gate-pairs.ts', 'src/gate-dependencies.ts', 'src/gate-tree.ts'],
  format: 'esm',
  target: 'node20.19',
  platform: 'node',
  clean: true,
});
