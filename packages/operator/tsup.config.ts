import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/node.ts', 'src/timestamp.ts'],
  format: 'esm',
  target: 'node20.19',
  platform: 'neutral',
  dts: { compilerOptions: { customConditions: [] } },
  clean: true,
  splitting: true,
  treeshake: true,
});
