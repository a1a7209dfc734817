/**
 * A reporter of vitest that has a run ended in which nothing happens any more.
 *
 * A test that blocks its process cannot be ended by a time limit within it, a run that waits for such
 * a process waits for ever, and a process can block while it exits. So the clock is a process of its
 * own, which outlives this one.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Milliseconds without a result before a run is ended; more than any test's own time limit. */
const QUIET_MS = 480_000;

const clockFile = fileURLToPath(new URL('./quiet-clock.mjs', import.meta.url));

// biome-ignore lint/style/noDefaultExport: vitest takes a reporter from there.
export default class QuietReporter {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #clock;
  /** @type {Set<string>} test files that began and have not ended */
  #running = new Set();

  onInit() {
    const quietMs = process.env.SPANFORGE_TEST_QUIET_MS ?? String(QUIET_MS);
    const clock = spawn(process.execPath, [clockFile, quietMs], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    // Without a clock nothing is watched, and the tests are the same.
    clock.on('error', () => {});
    clock.unref();
    clock.channel?.unref();
    this.#clock = clock;
  }

  /** @param {import('vitest/node').TestModule} file */
  onTestModuleStart(file) {
    this.#running.add(file.relativeModuleId);
    this.#tell();
  }

  onTestCaseResult() {
    this.#tell();
  }

  /** @param {import('vitest/node').TestModule} file */
  onTestModuleEnd(file) {
    this.#running.delete(file.relativeModuleId);
    this.#tell();
  }

  #tell() {
    if (this.#clock?.connected) this.#clock.send([...this.#running], () => {});
  }
}
