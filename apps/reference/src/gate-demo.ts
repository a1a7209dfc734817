import { demonstrate } from './release/demo.js';

process.exitCode =
  (await demonstrate((text) => void process.stdout.write(`${text}\n`))) > 0 ? 1 : 0;
