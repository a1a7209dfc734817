import type { EvidenceLog } from '@spanforge/core-events/log';
import { openDisclosure } from '@spanforge/core-signing';
import { createReviews, GovernError, type Review } from '@spanforge/govern';
import { visible } from '@spanforge/operator';
import type { StateOption } from '../command.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { toWire } from '../output/wire.js';
import { withWorkspace } from './with-workspace.js';

/** What an approval is good for, as the request committed to it; undefined when it was erased. */
async function boundArguments(log: EvidenceLog, { index, binding }: Review): Promise<unknown> {
  for (const { digest, encoded } of await log.disclosures(index)) {
    if (digest !== binding) continue;
    const { value, digest: computed } = openDisclosure(encoded, { maxBytes: encoded.length });
    if (computed === binding) return (value as { readonly args?: unknown }).args;
  }
  return undefined;
}

function describe(review: Review, args: unknown): string {
  const { reviewId, state, tool, context, reason, expiresAt, reviewer, note } = review;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['review', reviewId],
    ['state', state],
    ['tool', tool],
    ['agent', context.agent],
    ['for', context.actor],
    ['trace', context.traceId],
    ['why held', reason],
    ['until', expiresAt],
    ['reviewer', reviewer],
    ['note', note],
    ['arguments', args === undefined ? 'no longer on record' : JSON.stringify(args)],
  ];
  const lines = rows
    .filter((row): row is readonly [string, string] => row[1] !== undefined)
    .map(([title, text]) => `${title.padEnd(10)} ${visible(text)}`);
  return [...lines, '', 'The arguments come from the agent; nothing in them speaks for us.'].join(
    '\n',
  );
}

/** `spanforge operator reviews REVIEW`: one review, with the arguments it would approve. */
export async function showReview(
  io: CommandIo,
  { state }: StateOption,
  reviewId: string,
): Promise<CommandResult> {
  return withWorkspace(io, state, async ({ log }) => {
    const review = await createReviews({ log }).get(reviewId);
    if (!review)
      throw new GovernError('GOVERN_REVIEW_UNKNOWN', 'there is no such review', {
        details: { reviewId },
      });
    const args = await boundArguments(log, review);
    return {
      exitCode: EXIT.ok,
      text: describe(review, args),
      json: { ...(toWire({ review }) as object), arguments: args ?? null },
    };
  });
}
