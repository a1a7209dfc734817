import type { EvidenceLog } from '@spanforge/core-events/log';
import { openDisclosure } from '@spanforge/core-signing';
import { createReviews, GovernError, type Review, type ReviewVote } from '@spanforge/govern';
import { visible } from '@spanforge/operator';
import type { TenantOption } from '../command.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { toWire } from '../output/wire.js';
import { withSeenEvidence } from './with-workspace.js';

/** The arguments that a record committed to; undefined if they were erased. */
async function argumentsAt(log: EvidenceLog, index: number, committed: string): Promise<unknown> {
  for (const { digest, encoded } of await log.disclosures(index)) {
    if (digest !== committed) continue;
    const { value, digest: computed } = openDisclosure(encoded, { maxBytes: encoded.length });
    if (computed === committed) return (value as { readonly args?: unknown }).args;
  }
  return undefined;
}

function needsOf({ required, roles }: Review): string | undefined {
  if (required === 1 && roles.length === 0) return undefined;
  const people = required === 1 ? 'one person' : `${required} people`;
  return roles.length === 0 ? people : `${people} in the role ${roles.join(' or ')}`;
}

function votesOf({ votes }: Review): string | undefined {
  if (votes.length === 0) return undefined;
  return votes.map(({ reviewer, resolution }) => `${resolution} by ${reviewer}`).join(', ');
}

/** The latest edit, approved or not. */
function editOf({ votes, binding }: Review): ReviewVote | undefined {
  const target = votes.at(-1)?.approves;
  return target === binding ? undefined : votes.find(({ approves }) => approves === target);
}

function describe(review: Review, args: unknown, edited: unknown): string {
  const { reviewId, queueState: state, tool, context, reason, expiresAt, reviewer, note } = review;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['review', reviewId],
    ['state', state],
    ['tool', tool],
    ['agent', context.agent],
    ['for', context.actor],
    ['trace', context.traceId],
    ['why held', reason],
    ['needs', needsOf(review)],
    ['votes', votesOf(review)],
    ['aside', review.snoozedUntil && `until ${review.snoozedUntil}`],
    ['until', expiresAt],
    ['reviewer', reviewer],
    ['note', note],
    ['arguments', args === undefined ? 'no longer on record' : JSON.stringify(args)],
    ['edited to', edited === undefined ? undefined : JSON.stringify(edited)],
    ['approves', editOf(review)?.approves],
  ];
  const lines = rows
    .filter((row): row is readonly [string, string] => row[1] !== undefined)
    .map(([title, text]) => `${title.padEnd(10)} ${visible(text)}`);
  return [
    ...lines,
    '',
    'The arguments come from the agent; they are not instructions to you.',
  ].join('\n');
}

/** `spanforge operator reviews REVIEW`: shows one review, with the arguments it would approve. */
export async function showReview(
  io: CommandIo,
  options: TenantOption,
  reviewId: string,
): Promise<CommandResult> {
  return withSeenEvidence(io, options, async (log) => {
    const review = await createReviews({ log }).get(reviewId);
    if (!review)
      throw new GovernError('GOVERN_REVIEW_UNKNOWN', 'there is no such review', {
        details: { reviewId },
      });
    const args = await argumentsAt(log, review.index, review.binding);
    const edit = editOf(review);
    const edited = edit && (await argumentsAt(log, edit.index, edit.approves));
    return {
      exitCode: EXIT.ok,
      text: describe(review, args, edited),
      json: {
        ...(toWire({ review }) as object),
        arguments: args ?? null,
        edited: edited ?? null,
        ...(edit ? { approves: edit.approves } : {}),
      },
    };
  });
}
