import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/replay.ts', 'src/evidence.ts', 'src/columns.ts', 'src/files.ts'],
  format: 'esm',
  target: 'node20.19',
  platform: 'node',
  clean: true,
});
