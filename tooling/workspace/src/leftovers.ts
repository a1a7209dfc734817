/**
 * Runs around each test file of the workspace. The files of a package share a process, so one that
 * leaves it changed would change what the next one tests: it fails, and says what it left.
 */
import { afterAll } from 'vitest';
import { leftovers, processState } from './process-state.js';

const before = processState();

afterAll(() => {
  const left = leftovers(before, processState());
  if (left.length > 0) {
    throw new Error(`This file leaves changed, for files that run after it: ${left.join(', ')}.`);
  }
});
