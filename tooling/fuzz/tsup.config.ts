import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/edits.ts', 'src/fuzz.ts'],
  format: 'esm',
  target: 'node20.19',
  platform: 'node',
  clean: true,
});
