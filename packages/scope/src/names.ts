/** Controls, invisible format characters and lone surrogates: what makes two names look alike. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}]/u;

const MAX_LENGTH = 512;

/** Whether a value can name an agent, resource, action or capability. */
export function isName(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= MAX_LENGTH &&
    value === value.trim() &&
    !UNSEEN.test(value)
  );
}

/** Stands for every resource not named, and for every action. */
export const WILDCARD = '*';

/** Begins a grant of a whole category of actions. */
export const CATEGORY_PREFIX = 'category:';

/** Whether a name is a pattern, which a manifest may grant and a request may not ask for. */
export function isPattern(name: string): boolean {
  return name === WILDCARD || name.startsWith(CATEGORY_PREFIX);
}
