import { GovernError } from '../error.js';

/** @throws {GovernError} always, with the id of the review. */
export function throwReviewError(
  code: GovernError['code'],
  message: string,
  reviewId: string,
  cause?: unknown,
): never {
  throw new GovernError(code, message, { details: { reviewId }, cause });
}

/** @throws {GovernError} `GOVERN_REVIEW_INVALID` with the path of the first fault. */
export function throwInvalidReview(what: string, path: readonly PropertyKey[] | undefined): never {
  throw new GovernError('GOVERN_REVIEW_INVALID', `not a valid ${what}`, {
    details: { path: ['$', ...(path ?? [])].map(String).join('.') },
  });
}
