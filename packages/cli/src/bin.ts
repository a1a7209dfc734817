import { createProgram } from './program.js';

process.exitCode = await createProgram({
  cwd: process.cwd(),
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
})(process.argv.slice(2));
