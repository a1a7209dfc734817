import { readFileSync } from 'node:fs';
import type { LeaseClock } from '../log/lease.js';

const BOOT_ID = '/proc/sys/kernel/random/boot_id';

/**
 * The clock of leases on this machine: the time since boot, which nobody can set, and the id of
 * that boot. Undefined if the system has no such id; leases then use the wall clock.
 */
export function createLeaseClock(): LeaseClock | undefined {
  try {
    const boot = readFileSync(BOOT_ID, 'utf8').trim();
    return { boot, now: () => Number(process.hrtime.bigint() / 1_000_000n) };
  } catch {
    return undefined;
  }
}
