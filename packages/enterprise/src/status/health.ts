import { type Clock, formatTime } from '@spanforge/core-events';
import { toHex } from '@spanforge/core-signing';
import { type DeploymentProfile, factOf } from '../deployment/profile.js';
import { EnterpriseError } from '../error.js';
import type { Kms } from '../kms/kms.js';
import type { EnterpriseStatus } from './status.js';

/** The result of one health check. */
export interface HealthFinding {
  readonly name: string;
  /** `unknown`: the check could not find out. It does not count as `ok`. */
  readonly state: 'ok' | 'failed' | 'unknown';
  readonly detail: string;
}

/** The health of a deployment. */
export interface EnterpriseHealth {
  readonly takenAt: string;
  readonly healthy: boolean;
  readonly checks: readonly HealthFinding[];
}

/** Checks one part: returns a sentence if it is healthy, throws if it is not. */
export interface HealthCheck {
  readonly name: string;
  readonly look: () => Promise<string>;
}

/** Wraps and unwraps a random key that belongs to no subject. */
export function kmsCheck(kms: Kms, random: (bytes: number) => Uint8Array): HealthCheck {
  return {
    name: 'kms',
    async look() {
      const key = random(32);
      const context = { purpose: 'spanforge.health.v1', id: toHex(random(8)) };
      const wrapped = await kms.wrap(key, context);
      const same = toHex(await kms.unwrap(wrapped, context)) === toHex(key);
      if (!same) throw new EnterpriseError('ENTERPRISE_KEY_INVALID', 'another key came back');
      return 'a key was wrapped and unwrapped';
    },
  };
}

function residencyFinding({ tenants, deployedIn }: EnterpriseStatus): HealthFinding {
  const { registered, misplaced } = tenants;
  return misplaced.length === 0
    ? {
        name: 'residency',
        state: 'ok',
        detail: `${registered} tenants, all may be kept in ${deployedIn}`,
      }
    : {
        name: 'residency',
        state: 'failed',
        detail: `must not be kept in ${deployedIn}: ${misplaced.join(', ')}`,
      };
}

/** A declared air gap counts only if no route leads to another machine. */
function egressFinding({ airGapped }: EnterpriseStatus, profile: DeploymentProfile): HealthFinding {
  const routes = factOf(profile, 'routes');
  if (!airGapped) return { name: 'egress', state: 'ok', detail: 'not air-gapped' };
  if (routes === 'none') return { name: 'egress', state: 'ok', detail: 'no route leads away' };
  return routes === 'present'
    ? {
        name: 'egress',
        state: 'failed',
        detail: 'declared air-gapped, and routes lead away from this machine: take them away',
      }
    : {
        name: 'egress',
        state: 'unknown',
        detail: 'declared air-gapped; the routes cannot be seen',
      };
}

function keysFinding(profile: DeploymentProfile): HealthFinding {
  const access = factOf(profile, 'key_access');
  if (access === 'owner')
    return { name: 'keys', state: 'ok', detail: 'only their owner reads them' };
  return access === 'unknown'
    ? { name: 'keys', state: 'unknown', detail: 'who can read the keys cannot be seen' }
    : { name: 'keys', state: 'failed', detail: 'others than their owner have access to the keys' };
}

async function run({ name, look }: HealthCheck): Promise<HealthFinding> {
  try {
    return { name, state: 'ok', detail: await look() };
  } catch (error) {
    const detail = error instanceof Error ? error.message : 'failed';
    return { name, state: 'failed', detail };
  }
}

/** Checks every part, independently of the others. */
export async function readHealth(
  status: EnterpriseStatus,
  profile: DeploymentProfile,
  checks: readonly HealthCheck[],
  clock: Clock,
): Promise<EnterpriseHealth> {
  const found = [residencyFinding(status), egressFinding(status, profile), keysFinding(profile)];
  for (const check of checks) found.push(await run(check));
  return {
    takenAt: formatTime(clock()),
    healthy: found.every(({ state }) => state === 'ok'),
    checks: found,
  };
}
