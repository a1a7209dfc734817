/**
 * Control characters, invisible format characters and lone surrogates, with which two names could
 * look alike.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}]/u;

const MAX_LENGTH = 512;

/** True if a value can name an agent, an actor, a resource or an action. */
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

/** Invisible characters: controls, format characters, fillers, variation selectors. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Normalises the identifier of a person for comparing: another spelling must not count as a second
 * person. Compatibility forms, case and surrounding space are folded; invisible characters are
 * removed. Not for display and not for records.
 */
export function foldIdentity(id: string): string {
  return id.normalize('NFKC').replace(INVISIBLE, '').trim().toLowerCase().normalize('NFKC');
}
