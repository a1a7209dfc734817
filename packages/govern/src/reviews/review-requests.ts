import { z } from 'zod';
import { throwInvalidReview } from './review-errors.js';
import type { RejectionScope } from './review-votes.js';

const id = z
  .string()
  .min(1)
  .max(512)
  .refine((text) => text.isWellFormed(), 'not well-formed Unicode');
const note = z
  .string()
  .max(4096)
  .refine((text) => text.isWellFormed(), 'not well-formed Unicode')
  .optional();
const ttlMs = z.number().positive().max(31_536_000_000).optional();

const resolution = z
  .strictObject({
    reviewId: id,
    resolution: z.enum(['approved', 'rejected']),
    reviewer: id,
    note,
    args: z.unknown().optional(),
    approves: z.string().min(1).optional(),
    scope: z.enum(['call', 'rule', 'agent']).optional(),
    ttlMs,
  })
  .refine((asked) => asked.resolution === 'approved' || !Object.hasOwn(asked, 'args'), {
    path: ['args'],
  })
  .refine(({ resolution: what, scope }) => what === 'rejected' || scope === undefined, {
    path: ['scope'],
  });

/** A person's decision. `reviewer` comes from a verified token or the host, never from a form. */
export interface ReviewResolution {
  readonly reviewId: string;
  readonly resolution: 'approved' | 'rejected';
  readonly reviewer: string;
  /** At most 4096 characters; part of the record itself. */
  readonly note?: string;
  /** Edited arguments: the call is approved with exactly these. */
  readonly args?: unknown;
  /** Digest of what is approved; required once another reviewer has edited the arguments. */
  readonly approves?: string;
  /** How far a rejection goes; `call` when absent. */
  readonly scope?: RejectionScope;
  /** How long an approval, or a rejection that goes further than the call, stands. */
  readonly ttlMs?: number;
}

/** @throws {GovernError} `GOVERN_REVIEW_INVALID`. */
export function parseResolution(asked: ReviewResolution): ReviewResolution {
  const parsed = resolution.safeParse(asked);
  if (parsed.success) return asked;
  return throwInvalidReview('resolution of a review', parsed.error.issues[0]?.path);
}

/** Puts a review aside until a time. It stays open, and its expiry does not change. */
export interface ReviewSnooze {
  readonly reviewId: string;
  readonly reviewer: string;
  readonly forMs: number;
}

const snooze = z.strictObject({
  reviewId: id,
  reviewer: id,
  forMs: z.number().positive().max(31_536_000_000),
});

/** @throws {GovernError} `GOVERN_REVIEW_INVALID`. */
export function parseSnooze(asked: ReviewSnooze): ReviewSnooze {
  const parsed = snooze.safeParse(asked);
  return parsed.success ? asked : throwInvalidReview('snooze', parsed.error.issues[0]?.path);
}

/** Takes back an approval nobody has used, a grant, or a rejection that goes further than its call. */
export interface ReviewRevocation {
  /** Of the review, or of the grant. */
  readonly reviewId: string;
  readonly reviewer: string;
  readonly note?: string;
}

const revocation = z.strictObject({ reviewId: id, reviewer: id, note });

/** @throws {GovernError} `GOVERN_REVIEW_INVALID`. */
export function parseRevocation(asked: ReviewRevocation): ReviewRevocation {
  const parsed = revocation.safeParse(asked);
  return parsed.success ? asked : throwInvalidReview('revocation', parsed.error.issues[0]?.path);
}
