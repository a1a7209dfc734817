import { type EvidenceReader, joinObligations, type Obligation } from '@spanforge/core-events';
import type { DecidedCall } from '../model/open-call.js';
import { reviewDemandOf } from '../model/review-demand.js';
import { isWithinGrant } from '../reviews/grant-bounds.js';
import type { GrantValue } from '../reviews/grants.js';
import { readBound } from '../reviews/read-binding.js';
import { mayDecide } from '../reviews/reviewers.js';
import type { ReviewGrant } from '../reviews/standing.js';
import type { RedeemParts, Redemption } from './redemption.js';

/** The grant, when it covers the call. A grant whose bounds were erased covers none. */
async function covers(log: EvidenceReader, grant: ReviewGrant, { call }: DecidedCall) {
  const { index, binding: digest } = grant;
  const value = (await readBound(log, { index, digest, name: 'grant' }).catch(() => undefined)) as
    | GrantValue
    | undefined;
  if (value === undefined) return undefined;
  const { tenant, project, env, run, agent, actor } = call.context;
  const own: Readonly<Record<string, string>> = { tenant, project, env, run, agent, actor };
  const same = Object.entries(own).every(([name, is]) => value[name as keyof GrantValue] === is);
  if (!same || value.tool !== call.tool) return undefined;
  if (!call.labels.every((label) => grant.labels.includes(label))) return undefined;
  return isWithinGrant(value.args, call.args, value.bounds) ? grant : undefined;
}

/** True while the one reviewer of a grant still satisfies the review demand. */
async function isEnough(
  { reviewers, reviewDemand }: RedeemParts,
  { call, combined }: DecidedCall,
  { reviewer, roles }: ReviewGrant,
): Promise<boolean> {
  const demand = reviewDemandOf(reviewDemand, call, combined.askedBy);
  const { tenant, actor: requester, agent } = call.context;
  const required = demand.quorum ?? 1;
  const question = { tenant, requester, agent, reviewers: [reviewer], required };
  for (const needed of [roles, ...(demand.roles ? [demand.roles] : [])]) {
    if (!(await mayDecide(reviewers, { ...question, roles: needed })).eligible) return false;
  }
  return true;
}

/** Looks for a grant that covers a call. Using it is a claim for one of its uses. */
export async function redeemGrant(
  parts: RedeemParts,
  decided: DecidedCall,
  grants: readonly ReviewGrant[],
): Promise<Redemption | undefined> {
  for (const grant of grants) {
    if (!(await covers(parts.log, grant, decided))) continue;
    if (!(await isEnough(parts, decided, grant))) continue;
    const { grantId: reviewId, binding, uses } = grant;
    const { outcome, obligations } = decided.combined.decision;
    const then: readonly Obligation[] = grant.obligations;
    return {
      kind: 'approved',
      decision: {
        outcome,
        obligations: joinObligations(then, obligations),
        reason: 'A reviewer approved calls like this one.',
        reasonCode: 'granted',
      },
      approval: { reviewId, binding, use: uses + 1 },
    };
  }
  return undefined;
}
