import type { Disclosure } from '@spanforge/core-signing';
import { createDisclosure, discloseCanonical } from '@spanforge/core-signing';
import { createRandom } from './ids.js';

const SALT_BYTES = 16;

/**
 * Commits to governed values: each gets its own salt, so that equal values never have equal
 * digests.
 */
export interface Discloser {
  /** @throws {SigningError} for a value that is not plain data. */
  (name: string, value: unknown): Disclosure;
  /** Commits to a value whose canonical JSON text is already known. */
  canonical(name: string, text: string): Disclosure;
}

/**
 * Makes disclosures (RFC 9901) with salts of 128 bits.
 *
 * @param random Bytes of cryptographic quality; default the platform's.
 */
export function createDiscloser(random = createRandom()): Discloser {
  const disclose = (name: string, value: unknown): Disclosure =>
    createDisclosure({ name, value, salt: random(SALT_BYTES) });
  return Object.assign(disclose, {
    canonical: (name: string, text: string): Disclosure =>
      discloseCanonical({ name, text, salt: random(SALT_BYTES) }),
  });
}
