/** Runs a function after the callbacks that are ready now. */
export const soon: (run: () => void) => void =
  typeof setImmediate === 'function' ? (run) => setImmediate(run) : (run) => setTimeout(run, 0);

/** Yields to the event loop, so that long work blocks others only for one piece at a time. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    soon(resolve);
  });
}
