import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/main.ts', 'src/gate-demo.ts'],
  format: 'esm',
  target: 'node20.19',
  platform: 'node',
  clean: true,
});
