import { canonicalize, sha256, toHex } from '@spanforge/core-signing';

/** Whose bundles these are, and where they govern: no bundle reaches beyond its place. */
export interface Place {
  readonly tenant: string;
  readonly environment: string;
}

/** One text per place; whatever stands in a name, no two places share one. */
export function placeKey({ tenant, environment }: Place): string {
  return JSON.stringify([tenant, environment]);
}

/** The name of the next change of a place: whoever takes it first has made that change. */
export function changeClaim(place: Place, changes: number): string {
  const { tenant, environment } = place;
  return `policy.activation/${toHex(sha256(canonicalize([tenant, environment])))}/${changes}`;
}
