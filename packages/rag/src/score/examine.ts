import { type Claim, splitClaims } from '../split/claims.js';
import type { Token, Work } from '../text/token.js';
import { type Alignment, align } from './align.js';
import { type Measurement, measure } from './features.js';
import { buildLibrary, type GroundingSource, type Library, type Passage } from './passages.js';
import { retrieve } from './retrieve.js';

/**
 * A part of a source that a claim was compared with. Offsets are UTF-16 code units, end exclusive.
 */
export interface SourceSpan {
  readonly sourceId: string;
  readonly start: number;
  readonly end: number;
}

/** A claim with its measurements. */
export interface Examined extends Measurement {
  readonly claim: Claim;
  /** Nearest first; empty when no source shares a word with the claim. */
  readonly support: readonly SourceSpan[];
  /**
   * How many words and numbers it has, function words aside, and how many of them stand in the passages it
   * was laid beside.
   */
  readonly tokens: number;
  readonly found: number;
}

const said = ({ kind, role }: Token): boolean =>
  kind !== 'word' || role === 'content' || role === 'light';

/**
 * The part of a passage from the first to the last matching word. If words of the claim have no
 * match it is the whole passage, so that people see what stands in their place. Undefined without a
 * match.
 */
function spanOf(
  passage: Passage,
  offset: number,
  { claim, matches }: Alignment,
): { readonly start: number; readonly end: number } | undefined {
  let first = Number.POSITIVE_INFINITY;
  let last = -1;
  let whole = false;
  for (const [at, token] of claim.entries()) {
    const place = (matches[at]?.at ?? -1) - offset;
    if (said(token) && (matches[at]?.at ?? -1) < 0) whole = true;
    if (place < 0 || place >= passage.tokens.length || token.role === 'function') continue;
    first = Math.min(first, place);
    last = Math.max(last, place);
  }
  const [from, to] = [passage.tokens[first], passage.tokens[last]];
  if (!from || !to) return undefined;
  return whole ? { start: passage.start, end: passage.end } : { start: from.start, end: to.end };
}

function examineClaim(
  claim: Claim,
  {
    sources,
    library,
    work,
    around,
  }: {
    sources: readonly GroundingSource[];
    library: Library;
    work: Work;
    around: readonly Token[];
  },
): Examined {
  const passages = retrieve(claim.tokens, library, work).map(
    (number) => library.passages[number] as Passage,
  );
  const evidence = passages.flatMap(({ tokens }) => tokens);
  const alignment = align(claim.tokens, evidence, library, work);
  const support: SourceSpan[] = [];
  let offset = 0;
  for (const passage of passages) {
    const span = spanOf(passage, offset, alignment);
    if (span) support.push({ sourceId: (sources[passage.source] as GroundingSource).id, ...span });
    offset += passage.tokens.length;
  }
  const known = new Set(evidence.map(({ key }) => key));
  const words = claim.tokens.filter(({ kind, role }) => kind !== 'word' || role !== 'function');
  const found = words.filter(({ key }) => known.has(key)).length;
  const question = claim.kind === 'question';
  const measured = measure(alignment, library, { question, work, around });
  return { ...measured, claim, support, tokens: words.length, found };
}

/**
 * Splits an answer into claims and compares each with the sources. Pure; linear in the length of
 * answer and sources.
 *
 * @param work Counts characters and tokens visited.
 */
export function examine(
  answer: string,
  sources: readonly GroundingSource[],
  work: Work = { steps: 0 },
): readonly Examined[] {
  const library = buildLibrary(sources, work);
  const claims = splitClaims(answer, work);
  return claims.map((claim, at) => {
    const around = claims.slice(Math.max(0, at - 1), at + 2).flatMap(({ tokens }) => tokens);
    return examineClaim(claim, { sources, library, work, around });
  });
}
