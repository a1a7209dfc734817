import { systemClock } from '@spanforge/core-events';
import type { EvidenceLog } from '@spanforge/core-events/log';
import {
  createReviews,
  type RejectionScope,
  type Review,
  type ReviewStatistics,
  type Reviews,
} from '@spanforge/govern';
import { createRbac } from '@spanforge/rbac';
import type { CommonOptions, Handler, TenantOption } from '../command.js';
import { CliError } from '../error.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { formatTable } from '../output/table.js';
import { toWire } from '../output/wire.js';
import { parseDuration } from './duration.js';
import { showReview } from './show-review.js';
import { watchReviews } from './watch-reviews.js';
import { withSeenEvidence, withSeenLog } from './with-workspace.js';

const COLUMNS = ['review', 'state', 'tool', 'trace', 'for', 'reason'].map((title) => ({ title }));

function rowOf({ reviewId, queueState, tool, context, reason }: Review): readonly string[] {
  return [reviewId, queueState, tool, context.traceId, context.actor, reason];
}

/** The reviews of a workspace; the roles in its log say who may decide. */
export function openReviews(io: CommandIo, log: EvidenceLog): Reviews {
  const reviewers = createRbac({ recorder: log, reader: log }).reviewers();
  return createReviews({ log, source: `spanforge-cli@${io.version}`, reviewers });
}

/** Options of `spanforge operator reviews`. */
export interface ReviewsArguments extends TenantOption, CommonOptions {
  readonly pending?: boolean;
  readonly all?: boolean;
  readonly watch?: boolean;
  readonly statistics?: boolean;
}

const isAside = ({ snoozedUntil }: Review): boolean =>
  snoozedUntil !== undefined && Date.parse(snoozedUntil) > systemClock();

const seconds = (ms: number | undefined): string =>
  ms === undefined ? '-' : `${(ms / 1000).toFixed(1)} s`;

function describeStatistics(all: ReviewStatistics): string {
  const states = Object.entries(all.byState)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`);
  const { quickApprovals, approvals, quickApprovalShare = 0 } = all;
  return [
    `reviews           ${states.length === 0 ? 'none' : states.join(', ')}`,
    `waiting           oldest ${seconds(all.oldestAgeMs)}, median ${seconds(all.medianAgeMs)}`,
    `time to decision  p50 ${seconds(all.timeToDecisionP50Ms)}, p95 ${seconds(all.timeToDecisionP95Ms)}`,
    `under 3 seconds   ${quickApprovals} of ${approvals} approvals (${(100 * quickApprovalShare).toFixed(0)} %)`,
  ].join('\n');
}

/** `spanforge operator reviews [REVIEW]`: all or those pending, oldest first, or one in full. */
export async function operatorReviews(
  io: CommandIo,
  options: ReviewsArguments,
  reviewId: string,
): Promise<CommandResult> {
  const { pending, all, watch, statistics, json = false } = options;
  if (pending && all) throw new CliError('CLI_USAGE', '--pending and --all exclude each other');
  const filter = pending ? ({ state: 'pending' } as const) : {};
  if (reviewId !== '') return showReview(io, options, reviewId);
  if (watch) {
    return withSeenEvidence(io, options, (log) => watchReviews(io, log, { ...filter, json }));
  }
  if (statistics) {
    const found = await withSeenEvidence(io, options, (log) => createReviews({ log }).statistics());
    return {
      exitCode: EXIT.ok,
      text: describeStatistics(found),
      json: toWire({ statistics: found }),
    };
  }
  const found = await withSeenEvidence(io, options, (log) => createReviews({ log }).list(filter));
  const reviews = pending ? found.filter((review) => !isAside(review)) : found;
  return {
    exitCode: EXIT.ok,
    text: reviews.length === 0 ? 'no reviews' : formatTable(COLUMNS, reviews.map(rowOf)),
    json: toWire({ reviews }),
  };
}

/** Options of a reviewer's decision. */
export interface ResolveArguments extends TenantOption {
  readonly reviewer: string;
  readonly note?: string;
  readonly args?: string;
  readonly approves?: string;
  readonly scope?: string;
  readonly for?: string;
}

const SCOPES: readonly string[] = ['call', 'rule', 'agent'];

function scopeOf(scope: string | undefined): { readonly scope?: RejectionScope } {
  if (scope === undefined) return {};
  if (SCOPES.includes(scope)) return { scope: scope as RejectionScope };
  throw new CliError('CLI_USAGE', `--scope: expected ${SCOPES.join(', ')}`);
}

/** Parses JSON from the command line. @throws {CliError} `CLI_USAGE`. */
function jsonOf(option: string, text: string | undefined): { readonly args?: unknown } {
  if (text === undefined) return {};
  try {
    return { args: JSON.parse(text) };
  } catch (cause) {
    throw new CliError('CLI_USAGE', `${option}: expected JSON`, { cause });
  }
}

function resolver(resolution: 'approved' | 'rejected'): Handler<ResolveArguments> {
  return async (io, options, reviewId) => {
    const { reviewer, note, args, approves, scope, for: duration } = options;
    const asked = {
      ...{ reviewId, resolution, reviewer },
      ...(note === undefined ? {} : { note }),
      ...jsonOf('--args', args),
      ...(approves === undefined ? {} : { approves }),
      ...scopeOf(scope),
      ...(duration === undefined ? {} : { ttlMs: parseDuration('--for', duration) }),
    };
    const { receipt, review } = await withSeenLog(io, options, async (log) => {
      const reviews = openReviews(io, log);
      const recorded = await reviews.resolve(asked);
      return { receipt: recorded, review: await reviews.get(reviewId) };
    });
    const queueState = review?.queueState;
    const open = review?.state === 'pending';
    const more = open ? `; ${review.required} have to approve` : '';
    return {
      exitCode: EXIT.ok,
      text: `${reviewId} ${resolution} by ${reviewer}, record ${receipt.id} at ${receipt.index}${more}`,
      json: toWire({ reviewId, resolution, reviewer, record: receipt, queueState }),
    };
  };
}

/** `spanforge operator approve REVIEW --reviewer ID`. */
export const operatorApprove = resolver('approved');

/** `spanforge operator reject REVIEW --reviewer ID`. */
export const operatorReject = resolver('rejected');
