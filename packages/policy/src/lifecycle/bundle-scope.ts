import { canonicalize, sha256, toHex } from '@spanforge/core-signing';

/** Whose bundles these are, and where they govern: no bundle reaches beyond its scope. */
export interface BundleScope {
  readonly tenant: string;
  readonly environment: string;
}

/** One text per scope; whatever stands in a name, no two places share one. */
export function scopeKey({ tenant, environment }: BundleScope): string {
  return JSON.stringify([tenant, environment]);
}

/** The name of the next change of a scope: whoever takes it first has made that change. */
export function changeClaim(scope: BundleScope, changes: number): string {
  const { tenant, environment } = scope;
  return `policy.activation/${toHex(sha256(canonicalize([tenant, environment])))}/${changes}`;
}
