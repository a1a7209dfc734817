import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/wrap-a-tool.ts', 'src/export-and-verify.ts'],
  format: 'esm',
  target: 'node20.19',
  platform: 'node',
  clean: true,
});
