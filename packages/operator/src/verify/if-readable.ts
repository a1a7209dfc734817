import { SigningError } from '@spanforge/core-signing';

/**
 * What `read` makes of something foreign, or undefined where it is refused. Anything else that goes
 * wrong is a fault of ours, and passes through.
 */
export function ifReadable<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (SigningError.is(error)) return undefined;
    throw error;
  }
}
