import type { Token, Work } from '../text/token.js';
import type { Library } from './passages.js';
import { weightOf } from './weights.js';

/**
 * The largest number of postings read for one claim; limits the work on texts that repeat
 * themselves.
 */
const BUDGET = 512;

/** The number of passages that a claim is compared with. */
const MAX_PASSAGES = 2;

interface Term {
  readonly key: string;
  readonly weight: number;
  readonly postings: readonly number[];
}

function termsOf(tokens: readonly Token[], library: Library): Term[] {
  const terms = new Map<string, Term>();
  for (const token of tokens) {
    const postings = library.postings.get(token.key);
    // A negation does not help to find the passage.
    if (!postings || token.role === 'negator' || terms.has(token.key)) continue;
    terms.set(token.key, { key: token.key, weight: weightOf(token, library), postings });
  }
  return [...terms.values()].sort((a, b) => a.postings.length - b.postings.length);
}

function best(terms: readonly Term[], work: Work): number | undefined {
  const scores = new Map<number, number>();
  let left = BUDGET;
  for (const { weight, postings } of terms) {
    for (let at = 0; at < postings.length && left > 0; at += 1, left -= 1) {
      const number = postings[at] as number;
      scores.set(number, (scores.get(number) ?? 0) + weight);
      work.steps += 1;
    }
  }
  let winner: number | undefined;
  let top = 0;
  for (const [number, score] of scores) {
    if (score > top || (score === top && winner !== undefined && number < winner)) {
      winner = number;
      top = score;
    }
  }
  return winner;
}

/**
 * The passages nearest to a claim, by the weight of the terms they share: the best one first, then
 * the one that adds most to it. At most a fixed number of postings is looked at, rarest terms first.
 */
export function retrieve(
  tokens: readonly Token[],
  library: Library,
  work: Work,
): readonly number[] {
  let terms: readonly Term[] = termsOf(tokens, library);
  const chosen: number[] = [];
  while (chosen.length < MAX_PASSAGES) {
    const number = best(terms, work);
    if (number === undefined) break;
    chosen.push(number);
    const covered = new Set(library.passages[number]?.tokens.map(({ key }) => key));
    terms = terms.filter(({ key, weight }) => !covered.has(key) && weight >= 0.3);
  }
  return chosen;
}
