import {
  type Clock,
  type Discloser,
  policyHasSay,
  type RecordDraft,
  within,
} from '@spanforge/core-events';
import { groundingV1 } from '@spanforge/core-events/records';
import { readable } from './access.js';
import {
  askAboutGrounding,
  decideAlone,
  decideWith,
  GROUNDING_QUESTION,
  type GroundingDecision,
  refusal,
} from './decide.js';
import { draftGrounding } from './draft-grounding.js';
import { type Chunk, groundingInput, parseInput } from './input.js';
import { scoreAnswer } from './score-answer.js';
import type { RagSettings } from './settings.js';
import { conclude } from './status.js';
import type { GroundingInput, GroundingResult, RagCall, RagOptions } from './types.js';

/** What answers are assessed with. */
export interface AssessorParts {
  readonly options: RagOptions;
  readonly settings: RagSettings;
  readonly clock: Clock;
  readonly disclose: Discloser;
}

type Measured = Omit<GroundingResult, keyof GroundingDecision | 'recordId'> & {
  readonly sources: readonly Chunk[];
};

async function assessAnswer(
  { options, settings }: AssessorParts,
  input: GroundingInput,
  { context }: RagCall,
): Promise<Measured> {
  const { mayRead } = options;
  const { threshold, claimThreshold, readTimeoutMs: timeoutMs } = settings;
  const seen = await readable(input.sources, context, { mayRead, timeoutMs });
  const scored = await scoreAnswer(input, seen.chunks, { options, settings });
  const { claims, scorer, average } = scored;
  return {
    ...conclude(claims, { threshold, ...(average === undefined ? {} : { average }) }),
    ...{ threshold, claimThreshold, claims, scorer, withheld: seen.withheld, sources: seen.chunks },
  };
}

async function decide(
  { options, settings, clock }: AssessorParts,
  measured: Measured,
  { call, asks }: { readonly call: RagCall; readonly asks: boolean },
): Promise<GroundingDecision> {
  const alone = decideAlone(measured.status, options.onUngrounded ?? 'allow+log');
  const point = { ...GROUNDING_QUESTION, context: call.context };
  if (!asks || !policyHasSay(options.policy, point)) return alone;
  const { average, status, claims, withheld } = measured;
  const heard = await askAboutGrounding(options.policy, settings.policyTimeoutMs, {
    scope: { recorder: call.recorder ?? options.recorder, context: call.context },
    mode: call.mode,
    observed: average,
    facts: {
      status,
      claims: claims.length,
      ungrounded_claims: claims.filter(({ verdict: one }) => one !== 'grounded').length,
      withheld,
    },
    nowMs: clock(),
  });
  if (heard === undefined) return refusal('policy_unavailable');
  const { verdict, decisionId } = heard;
  const decision = decideWith(alone, verdict);
  return decisionId === undefined ? decision : { ...decision, policyDecisionId: decisionId };
}

async function record(
  { options, settings }: AssessorParts,
  draft: RecordDraft,
  call: RagCall,
): Promise<string | undefined> {
  const { recorder = options.recorder } = call;
  try {
    const appended = await within(settings.recordTimeoutMs, () => recorder.append([draft]));
    appended.receipts.catch(() => undefined);
    return appended.ids[0];
  } catch {
    return undefined;
  }
}

/** The result for an answer that could not be read: nothing of it is grounded. */
export async function refuseAndRecord(
  parts: AssessorParts,
  call: RagCall,
): Promise<GroundingResult> {
  const { threshold, claimThreshold } = parts.settings;
  const result: GroundingResult = {
    ...{ average: 0, status: 'ungrounded', threshold, claimThreshold, claims: [], withheld: 0 },
    scorer: { name: 'none', version: '0' },
    ...refusal('request_invalid'),
  };
  try {
    const how = { call, sourceCount: 0, disclose: parts.disclose };
    const recordId = await record(parts, draftGrounding({}, result, how), call);
    return recordId === undefined ? result : { ...result, recordId };
  } catch {
    // Only a caller without types gets here: there is no context to record it in.
    return result;
  }
}

/** Assesses, decides and records. Rejects only for input that does not parse. */
export async function assessAndRecord(
  parts: AssessorParts,
  given: GroundingInput,
  ask: { readonly call: RagCall; readonly asks: boolean },
): Promise<GroundingResult> {
  const { call } = ask;
  const input = parseInput(groundingInput, given) as GroundingInput;
  const measured = await assessAnswer(parts, input, call);
  const { sources, ...rest } = measured;
  const draftOf = (result: GroundingResult): RecordDraft =>
    draftGrounding(input, result, {
      ...{ call, sourceCount: sources.length, disclose: parts.disclose },
    });
  let result: GroundingResult = { ...rest, ...(await decide(parts, measured, ask)) };
  let draft = draftOf(result);
  if (!groundingV1.schema.safeParse(draft.body).success) {
    // An answer of a policy without a record does not count.
    result = { ...rest, ...refusal('policy_unavailable') };
    draft = draftOf(result);
  }
  const recordId = await record(parts, draft, call);
  return recordId === undefined
    ? { ...result, ...refusal('evidence_unavailable') }
    : { ...result, recordId };
}
