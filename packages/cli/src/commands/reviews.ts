import { createReviews, type Review } from '@spanforge/govern';
import type { Handler, StateOption } from '../command.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { formatTable } from '../output/table.js';
import { toWire } from '../output/wire.js';
import { showReview } from './show-review.js';
import { withWorkspace } from './with-workspace.js';

const COLUMNS = ['review', 'state', 'tool', 'trace', 'for', 'reason'].map((title) => ({ title }));

function rowOf({ reviewId, state, tool, context, reason }: Review): readonly string[] {
  return [reviewId, state, tool, context.traceId, context.actor, reason];
}

/** `spanforge operator reviews [REVIEW]`: all, oldest first, or one in full. */
export async function operatorReviews(
  io: CommandIo,
  { state }: StateOption,
  reviewId: string,
): Promise<CommandResult> {
  if (reviewId !== '') return showReview(io, state === undefined ? {} : { state }, reviewId);
  const reviews = await withWorkspace(io, state, ({ log }) => createReviews({ log }).list());
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
