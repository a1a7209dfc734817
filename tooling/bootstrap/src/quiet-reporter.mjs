/**
 * A reporter of vitest that ends a run in which nothing happens any more.
 *
 * A test that blocks its process cannot be ended by a time limit within it, and a run that waits for
 * such a process waits for ever. The clock is in a thread of its own, so that it runs on when the
 * main thread does not.
 */
import { Worker } from 'node:worker_threads';

/** Milliseconds without a result before a run is ended; more than any test's own time limit. */
const QUIET_MS = 480_000;

// biome-ignore lint/style/noDefaultExport: vitest takes a reporter from there.
export default class QuietReporter {
  /** @type {Worker | undefined} */
  #clock;
  /** @type {Set<string>} test files that began and have not ended */
  #running = new Set();

  onInit() {
    const quietMs = Number(process.env.SPANFORGE_TEST_QUIET_MS ?? QUIET_MS);
    const workerData = { quietMs, pid: process.pid, folder: process.cwd() };
    this.#clock = new Worker(new URL('./quiet-clock.mjs', import.meta.url), { workerData });
    this.#clock.unref();
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
    this.#clock?.postMessage([...this.#running]);
  }
}
