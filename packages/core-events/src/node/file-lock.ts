import { constants } from 'node:fs';
import { open, readFile, rename, unlink } from 'node:fs/promises';
import { errorCode } from '@spanforge/core-signing';
import { EventsError } from '../error.js';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
const WAIT_MS = 10;
const MAX_WAIT_MS = 10_000;
/** How long a lock may name no process: whoever makes one writes its id at once. */
const MAX_UNNAMED_MS = 2_000;

/** The process a lock names; empty where it names none, undefined where there is no lock. */
async function readHolder(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

/** A lock is held for one small write: of a process that is gone it is of no use to anybody. */
function isGone(holder: string | undefined): boolean {
  const pid = Number(holder);
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return errorCode(error) === 'ESRCH';
  }
}

/** True where this process now has the lock. */
async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    await file.writeFile(String(process.pid)).finally(() => file.close());
    return true;
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    return false;
  }
}

/**
 * Does one piece of work while no other process of this machine does one under the same lock. What a
 * process left that died in it is taken away.
 *
 * @throws {EventsError} `EVENTS_LEASE_HELD` where it is not free within ten seconds.
 */
export async function withFileLock<Answer>(
  path: string,
  work: () => Promise<Answer>,
): Promise<Answer> {
  let unnamedMs = 0;
  for (let waitedMs = 0; !(await take(path)); waitedMs += WAIT_MS) {
    if (waitedMs >= MAX_WAIT_MS) {
      throw new EventsError('EVENTS_LEASE_HELD', 'another process saves the mark of this log');
    }
    // Moved away before it is removed: of two that find it, one has it.
    const moved = `${path}.${process.pid}`;
    const holder = await readHolder(path);
    // A lock that stays without a name: its process was killed before it wrote its id.
    unnamedMs = holder === '' ? unnamedMs + WAIT_MS : 0;
    if (waitedMs > 0 && (isGone(holder) || unnamedMs > MAX_UNNAMED_MS)) {
      await rename(path, moved)
        .then(() => unlink(moved))
        .catch(() => undefined);
    }
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
  try {
    return await work();
  } finally {
    await unlink(path).catch(() => undefined);
  }
}
