import { readFileSync } from 'node:fs';
import { createProgram } from './program.js';

const manifest: { readonly version: string } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
);

// Whoever reads may go away early, as `head` does: the command ends its work, and says no more.
let unread = false;
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', () => {
    unread = true;
    process.exitCode = 2;
  });
}

const exitCode = await createProgram({
  cwd: process.cwd(),
  version: manifest.version,
  stdout: process.stdout,
  stderr: process.stderr,
  live: {
    stdin: process.stdin,
    stdout: process.stdout,
    env: process.env,
    onStop(stop) {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
    },
  },
})(process.argv.slice(2));
process.exitCode = unread ? 2 : exitCode;
