import { type Clock, formatTime } from '@spanforge/core-events';

/** One thing that is known about a deployment. */
export interface DeploymentFact {
  /** Such as `shape`, `routes` or `store`. */
  readonly name: string;
  /** `unknown` where it was looked for and could not be told. */
  readonly value: string;
  /** `probed` was seen by this process; `declared` is the word of the configuration. */
  readonly source: 'probed' | 'declared';
}

/** Looks at a part of the deployment it runs in. */
export type DeploymentProbe = () => Promise<readonly DeploymentFact[]>;

/** What a deployment was found to be. */
export interface DeploymentProfile {
  readonly v: 'spanforge.deployment-profile.v1';
  /** RFC 3339. */
  readonly takenAt: string;
  readonly facts: readonly DeploymentFact[];
}

/** Asks every probe; one that fails says `unknown` under its place, and hides no other. */
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

/** The value of a fact; `unknown` where nothing says. What was seen stands before what was declared. */
export function factOf({ facts }: DeploymentProfile, name: string): string {
  const named = facts.filter((fact) => fact.name === name);
  const fact = named.find(({ source }) => source === 'probed') ?? named[0];
  return fact?.value ?? 'unknown';
}
