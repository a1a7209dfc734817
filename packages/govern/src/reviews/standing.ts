import type { EvidenceContext, Obligation } from '@spanforge/core-events';
import { type GrantEntry, type ReviewBook, type ReviewEntry, tallyOf } from './review-book.js';
import { hasLapsed, hasPassed, isAhead } from './review-state.js';

/** A reviewer's leave to run calls like a reviewed one without being asked again. */
export interface ReviewGrant {
  readonly grantId: string;
  /** `in_force`, or why it no longer is. */
  readonly state: 'in_force' | 'used_up' | 'expired' | 'revoked';
  readonly fromReview: string;
  readonly reviewer: string;
  readonly tool: string;
  /** Whose calls, and in which run. */
  readonly context: EvidenceContext;
  readonly rules: readonly string[];
  readonly labels: readonly string[];
  readonly roles: readonly string[];
  readonly obligations: readonly Obligation[];
  readonly maxUses: number;
  readonly uses: number;
  /** Ids of the calls that used it, oldest first. */
  readonly usedBy: readonly string[];
  /** RFC 3339. */
  readonly grantedAt: string;
  /** RFC 3339. */
  readonly expiresAt: string;
  readonly revokedBy?: string;
  readonly note?: string;
  /** Digest of the disclosure `grant`, which holds the bounds. */
  readonly binding: string;
  readonly index: number;
}

function grantState(entry: GrantEntry, nowMs: number): ReviewGrant['state'] {
  const { grant, grantedAt, usedBy, revokedBy } = entry;
  if (revokedBy !== undefined) return 'revoked';
  if (usedBy.length >= grant.maxUses) return 'used_up';
  const isOver = hasLapsed(entry, hasPassed(grant.expiresAt, nowMs)) || isAhead(grantedAt, nowMs);
  return isOver ? 'expired' : 'in_force';
}

/** Where one grant stands at a given time. */
export function readGrant(entry: GrantEntry, nowMs: number): ReviewGrant {
  const { grant, context, index, grantedAt, usedBy, revokedBy } = entry;
  const { reviewId, fromReview, reviewer, tool, rules, maxUses, expiresAt, binding, note } = grant;
  return {
    grantId: reviewId,
    state: grantState(entry, nowMs),
    ...{ fromReview, reviewer, tool, context, rules },
    labels: grant.labels ?? [],
    roles: grant.roles ?? [],
    obligations: (grant.obligations ?? []) as readonly Obligation[],
    ...{ maxUses, uses: usedBy.length, usedBy: [...usedBy], grantedAt, expiresAt },
    ...(revokedBy === undefined ? {} : { revokedBy }),
    ...(note === undefined ? {} : { note }),
    ...{ binding, index },
  };
}

/** The call for which a wide rejection or a grant is looked up. */
export interface StandingQuestion {
  readonly context: Pick<EvidenceContext, 'tenant' | 'run' | 'agent' | 'actor'>;
  readonly tool: string;
  /** The rules that ask for a person now. */
  readonly rules: readonly string[];
}

/** A rejection that stands for later calls too. */
export interface WideRejection {
  readonly reviewId: string;
  readonly scope: 'rule' | 'agent';
  readonly reviewer: string;
}

function rejectionOf(entry: ReviewEntry, nowMs: number): WideRejection | undefined {
  const result = tallyOf(entry);
  if (result.kind !== 'rejected' || entry.revokedBy !== undefined) return undefined;
  const { scope, reviewer, expiresAt } = result.by;
  if (hasPassed(expiresAt, nowMs) || (scope !== 'rule' && scope !== 'agent')) return undefined;
  return { reviewId: entry.request.reviewId, scope, reviewer };
}

/** A rejection of this agent, or of a rule that asks now for the rest of this run. */
export function findRejection(
  { wideRejections }: ReviewBook,
  { context, rules }: StandingQuestion,
  nowMs: number,
): WideRejection | undefined {
  for (const entry of wideRejections) {
    const { tenant, run, agent } = entry.context;
    if (tenant !== context.tenant) continue;
    const found = rejectionOf(entry, nowMs);
    if (found?.scope === 'agent' && agent === context.agent) return found;
    if (found?.scope !== 'rule' || run !== context.run) continue;
    const rejected = entry.votes.find(({ resolution }) => resolution === 'rejected')?.rules ?? [];
    if (rules.some((rule) => rejected.includes(rule))) return found;
  }
  return undefined;
}

/** Grants in force for this tool, run, agent and actor that cover every rule that asks for a person. */
export function findGrants(
  { grants }: ReviewBook,
  { context, tool, rules }: StandingQuestion,
  nowMs: number,
): readonly ReviewGrant[] {
  if (grants.size === 0 || rules.length === 0) return [];
  return [...grants.values()]
    .filter(({ grant, context: { tenant, run, agent, actor } }) => {
      const same = tenant === context.tenant && run === context.run && agent === context.agent;
      return same && actor === context.actor && grant.tool === tool;
    })
    .map((entry) => readGrant(entry, nowMs))
    .filter(({ state, rules: answered }) => {
      return state === 'in_force' && rules.every((rule) => answered.includes(rule));
    });
}
