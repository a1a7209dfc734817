import { stem } from '../text/stem.js';
import type { Token, Work } from '../text/token.js';
import type { Alignment } from './align.js';
import { changedActors } from './clauses.js';
import type { Library } from './passages.js';
import { weightOf } from './weights.js';

/** Measurements of a claim against its evidence. 0 is best; more is worse. */
export interface Features {
  /** The share of the claim's weight that is in no source, 0 to 1. */
  readonly missingShare: number;
  /** Weight that no source has, saturating: 0 for none, 0.5 at two words, towards 1. */
  readonly missingAmount: number;
  /**
   * How far beyond a paraphrase the order of the matching words is from that of the evidence: 0 up
   * to half of the neighbours torn apart, 1 for all of them.
   */
  readonly disorder: number;
  /**
   * Numbers, dates and names no source has, names that have changed places, somebody else as the one who
   * did it, opposites, negation on one side only, and a qualifier or condition of the source that is gone; at
   * most 2.
   */
  readonly conflicts: number;
  /** 1 for a question: it asserts nothing a source could support. */
  readonly question: number;
}

const REACH = 4;
const NEGATION_REACH = 4;

const counts = ({ role, kind }: Token): boolean =>
  kind !== 'word' || role === 'content' || role === 'light';

/** Up to this share, words in another order are a paraphrase. */
const PARAPHRASE = 0.5;
/** Pairs below which nothing is said about order. */
const FEW_PAIRS = 4;

function disorderOf({ claim, matches }: Alignment): number {
  let pairs = 0;
  let broken = 0;
  let before = -1;
  for (const [at, token] of claim.entries()) {
    if (!counts(token)) continue;
    const place = matches[at]?.at ?? -1;
    if (before >= 0 && place >= 0) {
      pairs += 1;
      if (place <= before || place - before > REACH) broken += 1;
    }
    before = place;
  }
  if (pairs < FEW_PAIRS) return 0;
  return Math.max(0, broken / pairs - PARAPHRASE) / (1 - PARAPHRASE);
}

/** Positions of the next content words after each negator. */
function negated(tokens: readonly Token[]): ReadonlySet<number> {
  const found = new Set<number>();
  for (const [at, token] of tokens.entries()) {
    if (token.role !== 'negator') continue;
    for (let next = at + 1; next <= at + NEGATION_REACH && next < tokens.length; next += 1) {
      if (counts(tokens[next] as Token)) {
        found.add(next);
        break;
      }
    }
  }
  return found;
}

function negationConflicts({ claim, evidence, matches }: Alignment): number {
  const here = negated(claim);
  const there = negated(evidence);
  let conflicts = 0;
  for (const [at, token] of claim.entries()) {
    const place = matches[at]?.at ?? -1;
    if (place < 0 || !counts(token)) continue;
    if (here.has(at) !== there.has(place)) conflicts += 1;
  }
  return Math.min(1, conflicts);
}

const stems = (text: string): ReadonlySet<string> => new Set(text.split(' ').map(stem));

/** Words that limit what is said: without them it says more. One of a kind can stand for another. */
const QUALIFIERS: readonly ReadonlySet<string>[] = /* @__PURE__ */ [
  'may might could possibly perhaps probably likely reportedly allegedly sometimes occasionally rarely seldom partly partially mostly almost nearly usually normally generally typically often commonly',
  'only solely exclusively',
].map(stems);
const QUALIFIER_REACH = 3;

const qualifies = ({ kind, key }: Token, kinds: ReadonlySet<string>): boolean =>
  kind === 'word' && kinds.has(key);

/** `the only one` and `not only` limit nothing that a claim could drop. */
const NO_LIMIT: ReadonlySet<string> = /* @__PURE__ */ new Set(
  'the a an his her its their not'.split(' '),
);

/** A qualifier of the evidence before words the claim has, where the claim has none of its kind. */
function droppedQualifier({ evidence, matches }: Alignment, around: readonly Token[]): boolean {
  const matched = placesOf(matches);
  return QUALIFIERS.some((kinds) => {
    if (around.some((token) => qualifies(token, kinds))) return false;
    return evidence.some((token, at) => {
      if (!qualifies(token, kinds) || NO_LIMIT.has(evidence[at - 1]?.word ?? '')) return false;
      const near = evidence.slice(at + 1, at + 1 + QUALIFIER_REACH);
      const next = near.findIndex(({ role }) => role === 'content');
      return next >= 0 && near[next]?.kind === 'word' && matched.has(at + 1 + next);
    });
  });
}

/**
 * What a limit that is gone counts beside a wrong number: enough for the claim not to be grounded, less for the
 * answer, since people often let it pass.
 */
const LIMIT_GONE = 0.65;

const placesOf = (matches: Alignment['matches']): ReadonlySet<number> =>
  new Set(matches.flatMap(({ at }) => (at >= 0 ? [at] : [])));

const CONDITIONS: ReadonlySet<string> = /* @__PURE__ */ new Set(['if', 'unless']);
/** Before `if` they make it a question or a concession, not a condition. */
const NO_CONDITION: ReadonlySet<string> = /* @__PURE__ */ new Set(
  'ask asks asked know knows knew see check wonder decide even as only'.split(' '),
);

/** How far from its condition a statement is looked for. */
const CONDITION_REACH = 8;

const apart = (before: Token, after: Token): boolean =>
  after.start < before.end || after.start - before.end > 1;

