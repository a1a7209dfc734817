import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/canary.ts', 'src/gate-pairs.ts'],
  format: 'esm',
  target: 'node20.19',
  platform: 'node',
  clean: true,
});
