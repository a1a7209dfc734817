import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/accuracy.ts', 'src/speed.ts'],
  format: 'esm',
  target: 'node20.19',
  platform: 'node',
  clean: true,
});
