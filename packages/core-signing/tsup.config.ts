import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    jws: 'src/jws.ts',
    'platform/node': 'src/platform/node.ts',
    'platform/browser': 'src/platform/browser.ts',
  },
  format: 'esm',
  target: 'node20.19',
  platform: 'neutral',
  external: ['#platform'],
  dts: {
    entry: { index: 'src/index.ts', jws: 'src/jws.ts' },
    compilerOptions: { customConditions: [] },
  },
  clean: true,
  splitting: true,
  treeshake: true,
});
