import { withinDate } from '../text/calendar.js';
import { createLexicon } from '../text/lexicon.js';
import { sameQuantity } from '../text/quantity.js';
import { stem } from '../text/stem.js';
import type { Token, Work } from '../text/token.js';
import type { Library } from './passages.js';

const LEXICON = /* @__PURE__ */ createLexicon(stem);

/** The position of a claim's token in the evidence, and how certain it is. */
export interface Match {
  /** Position in the evidence; -1 if it stands only elsewhere in the sources, or nowhere. */
  readonly at: number;
  /** 0 to 1. */
  readonly degree: number;
}

/** A claim aligned with its evidence. */
export interface Alignment {
  readonly claim: readonly Token[];
  readonly evidence: readonly Token[];
  readonly matches: readonly Match[];
  /** For each token of the evidence: whether a token of the claim matches it. */
  readonly used: ReadonlySet<number>;
  /** Positions in the claim of words whose opposite stands in the evidence, unused. */
  readonly opposed: readonly number[];
}

const NOWHERE: Match = Object.freeze({ at: -1, degree: 0 });

const DEGREE = { same: 1, synonym: 0.8, prefix: 0.7, elsewhere: 0.5 } as const;

const PREFIX = 5;

/** Evidence by key, by group of synonyms, by the beginnings of words, and its numbers. */
function indexEvidence(evidence: readonly Token[]) {
  const keys = new Map<string, number[]>();
  const groups = new Map<number, number>();
  const prefixes = new Map<string, number>();
  const figures: number[] = [];
  for (const [at, token] of evidence.entries()) {
    const held = keys.get(token.key);
    if (held) held.push(at);
    else keys.set(token.key, [at]);
    if (token.kind !== 'word') figures.push(at);
    else {
      for (const group of LEXICON.groups(token.key)) if (!groups.has(group)) groups.set(group, at);
      const prefix = token.key.slice(0, PREFIX);
      if (prefix.length === PREFIX && !prefixes.has(prefix)) prefixes.set(prefix, at);
    }
  }
  return { keys, groups, prefixes, figures };
}

/** If there are several places, the next one after the last match; else the first. */
function nearest(places: readonly number[], last: number): number {
  return places.find((place) => place > last) ?? (places[0] as number);
}

function sameFigure(claim: Token, source: Token): boolean {
  if (claim.date) {
    if (source.date) return withinDate(claim.date, source.date);
    const { year, month, day } = claim.date;
    return (
      month === undefined &&
      day === undefined &&
      source.quantity?.value === year &&
      source.quantity?.unit === ''
    );
  }
  if (!claim.quantity) return false;
  if (source.quantity) return sameQuantity(claim.quantity, source.quantity);
  return claim.quantity.unit === '' && claim.quantity.value === source.date?.year;
}

/** Aligns a claim with evidence, token by token. */
export function align(
  claim: readonly Token[],
  evidence: readonly Token[],
  library: Library,
  work: Work,
): Alignment {
  const index = indexEvidence(evidence);
  const used = new Set<number>();
  let last = -1;
  const matches = claim.map((token): Match => {
    const match = matchOne(token);
    if (match.at >= 0) {
      used.add(match.at);
      if (token.role !== 'function' && token.role !== 'negator') last = match.at;
    }
    return match;
  });

  function matchOne(token: Token): Match {
    const places = index.keys.get(token.key);
    if (
      places &&
      (token.kind !== 'number' || places.some((at) => sameFigure(token, evidence[at] as Token)))
    ) {
      return { at: nearest(places, last), degree: DEGREE.same };
    }
    if (token.kind !== 'word') {
      const at = index.figures.find((place) => sameFigure(token, evidence[place] as Token));
      if (at !== undefined) return { at, degree: DEGREE.same };
    } else {
      for (const group of LEXICON.groups(token.key)) {
        const at = index.groups.get(group);
        if (at !== undefined) return { at, degree: DEGREE.synonym };
      }
      const at = index.prefixes.get(token.key.slice(0, PREFIX));
      if (at !== undefined && token.key.length >= PREFIX) return { at, degree: DEGREE.prefix };
    }
    return library.postings.has(token.key) ? { at: -1, degree: DEGREE.elsewhere } : NOWHERE;
  }

  const opposed = claim.flatMap((token, at) => {
    if (token.kind !== 'word' || (matches[at]?.degree ?? 0) >= 1) return [];
    const against = LEXICON.opposites(token.key).some((word) =>
      index.keys.get(word)?.some((place) => !used.has(place)),
    );
    return against ? [at] : [];
  });
  work.steps += claim.length + evidence.length;
  return { claim, evidence, matches, used, opposed };
}
