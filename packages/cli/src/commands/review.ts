import type { GrantBound } from '@spanforge/govern';
import type { Handler, TenantOption } from '../command.js';
import { CliError } from '../error.js';
import { EXIT } from '../io.js';
import { formatTable } from '../output/table.js';
import { toWire } from '../output/wire.js';
import { parseDuration } from './duration.js';
import { openReviews } from './reviews.js';
import { withSeenEvidence, withSeenLog } from './with-workspace.js';

/** Who acts, and why. */
export interface ReviewerArguments extends TenantOption {
  readonly reviewer: string;
  readonly note?: string;
}

/** `spanforge operator review snooze REVIEW --reviewer ID --for 2h`. */
export const reviewSnooze: Handler<ReviewerArguments & { readonly for: string }> = async (
  io,
  options,
  reviewId,
) => {
  const { reviewer, for: duration } = options;
  const forMs = parseDuration('--for', duration);
  const record = await withSeenLog(io, options, (log) =>
    openReviews(io, log).snooze({ reviewId, reviewer, forMs }),
  );
  const text = `${reviewId} put aside for ${duration} by ${reviewer}; it is still open`;
  return { exitCode: EXIT.ok, text, json: toWire({ reviewId, reviewer, record }) };
};

/** `spanforge operator review revoke ID --reviewer ID`. */
export const reviewRevoke: Handler<ReviewerArguments> = async (io, options, reviewId) => {
  const { reviewer, note } = options;
  const asked = { reviewId, reviewer, ...(note === undefined ? {} : { note }) };
  const record = await withSeenLog(io, options, (log) => openReviews(io, log).revoke(asked));
  const text = `${reviewId} taken back by ${reviewer}, record ${record.id} at ${record.index}`;
  return { exitCode: EXIT.ok, text, json: toWire({ reviewId, reviewer, record }) };
};

/** `spanforge operator review escalate`: takes the steps that are due. */
export const reviewEscalate: Handler<TenantOption> = async (io, options) => {
  const escalated = await withSeenLog(io, options, (log) => openReviews(io, log).escalate());
  const lines = escalated.map(({ reviewId, role }) => `${reviewId} escalated to ${role}`);
  const text = lines.length === 0 ? 'nothing is due' : lines.join('\n');
  return { exitCode: EXIT.ok, text, json: toWire({ escalated }) };
};

const BOUND = /^([^<>=\s]+)(<=|>=|=|\?)(.*)$/;

function literalOf(text: string): string | number | boolean | null {
  try {
    const value: unknown = JSON.parse(text);
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value))
      return value as string;
  } catch {
    // Not JSON, so it is taken as text.
  }
  return text;
}

function boundOf(text: string): GrantBound {
  const [, path = '', operator = '', value = ''] = BOUND.exec(text) ?? [];
  const number = Number(value);
  const ranged = value !== '' && Number.isFinite(number);
  if (operator === '<=' && ranged) return { path, max: number };
  if (operator === '>=' && ranged) return { path, min: number };
  if (operator === '=' && value === '*') return { path, any: true };
  if (operator === '=' && value !== '') return { path, oneOf: value.split('|').map(literalOf) };
  throw new CliError(
    'CLI_USAGE',
    '--bound: expected such as amount<=1000, amount>=1, currency=EUR|USD or memo=*',
  );
}

/** Joins several bounds of one path: `amount>=1` and `amount<=1000`. */
function joinBounds(texts: readonly string[]): readonly GrantBound[] {
  const byPath = new Map<string, GrantBound>();
  for (const bound of texts.map(boundOf)) {
    byPath.set(bound.path, { ...byPath.get(bound.path), ...bound });
  }
  return [...byPath.values()];
}

/** Options of a grant. */
export interface GrantArguments extends ReviewerArguments {
  readonly bound?: readonly string[];
  readonly uses: string;
  readonly for: string;
}

/** `spanforge operator review grant REVIEW --reviewer ID --bound B --uses N --for 1h`. */
export const reviewGrant: Handler<GrantArguments> = async (io, options, reviewId) => {
  const { reviewer, note, bound = [], uses, for: duration } = options;
  const asked = {
    ...{ reviewId, reviewer, bounds: joinBounds(bound), maxUses: Number(uses) },
    ttlMs: parseDuration('--for', duration),
    ...(note === undefined ? {} : { note }),
  };
  const given = await withSeenLog(io, options, (log) => openReviews(io, log).grant(asked));
  const { grantId, receipt: record } = given;
  const text = `grant ${grantId}: calls like ${reviewId}, at most ${uses}, for ${duration}`;
  return { exitCode: EXIT.ok, text, json: toWire({ grantId, reviewId, reviewer, record }) };
};

const COLUMNS = ['grant', 'state', 'tool', 'run', 'uses', 'until', 'by'].map((title) => ({
  title,
}));

/** `spanforge operator review grants`: every grant, oldest first. */
export const reviewGrants: Handler<TenantOption> = async (io, options) => {
  const grants = await withSeenEvidence(io, options, (log) => openReviews(io, log).grants());
  const rows = grants.map((one) => [
    ...[one.grantId, one.state, one.tool, one.context.run],
    ...[`${one.uses} of ${one.maxUses}`, one.expiresAt, one.reviewer],
  ]);
  const text = rows.length === 0 ? 'no grants' : formatTable(COLUMNS, rows);
  return { exitCode: EXIT.ok, text, json: toWire({ grants }) };
};
