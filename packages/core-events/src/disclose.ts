import { createDisclosure } from '@spanforge/core-signing';
import type { Disclosure } from './evidence.js';
import { createRandom } from './ids.js';

const SALT_BYTES = 16;

/** Commits to governed values: each gets its own salt, so that equal values never look equal. */
export type Discloser = (name: string, value: unknown) => Disclosure;

/**
 * Makes disclosures (RFC 9901) with salts of 128 bits.
 *
 * @param random Bytes of cryptographic quality; the platform's when absent.
 * @throws {SigningError} when used on a value that is not plain data.
 */
export function createDiscloser(random = createRandom()): Discloser {
  return (name, value) =>
    createDisclosure({ name, value: value as never, salt: random(SALT_BYTES) });
}
