import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/bin.ts', 'src/replay-thread.ts'],
  format: 'esm',
  target: 'node20.19',
  platform: 'node',
  dts: { entry: 'src/index.ts', compilerOptions: { customConditions: [] } },
  clean: true,
  splitting: true,
  treeshake: true,
});
