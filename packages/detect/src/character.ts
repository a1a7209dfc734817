/** The ASCII characters that belong to a class, and whether all others do. */
export interface CharacterClass {
  readonly ascii: Uint8Array;
  readonly others: boolean;
}

/** Builds a class from the ASCII characters that a one-character pattern matches. */
export function charactersOf(pattern: RegExp, others = false): CharacterClass {
  const ascii = Uint8Array.from({ length: 128 }, (_, code) =>
    pattern.test(String.fromCharCode(code)) ? 1 : 0,
  );
  return { ascii, others };
}

export function has({ ascii, others }: CharacterClass, code: number): boolean {
  return code < 128 ? ascii[code] === 1 : others;
}

export const DIGIT = charactersOf(/\d/);
export const WORD = charactersOf(/\w/);
export const ALPHANUMERIC = charactersOf(/[A-Za-z0-9]/);
export const BASE64 = charactersOf(/[A-Za-z0-9+/=]/);
export const BASE64_URL = charactersOf(/[\w-]/);
export const NOT_SPACE = charactersOf(/[^\s"'`<>\\]/, true);
