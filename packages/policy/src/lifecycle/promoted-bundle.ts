import type { PolicyBundle } from '../bundle/bundle.js';
import { type ParseOptions, parseBundle } from '../bundle/parse.js';

/**
 * The bundle for another environment: only its `environment`, and therefore its digest, differs.
 * These are the bytes to sign for a promotion.
 *
 * @throws {PolicyError} `POLICY_BUNDLE_INVALID` for an environment a bundle cannot have.
 */
export function promotedBundle(
  bundle: PolicyBundle,
  environment: string,
  options: Pick<ParseOptions, 'controls'> = {},
): PolicyBundle {
  return parseBundle({ ...JSON.parse(bundle.canonical), environment }, options);
}
