/** Runs after the callers that are ready now have had their turn. */
export const soon: (run: () => void) => void =
  typeof setImmediate === 'function' ? (run) => setImmediate(run) : (run) => setTimeout(run, 0);

/** Long work between two of these holds nobody up for longer than one piece of it takes. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    soon(resolve);
  });
}
