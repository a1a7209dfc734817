import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { wantsColour } from './output/colour.js';

const manifest: { readonly version: string } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
);

// The reader may close the pipe early, as `head` does: then the command finishes without further
// output.
let unread = false;
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', () => {
    unread = true;
    process.exitCode = 2;
  });
}

/** Everything except the version, which needs none of these modules. */
async function run(argv: readonly string[]): Promise<number> {
  const { createProgram } = await import('./program.js');
  return createProgram({
    cwd: process.cwd(),
    version: manifest.version,
    stdout: process.stdout,
    stderr: process.stderr,
    threads: {
      file: new URL('./replay-thread.js', import.meta.url),
      processors: availableParallelism(),
    },
    colour: wantsColour(process.stdout, process.env),
    live: {
      stdin: process.stdin,
      stdout: process.stdout,
      env: process.env,
      onStop(stop) {
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
      },
    },
  })(argv);
}

const argv = process.argv.slice(2);
const asksVersion = argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V');
if (asksVersion) process.stdout.write(`${manifest.version}\n`);
const exitCode = asksVersion ? 0 : await run(argv);
process.exitCode = unread ? 2 : exitCode;
