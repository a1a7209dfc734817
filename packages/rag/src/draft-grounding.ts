import type { Discloser, Disclosure, RecordDraft } from '@spanforge/core-events';
import { type GroundingBody, groundingV1 } from '@spanforge/core-events/records';
import type { GroundingInput, GroundingResult, RagCall, ReportedClaim } from './types.js';

/** The largest number of claims in a record; those with the lowest scores come first. */
export const MAX_RECORDED_CLAIMS = 50;
const MAX_SUPPORT = 2;

function listed(claims: readonly ReportedClaim[]): readonly (readonly [number, ReportedClaim])[] {
  return [...claims.entries()]
    .sort(([, a], [, b]) => a.score - b.score)
    .slice(0, MAX_RECORDED_CLAIMS)
    .sort(([a], [b]) => a - b);
}

function wireClaim(at: number, claim: ReportedClaim): GroundingBody['claims'][number] {
  const { start, end, score, verdict, cues } = claim;
  const support = claim.support.slice(0, MAX_SUPPORT).map((span) => ({ ...span }));
  return {
    ...{ claim: at, start, end, score, verdict, support },
    cues: cues.length === 0 ? undefined : [...cues],
  };
}

/** The record of one assessment (without an answer, of one that could not be read); answer, claims and nearest parts are disclosures. */
export function draftGrounding(
  { answer, sessionId }: Partial<Pick<GroundingInput, 'answer' | 'sessionId'>>,
  result: GroundingResult,
  {
    call,
    sourceCount,
    disclose,
  }: { readonly call: RagCall; readonly sourceCount: number; readonly disclose: Discloser },
): RecordDraft {
  const claims = listed(result.claims);
  const disclosures: Disclosure[] = answer === undefined ? [] : [disclose('answer', answer)];
  for (const [at, { text, nearest }] of claims) {
    disclosures.push(disclose(`claim_${at}`, text));
    if (nearest) disclosures.push(disclose(`nearest_${at}`, nearest.text));
  }
  const { average, status, threshold, claimThreshold, scorer, outcome, obligations } = result;
  const { reason, reasonCode, policy, withheld } = result;
  const body: GroundingBody = {
    ...{ sessionId, average, status, threshold, claimThreshold, scorer },
    claims: claims.map(([at, claim]) => wireClaim(at, claim)),
    claimCount: result.claims.length,
    sourceCount,
    withheldCount: withheld,
    ...{ outcome, reason, reasonCode, policy },
    obligations: obligations.length === 0 ? undefined : [...obligations],
    values: Object.fromEntries(disclosures.map(({ name, digest }) => [name, digest])),
  };
  const draft: { -readonly [Part in keyof RecordDraft]: RecordDraft[Part] } = {
    type: groundingV1.key,
    context: call.context,
    body: groundingV1.toWire(body),
    disclosures,
  };
  if (call.mode !== undefined) draft.mode = call.mode;
  if (policy) draft.policy = { id: policy.id, version: policy.version, digest: policy.digest };
  return draft;
}
