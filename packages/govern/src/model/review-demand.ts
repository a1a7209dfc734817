import { z } from 'zod';
import { GovernError } from '../error.js';
import type { GovernedCall } from './call.js';

/** What a review demands. By default: one approval, by anybody but the requester. */
export interface ReviewDemand {
  /** How many distinct people have to approve; 1 when absent. */
  readonly quorum?: number;
  /** Who may decide: people with any of these roles; anybody but the requester when absent. */
  readonly roles?: readonly string[];
  /** Further roles that may decide when the review is still open this long after the request. */
  readonly escalation?: readonly { readonly afterMs: number; readonly role: string }[];
  /** How long the review, and its approval, is valid; the governor's when absent. */
  readonly ttlMs?: number;
}

/** Returns what the review of a call demands; undefined for the default. */
export type ReviewDemandFor = (asked: {
  readonly call: GovernedCall;
  /** The rules, or the controls, that ask for a person. */
  readonly rules: readonly string[];
}) => ReviewDemand | undefined;

const role = z.string().min(1).max(512);
const schema = z
  .strictObject({
    quorum: z.number().int().min(1).max(64).optional(),
    roles: z.array(role).min(1).max(64).optional(),
    escalation: z
      .array(z.strictObject({ afterMs: z.number().int().min(0), role }))
      .max(16)
      .optional(),
    ttlMs: z.number().positive().max(31_536_000_000).optional(),
  })
  .refine(({ escalation, roles }) => !escalation?.length || roles !== undefined, {
    path: ['roles'],
    message: 'an escalation needs roles to escalate from',
  });

/** @throws {GovernError} `GOVERN_OPTIONS_INVALID` when the host's function answers something else. */
export function reviewDemandOf(
  demandFor: ReviewDemandFor | undefined,
  call: GovernedCall,
  rules: readonly string[],
): ReviewDemand {
  const parsed = schema.safeParse(demandFor?.({ call, rules }) ?? {});
  if (parsed.success) return parsed.data as ReviewDemand;
  const path = ['$.reviewDemand', ...(parsed.error.issues[0]?.path ?? [])].map(String).join('.');
  throw new GovernError('GOVERN_OPTIONS_INVALID', `${path}: invalid review demand`, {
    details: { path },
  });
}
