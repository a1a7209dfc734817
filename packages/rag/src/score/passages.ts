import { splitBlocks } from '../split/blocks.js';
import { splitSentences } from '../split/sentences.js';
import { stem } from '../text/stem.js';
import type { Token, Work } from '../text/token.js';
import { tokenize } from '../text/tokenize.js';

/** A source text. */
export interface GroundingSource {
  readonly id: string;
  readonly text: string;
}

/** A sentence or row of a source, the unit that claims are compared with. */
export interface Passage {
  /** Position of its source in the list. */
  readonly source: number;
  readonly start: number;
  readonly end: number;
  readonly tokens: readonly Token[];
}

/** All passages of all sources, and the positions of each term. */
export interface Library {
  readonly passages: readonly Passage[];
  /** Numbers of the passages a term stands in, in order. */
  readonly postings: ReadonlyMap<string, readonly number[]>;
}

/** Tokens of one passage at most: a text without full stops is cut. */
const MAX_TOKENS = 96;

const implied = (word: string, { start, end }: Token): Token => ({
  ...{ kind: 'word', key: stem(word), role: 'content', start, end, proper: false },
});

/** A life written as two dates, `(8 January 1935 – 16 August 1977)`, says born and died. */
function withLifeDates(text: string, tokens: readonly Token[]): readonly Token[] {
  const read: Token[] = [];
  for (const [at, token] of tokens.entries()) {
    const [before, after] = [tokens[at - 1], tokens[at + 1]];
    const spans = (a: Token | undefined, b: Token | undefined): boolean =>
      a?.kind === 'date' && b?.kind === 'date' && /^\s*[-–—]\s*$/.test(text.slice(a.end, b.start));
    if (spans(token, after)) read.push(implied('born', token));
    if (spans(before, token)) read.push(implied('died', token));
    read.push(token);
  }
  return read;
}

/** Takes sources apart into passages and indexes them. Linear in their length. */
export function buildLibrary(sources: readonly GroundingSource[], work: Work): Library {
  const passages: Passage[] = [];
  const postings = new Map<string, number[]>();
  const add = (source: number, tokens: readonly Token[]): void => {
    const [first, last] = [tokens[0], tokens.at(-1)];
    if (!first || !last) return;
    const number = passages.length;
    passages.push({ source, start: first.start, end: last.end, tokens });
    for (const { key } of tokens) {
      const list = postings.get(key);
      if (!list) postings.set(key, [number]);
      else if (list.at(-1) !== number) list.push(number);
    }
    work.steps += tokens.length;
  };
  for (const [source, { text }] of sources.entries()) {
    for (const block of splitBlocks(text, work)) {
      for (const sentence of splitSentences(text, block, work)) {
        const { start: from, end: to } = sentence;
        const tokens = withLifeDates(text, tokenize(text, work, { from, to }));
        for (let at = 0; at < tokens.length; at += MAX_TOKENS) {
          add(source, tokens.slice(at, at + MAX_TOKENS));
        }
      }
    }
  }
  return { passages, postings };
}
