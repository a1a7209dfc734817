import { canonicalize, sha256, toHex } from '@spanforge/core-signing';

/** Whose bundles these are, and where they govern: no bundle reaches beyond its scope. */
export interface BundleScope {
  readonly tenant: string;
  readonly environment: string;
  /** One application of the environment with a bundle of its own; absent for all the others. */
  readonly application?: string | undefined;
}

const partsOf = ({ tenant, environment, application }: BundleScope): readonly string[] =>
  application === undefined ? [tenant, environment] : [tenant, environment, application];

/** The scope asked about last: a question asks several times about the same one. */
let last: BundleScope & { readonly key: string } = { tenant: '', environment: '', key: '["",""]' };

/** The key of a scope; different scopes have different keys, whatever characters their names contain. */
export function scopeKey(scope: BundleScope): string {
  const { tenant, environment, application } = scope;
  const isLast =
    tenant === last.tenant && environment === last.environment && application === last.application;
  if (!isLast) {
    last = { tenant, environment, application, key: JSON.stringify(partsOf(scope)) };
  }
  return last.key;
}

/** The scope that a {@link scopeKey} stands for. */
export function scopeOfKey(key: string): BundleScope {
  const [tenant = '', environment = '', application] = JSON.parse(key) as readonly string[];
  return { tenant, environment, ...(application === undefined ? {} : { application }) };
}

/** The claim for the next change of a scope; the process that takes it first makes the change. */
export function changeClaim(scope: BundleScope, changes: number): string {
  return `policy.activation/${toHex(sha256(canonicalize(partsOf(scope))))}/${changes}`;
}

/** A scope as a message names it. */
export function scopeText({ environment, application }: BundleScope): string {
  const where = `environment "${environment}"`;
  return application === undefined ? where : `${where} for "${application}"`;
}
