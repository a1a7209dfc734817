import { type Clock, formatTime } from '@spanforge/core-events';

/** One fact about a deployment. */
export interface DeploymentFact {
  /** Such as `shape`, `routes` or `store`. */
  readonly name: string;
  /** `unknown` if a probe could not find it out. */
  readonly value: string;
  /** `probed`: this process found it; `declared`: the configuration says so. */
  readonly source: 'probed' | 'declared';
}

/** Examines a part of the deployment in which it runs. */
export type DeploymentProbe = () => Promise<readonly DeploymentFact[]>;

/** The detected profile of a deployment. */
export interface DeploymentProfile {
  readonly v: 'spanforge.deployment-profile.v1';
  /** RFC 3339. */
  readonly takenAt: string;
  readonly facts: readonly DeploymentFact[];
}

/** Asks every probe. A probe that fails gives `unknown` and does not affect the others. */
export async function takeProfile(
  probes: readonly DeploymentProbe[],
  clock: Clock,
): Promise<DeploymentProfile> {
  const facts: DeploymentFact[] = [];
  for (const [at, probe] of probes.entries()) {
    try {
      facts.push(...(await probe()));
    } catch {
      facts.push({ name: `probe_${at}`, value: 'unknown', source: 'probed' });
    }
  }
  const takenAt = formatTime(clock());
  return { v: 'spanforge.deployment-profile.v1', takenAt, facts };
}

/**
 * The value of a fact, `unknown` if there is none. A probed value takes precedence over a declared
 * one.
 */
export function factOf({ facts }: DeploymentProfile, name: string): string {
  const named = facts.filter((fact) => fact.name === name);
  const fact = named.find(({ source }) => source === 'probed') ?? named[0];
  return fact?.value ?? 'unknown';
}
