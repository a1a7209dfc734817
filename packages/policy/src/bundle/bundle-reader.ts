import type { PolicyBundle } from './bundle.js';
import type { ControlName } from './controls.js';
import { parseBundle } from './parse.js';

/** Reads bundles back from their canonical text; the latest ones are cached. */
export type BundleReader = (canonical: string) => PolicyBundle;

/** Cached texts. A few are enough: an activated bundle is projected right after. */
const REMEMBERED = 8;

/**
 * Creates a reader that the lifecycle and its projection share, so that the conditions of a bundle are
 * compiled once when it is activated and not once more when the record of it is read.
 *
 * @throws {PolicyError} `POLICY_BUNDLE_INVALID`, whoever calls the reader.
 */
export function createBundleReader(controls: readonly ControlName[]): BundleReader {
  const known = new Map<string, PolicyBundle>();
  return (canonical) => {
    const found = known.get(canonical);
    if (found !== undefined) return found;
    const bundle = parseBundle(JSON.parse(canonical), { controls });
    const oldest = known.keys().next().value;
    if (known.size >= REMEMBERED && oldest !== undefined) known.delete(oldest);
    known.set(canonical, bundle);
    return bundle;
  };
}
