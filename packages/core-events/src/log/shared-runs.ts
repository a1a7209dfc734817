/** Runs a task after all that were given before. */
export type Serial = <Answer>(run: () => Promise<Answer>) => Promise<Answer>;

/** Runs tasks one after the other. */
export function createSerial(): Serial {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const done = last.then(run);
    last = done.catch(() => undefined);
    return done;
  };
}

/**
 * Calls share a run that has not started yet. A running one is not shared, because it may have started
 * before the caller's records were appended.
 */
export function createShared<Answer>(
  run: () => Promise<Answer>,
): (serial: Serial) => Promise<Answer> {
  let waiting: Promise<Answer> | undefined;
  return (serial) => {
    waiting ??= serial(() => {
      waiting = undefined;
      return run();
    });
    return waiting;
  };
}
