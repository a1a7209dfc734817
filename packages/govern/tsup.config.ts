import { defineConfig } from 'tsup';

export default defineConfig({
  entry: [
    'src/index.ts',
    'src/adapters.ts',
    'src/authzen.ts',
    'src/global.ts',
    'src/notifications.ts',
    'src/otel.ts',
  ],
  format: 'esm',
  target: 'node20.19',
  platform: 'neutral',
  dts: { compilerOptions: { customConditions: [] } },
  clean: true,
  splitting: true,
  treeshake: true,
});
