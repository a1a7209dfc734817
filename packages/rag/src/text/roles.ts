import type { TokenRole } from './token.js';
import {
  ADDRESSEE_WORDS,
  DISCOURSE_WORDS,
  FUNCTION_WORDS,
  LIGHT_WORDS,
  NEGATORS,
  SPEAKER_WORDS,
} from './words.js';

const ROLES: ReadonlyMap<string, TokenRole> = /* @__PURE__ */ new Map(
  // The last one that names a word counts.
  (
    [
      [LIGHT_WORDS, 'light'],
      [DISCOURSE_WORDS, 'discourse'],
      [FUNCTION_WORDS, 'function'],
      [NEGATORS, 'negator'],
      [ADDRESSEE_WORDS, 'addressee'],
      [SPEAKER_WORDS, 'speaker'],
    ] as const
  ).flatMap(([words, role]) => [...words].map((word): [string, TokenRole] => [word, role])),
);

/** The role of a word in lower case. */
export const roleOf = (word: string): TokenRole => ROLES.get(word) ?? 'content';
