import type { EvidenceLog } from '@spanforge/core-events/log';
import { createReviews, type Review, type ReviewFilter, type Reviews } from '@spanforge/govern';
import { CliError } from '../error.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { escapeText, toJsonLine } from '../output/escape.js';
import { toWire } from '../output/wire.js';

const POLL_MS = 500;

/** Reviews that are new, or whose state has changed since they were last seen. */
export function newsOf(
  reviews: readonly Review[],
  seen: Map<string, Review['queueState']>,
): readonly Review[] {
  const news = reviews.filter(({ reviewId, queueState }) => seen.get(reviewId) !== queueState);
  for (const { reviewId, queueState } of news) seen.set(reviewId, queueState);
  return news;
}

const lineOf = ({ reviewId, queueState, tool, context, reason }: Review): string =>
  `${reviewId}  ${queueState}  ${tool}  ${context.traceId}  for ${context.actor}  ${reason}`;

/** Reviews that are no longer listed: a watch of pending reviews also shows how each ended. */
async function goneFrom(
  reviews: Pick<Reviews, 'get'>,
  listed: readonly Review[],
  seen: Map<string, Review['queueState']>,
): Promise<readonly Review[]> {
  const here = new Set(listed.map(({ reviewId }) => reviewId));
  const left = [...seen.keys()].filter((reviewId) => !here.has(reviewId));
  const gone: Review[] = [];
  for (const reviewId of left) {
    seen.delete(reviewId);
    const review = await reviews.get(reviewId);
    if (review !== undefined) gone.push(review);
  }
  return gone;
}

/**
 * Prints each review when it is held and when it is decided, a line each (with `--json` an object
 * each), until the process is stopped. Also takes escalations that are due.
 */
export async function watchReviews(
  io: CommandIo,
  log: EvidenceLog,
  { json, ...filter }: ReviewFilter & { readonly json: boolean },
): Promise<CommandResult> {
  const { live } = io;
  if (live === undefined) throw new CliError('CLI_USAGE', '--watch needs a process of its own');
  const reviews = createReviews({ log });
  const seen = new Map<string, Review['queueState']>();
  let stopped = false;
  const stop = new Promise<void>((resolve) => {
    live.onStop(() => {
      stopped = true;
      resolve();
    });
  });
  while (!stopped) {
    await reviews.escalate();
    const listed = await reviews.list(filter);
    const gone = await goneFrom(reviews, listed, seen);
    for (const review of [...gone, ...newsOf(listed, seen)]) {
      const line = json ? toJsonLine(toWire(review)) : escapeText(lineOf(review));
      io.stdout.write(`${line}\n`);
    }
    const rest = new Promise<void>((resolve) => setTimeout(resolve, POLL_MS));
    await Promise.race([stop, rest]);
  }
  return { exitCode: EXIT.ok, text: '', json: undefined, silent: true };
}
