import { within } from '@spanforge/core-events';
import { assessClaim, scoreOfAnswer } from './assess.js';
import type { Chunk } from './input.js';
import { examine } from './score/examine.js';
import { DEFAULT_MODEL } from './score/model.js';
import type { GroundingSource } from './score/passages.js';
import type { RagSettings } from './settings.js';
import { judgeClaim } from './status.js';
import type { GroundingInput, GroundingScorer, RagOptions, ReportedClaim } from './types.js';

/** The judged claims of an answer, and the name of the scorer. */
export interface ScoredAnswer {
  readonly claims: readonly ReportedClaim[];
  readonly scorer: { readonly name: string; readonly version: string };
  /**
   * The score of the whole answer, if the scorer gives one; otherwise the mean over the claims
   * counts.
   */
  readonly average?: number;
}

/** The number of claims that a scorer is asked about at one time. */
const LANES = 8;

async function askScorer(
  scorer: GroundingScorer,
  claims: readonly ReportedClaim[],
  {
    sources,
    timeoutMs,
  }: { readonly sources: readonly GroundingSource[]; readonly timeoutMs: number },
): Promise<readonly unknown[]> {
  const scores: unknown[] = claims.map(() => undefined);
  const stop = new AbortController();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < claims.length && !stop.signal.aborted) {
      const at = next;
      next += 1;
      const { text, kind = 'statement' } = claims[at] as ReportedClaim;
      try {
        const score = await scorer.score({ text, kind }, sources, stop.signal);
        if (!stop.signal.aborted) scores[at] = score;
      } catch {
        // Stays undefined: a claim whose scorer fails is not assessed.
      }
    }
  };
  const lanes = Array.from({ length: Math.min(LANES, claims.length) }, lane);
  await within(timeoutMs, () => Promise.all(lanes)).catch(() => undefined);
  stop.abort();
  return [...scores];
}

function ownClaims(
  answer: string,
  sources: readonly GroundingSource[],
  options: RagOptions,
  settings: RagSettings,
) {
  const texts = new Map(sources.map(({ id, text }) => [id, text]));
  const { model = DEFAULT_MODEL } = options;
  const examined = examine(answer, sources);
  const claims = examined.map((one) => {
    const claim = assessClaim(one, model, settings.claimThreshold);
    const [span] = claim.support;
    const nearest = span && {
      sourceId: span.sourceId,
      text: (texts.get(span.sourceId) ?? '').slice(span.start, span.end),
    };
    return {
      ...claim,
      text: answer.slice(claim.start, claim.end),
      ...(nearest === undefined ? {} : { nearest }),
    };
  });
  return { claims, average: scoreOfAnswer(examined, claims, model) };
}

function judgedClaims(
  { claims = [], judgedBy }: GroundingInput,
  sources: readonly Chunk[],
  settings: RagSettings,
): ScoredAnswer {
  const readable = new Set(sources.map(({ id }) => id));
  const judged = claims.map(({ text, score, sourceIds }): ReportedClaim => {
    const known = sourceIds.filter((id) => readable.has(id));
    return {
      text,
      ...judgeClaim(score, known.length > 0, settings),
      support: known.map((sourceId) => ({ sourceId })),
      cues: [],
    };
  });
  return { claims: judged, scorer: judgedBy ?? { name: 'caller', version: 'unknown' } };
}

/** Judges an answer with the given claims, the host's scorer, or the built-in one. */
export async function scoreAnswer(
  input: GroundingInput,
  sources: readonly Chunk[],
  { options, settings }: { readonly options: RagOptions; readonly settings: RagSettings },
): Promise<ScoredAnswer> {
  if (input.claims !== undefined) return judgedClaims(input, sources, settings);
  const { scorer, model = DEFAULT_MODEL } = options;
  const plain = sources.map(({ id, text }) => Object.freeze({ id, text }));
  const { claims, average } = ownClaims(input.answer, plain, options, settings);
  if (scorer === undefined) {
    return { claims, average, scorer: { name: model.name, version: model.version } };
  }
  const { name, version } = scorer;
  const ask = { sources: plain, timeoutMs: settings.scorerTimeoutMs };
  const scores = plain.length === 0 ? claims.map(() => 0) : await askScorer(scorer, claims, ask);
  return {
    // The notes of the built-in scorer stay visible; its scores do not.
    claims: claims.map((claim, at) => ({
      ...claim,
      ...judgeClaim(scores[at], plain.length > 0, settings),
    })),
    scorer: { name, version },
  };
}
