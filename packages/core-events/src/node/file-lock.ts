import { randomUUID } from 'node:crypto';
import { constants, readFileSync } from 'node:fs';
import { link, open, readFile, unlink } from 'node:fs/promises';
import { errorCode, sha256, toHex } from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import { createLeaseClock } from './lease-clock.js';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
const WAIT_MS = 10;
const MAX_WAIT_MS = 10_000;
/**
 * How long a lock may be empty: only a lock made without a link gets its name after it was created.
 */
const MAX_UNNAMED_MS = 2_000;
/** A process that dies while it removes a lock leaves a file that is removed in the same way. */
const MAX_DEPTH = 4;

/** When a process began, in ticks since boot; undefined if the system does not tell. */
function startOf(pid: number | 'self'): string | undefined {
  try {
    // The program's name is in parentheses and may itself contain spaces and parentheses.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Process, boot, start of the process, and a unique part. */
function newName(): string {
  const boot = createLeaseClock()?.boot ?? '-';
  return `${process.pid} ${boot} ${startOf('self') ?? '-'} ${randomUUID()}`;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== 'ESRCH';
  }
}

/**
 * True if the process that a lock names has ended. Its number may belong to another process now:
 * after a reboot, or if a process of this number began at another time.
 */
function isGone(holder: string): boolean {
  const [id, boot = '-', start = '-'] = holder.split(' ');
  const pid = Number(id);
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  if (boot !== '-' && boot !== createLeaseClock()?.boot) return true;
  if (!isRunning(pid)) return true;
  const now = startOf(pid);
  return start !== '-' && now !== undefined && now !== start;
}

/** The holder named in a lock; empty if none is, undefined if there is no lock. */
async function readHolder(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  await file.writeFile(text).finally(() => file.close());
}

const isThere = (error: unknown): boolean => errorCode(error) === 'EEXIST';

/** Creates a lock that contains its name from the beginning; false if there is one already. */
async function take(path: string, name: string): Promise<boolean> {
  const own = `${path}.${toHex(sha256(name)).slice(0, 16)}.new`;
  try {
    await writeNew(own, name);
    try {
      await link(own, path);
    } catch (error) {
      if (isThere(error)) return false;
      // For a file system without links.
      await writeNew(path, name);
    } finally {
      await unlink(own).catch(() => undefined);
    }
    return true;
  } catch (error) {
    if (isThere(error)) return false;
    throw error;
  }
}

/**
 * Removes the lock of a process that has ended. Of several that find it, one creates a file beside
 * it, named after its content; only that one removes it, and only while its content is the same.
 */
async function removeLeft(path: string, holder: string, depth = 0): Promise<void> {
  const beside = `${path}.${toHex(sha256(holder)).slice(0, 16)}`;
  if (!(await take(beside, newName()))) {
    const other = await readHolder(beside);
    if (other && depth < MAX_DEPTH && isGone(other)) await removeLeft(beside, other, depth + 1);
    return;
  }
  try {
    if ((await readHolder(path)) === holder) await unlink(path);
  } finally {
    await unlink(beside).catch(() => undefined);
  }
}

/**
 * Runs a function while no other process of this machine runs one under the same lock. The lock of
 * a process that has ended is removed.
 *
 * @throws {EventsError} `EVENTS_LEASE_HELD` if the lock is not free within ten seconds.
 */
export async function withFileLock<Answer>(
  path: string,
  work: () => Promise<Answer>,
): Promise<Answer> {
  let unnamedMs = 0;
  const name = newName();
  for (let waitedMs = 0; !(await take(path, name)); waitedMs += WAIT_MS) {
    if (waitedMs >= MAX_WAIT_MS) {
      throw new EventsError('EVENTS_LEASE_HELD', 'another process saves the mark of this log');
    }
    const holder = await readHolder(path);
    unnamedMs = holder === '' ? unnamedMs + WAIT_MS : 0;
    if (holder !== undefined && (isGone(holder) || unnamedMs > MAX_UNNAMED_MS)) {
      await removeLeft(path, holder).catch(() => undefined);
    }
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
  try {
    return await work();
  } finally {
    await unlink(path).catch(() => undefined);
  }
}