/** Where a condition ends: at punctuation, or with its passage. */
function conditionEnd(evidence: readonly Token[], from: number): number {
  let end = from + 1;
  while (end < evidence.length && !apart(evidence[end - 1] as Token, evidence[end] as Token)) {
    end += 1;
  }
  return end;
}

/** A condition of the evidence of which the claim has no word, beside words that the claim has. */
function droppedCondition({ evidence, matches }: Alignment, around: readonly Token[]): boolean {
  if (around.some(({ word = '' }) => CONDITIONS.has(word) || word === 'when')) return false;
  const matched = placesOf(matches);
  const content = (from: number, to: number): readonly boolean[] => {
    const first = Math.max(0, from);
    const part = evidence.slice(first, to).map(({ role }, at) => ({ role, at: first + at }));
    return part.filter(({ role }) => role === 'content').map(({ at }) => matched.has(at));
  };
  return evidence.some(({ word = '' }, at) => {
    if (!CONDITIONS.has(word) || NO_CONDITION.has(evidence[at - 1]?.word ?? '')) return false;
    const end = conditionEnd(evidence, at);
    const condition = content(at, end);
    if (condition.length === 0 || condition.some(Boolean)) return false;
    return [content(at - CONDITION_REACH, at), content(end, end + CONDITION_REACH)].some(
      (around) => around.filter(Boolean).length >= 2,
    );
  });
}
/** Runs of neighbouring names in a claim, as positions. */
function nameRuns({ claim }: Alignment): readonly (readonly number[])[] {
  const runs: number[][] = [];
  for (const [at, token] of claim.entries()) {
    if (!token.proper || !counts(token)) continue;
    const run = runs.at(-1);
    if (run?.at(-1) === at - 1) run.push(at);
    else runs.push([at]);
  }
  return runs;
}

/** Names no source has in any part. */
function strangeNames({ matches }: Alignment, runs: readonly (readonly number[])[]): number {
  return runs.filter((run) => run.every((at) => (matches[at]?.degree ?? 0) < 0.5)).length;
}

/** Two names that have changed places round the same words: `A beat B` beside `B beat A`. */
function swappedNames(alignment: Alignment, runs: readonly (readonly number[])[]): number {
  const { claim, evidence, matches } = alignment;
  const place = (at: number): number => matches[at]?.at ?? -1;
  for (const [number, run] of runs.entries()) {
    const next = runs[number + 1];
    if (!next) break;
    const [a, b] = [run.at(-1) as number, next[0] as number];
    const [there, here] = [place(a), place(b)];
    if (here < 0 || there <= here) continue;
    let between = 0;
    for (let at = a + 1; at < b; at += 1) {
      const token = claim[at] as Token;
      if (counts(token) && place(at) > here && place(at) < there) between += 1;
    }
    const by = (tokens: readonly Token[], from: number, to: number): boolean =>
      tokens.slice(from + 1, to).some(({ key }) => key === 'by');
    if (between > 0 && by(claim, a, b) === by(evidence, here, there)) return 1;
  }
  return 0;
}

/** Finds what contradicts a claim, or is in no source. */
export type Cue =
  | 'figure_missing'
  | 'name_missing'
  | 'names_swapped'
  | 'opposite_found'
  | 'negation_differs'
  | 'actor_changed'
  | 'qualifier_dropped'
  | 'words_missing';

/** The features of a claim, and its problems in words. */
export interface Measurement {
  readonly features: Features;
  readonly cues: readonly Cue[];
}

const CUE_SHARE = 0.35;

/**
 * Measures a claim beside its evidence. Pure, and linear in the length of both. A limit that stands in the
 * claims next to it, `around`, is not dropped.
 */
export function measure(
  alignment: Alignment,
  library: Library,
  {
    question,
    work,
    around = alignment.claim,
  }: { readonly question: boolean; readonly work: Work; readonly around?: readonly Token[] },
): Measurement {
  const { claim, matches, opposed } = alignment;
  let total = 0;
  let missing = 0;
  let figures = 0;
  for (const [at, token] of claim.entries()) {
    const weight = weightOf(token, library);
    const lost = 1 - (matches[at]?.degree ?? 0);
    total += weight;
    missing += weight * lost;
    if (token.kind !== 'word' && lost >= 0.5) figures += 1;
  }
  work.steps += 3 * claim.length + alignment.evidence.length;
  const runs = nameRuns(alignment);
  const swapped = swappedNames(alignment, runs);
  const missingShare = total === 0 ? 1 : missing / total;
  const found: readonly (readonly [Cue, number])[] = [
    ['figure_missing', figures],
    ['name_missing', strangeNames(alignment, runs)],
    ['names_swapped', swapped],
    ['opposite_found', opposed.length],
    ['negation_differs', negationConflicts(alignment)],
    ['actor_changed', swapped > 0 ? 0 : Math.min(1, changedActors(claim, alignment.evidence))],
    [
      'qualifier_dropped',
      droppedQualifier(alignment, around) || droppedCondition(alignment, around) ? LIMIT_GONE : 0,
    ],
  ];
  const cues = found.filter(([, count]) => count > 0).map(([cue]) => cue);
  if (missingShare >= CUE_SHARE) cues.push('words_missing');
  const features = {
    missingShare,
    missingAmount: missing / (missing + 2),
    disorder: disorderOf(alignment),
    conflicts: Math.min(
      2,
      found.reduce((sum, [, count]) => sum + count, 0),
    ),
    question: question ? 1 : 0,
  };
  return { features, cues };
}
