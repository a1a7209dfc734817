import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/stdio.ts', 'src/http.ts'],
  format: 'esm',
  target: 'node20.19',
  platform: 'node',
  dts: true,
  clean: true,
  splitting: true,
  treeshake: true,
});
