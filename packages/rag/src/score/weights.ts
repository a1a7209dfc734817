import type { Token, TokenRole } from '../text/token.js';
import type { Library } from './passages.js';

/** The weight of a word in a claim, by its role. */
const ROLE_WEIGHT: Readonly<Record<TokenRole, number>> = {
  content: 1,
  light: 0.6,
  function: 0.25,
  discourse: 0.1,
  speaker: 1.25,
  addressee: 0.4,
  negator: 0.5,
};

/**
 * The weight of a token: its role, and how rare it is in the sources (a smoothed inverse passage
 * frequency, 1 for what stands in no passage or in one of many).
 */
export function weightOf(token: Token, { passages, postings }: Library): number {
  const base = token.kind === 'word' ? ROLE_WEIGHT[token.role] : 1.25;
  const found = postings.get(token.key)?.length ?? 0;
  if (found <= 1) return base;
  const rarity = Math.log((passages.length + 1) / found) / Math.log(passages.length + 1);
  return base * (0.4 + 0.6 * rarity);
}
