import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/make.ts'],
  format: 'esm',
  target: 'node20.19',
  platform: 'node',
  clean: true,
});
