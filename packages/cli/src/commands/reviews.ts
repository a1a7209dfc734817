import { createReviews, type Review } from '@spanforge/govern';
import type { CommonOptions, Handler, StateOption } from '../command.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { formatTable } from '../output/table.js';
import { toWire } from '../output/wire.js';
import { showReview } from './show-review.js';
import { watchReviews } from './watch-reviews.js';
import { withWorkspace } from './with-workspace.js';

const COLUMNS = ['review', 'state', 'tool', 'trace', 'for', 'reason'].map((title) => ({ title }));

function rowOf({ reviewId, state, tool, context, reason }: Review): readonly string[] {
  return [reviewId, state, tool, context.traceId, context.actor, reason];
}

/** What `spanforge operator reviews` is told. */
export interface ReviewsArguments extends StateOption, CommonOptions {
  readonly pending?: boolean;
  readonly watch?: boolean;
}

/** `spanforge operator reviews [REVIEW]`: all or those pending, oldest first, or one in full. */
export async function operatorReviews(
  io: CommandIo,
  { state, pending, watch, json = false }: ReviewsArguments,
  reviewId: string,
): Promise<CommandResult> {
  const filter = pending ? ({ state: 'pending' } as const) : {};
  if (reviewId !== '') return showReview(io, state === undefined ? {} : { state }, reviewId);
  if (watch)
    return withWorkspace(io, state, ({ log }) => watchReviews(io, log, { ...filter, json }));
  const reviews = await withWorkspace(io, state, ({ log }) => createReviews({ log }).list(filter));
  return {
    exitCode: EXIT.ok,
    text: reviews.length === 0 ? 'no reviews' : formatTable(COLUMNS, reviews.map(rowOf)),
    json: toWire({ reviews }),
  };
}

/** What a reviewer says. */
export interface ResolveArguments extends StateOption {
  readonly reviewer: string;
  readonly note?: string;
}

function resolver(resolution: 'approved' | 'rejected'): Handler<ResolveArguments> {
  return async (io, { state, reviewer, note }, reviewId) => {
    const asked = { reviewId, resolution, reviewer, ...(note === undefined ? {} : { note }) };
    const source = `spanforge-cli@${io.version}`;
    const receipt = await withWorkspace(io, state, ({ log }) =>
      createReviews({ log, source }).resolve(asked),
    );
    return {
      exitCode: EXIT.ok,
      text: `${reviewId} ${resolution} by ${reviewer}, record ${receipt.id} at ${receipt.index}`,
      json: toWire({ reviewId, resolution, reviewer, record: receipt }),
    };
  };
}

/** `spanforge operator approve REVIEW --reviewer ID`. */
export const operatorApprove = resolver('approved');

/** `spanforge operator reject REVIEW --reviewer ID`. */
export const operatorReject = resolver('rejected');
