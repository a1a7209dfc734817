/** Controls, invisible format characters and lone surrogates: what makes two names look alike. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}]/u;

const MAX_LENGTH = 512;

/** Whether a value can name an agent, an actor, a resource or an action. */
export function isName(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= MAX_LENGTH &&
    value === value.trim() &&
    !UNSEEN.test(value)
  );
}

/** Stands for everything that is not named. */
export const WILDCARD = '*';

/** Begins a grant of a whole category of actions, such as `category:read`. */
export const CATEGORY_PREFIX = 'category:';
