/**
 * The regions for evidence: the European Union, the United States, Asia-Pacific, India, anywhere.
 */
export const RESIDENCIES = ['eu', 'us', 'ap', 'in', 'global'] as const;

/** A region in which evidence must stay. */
export type Residency = (typeof RESIDENCIES)[number];

/** A registered tenant. */
export interface Tenant {
  readonly tenantId: string;
  readonly residency: Residency;
  readonly projects: readonly string[];
  /** Pairs of projects of which the first may read the second. */
  readonly crossProject: readonly { readonly from: string; readonly to: string }[];
}

/** True when a deployment in a region may keep the evidence of a tenant with this residency. */
export function mayKeep(residency: Residency, deployedIn: Residency): boolean {
  return residency === 'global' || residency === deployedIn;
}

const ADMINISTRATION = /^spanforge\.(audit|enterprise)\./;

/** Whether records of this type are about a tenant as a whole: they are made in the deployment's own project. */
export const isAdministration = (type: string): boolean => ADMINISTRATION.test(type);
