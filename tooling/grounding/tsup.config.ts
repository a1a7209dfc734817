import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/evaluate.ts', 'src/calibrate.ts', 'src/trials.ts', 'src/speed.ts'],
  format: 'esm',
  target: 'node20.19',
  platform: 'node',
  clean: true,
});
