import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/report.ts'],
  format: 'esm',
  target: 'node20.19',
  platform: 'node',
  clean: true,
});
