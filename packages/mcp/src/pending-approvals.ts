import type { CallContext, GovernorParts, Reviews } from '@spanforge/govern';
import { isPlainObject, sortedJson } from './plain.js';

/** How a repeated call finds the decision about it: by its review, or by its first id. */
export interface PendingApproval {
  readonly reviewId: string;
  /** Set if the call ran and its result is held; it must not run again. */
  readonly callId?: string;
}

/** Held calls that can be made again. Only a hint: govern checks whether an approval fits the call. */
export interface PendingApprovals {
  find(tool: string, args: unknown): Promise<PendingApproval | undefined>;
  remember(tool: string, args: unknown, approval: PendingApproval): void;
  forget(tool: string, args: unknown): void;
}

type CallerIdentity = Pick<CallContext, 'tenant' | 'agent' | 'actor'>;

/** Nothing for arguments that are nested too deeply: govern refuses them. */
function keyOf(tool: string, args: unknown): string | undefined {
  try {
    return sortedJson([tool, args]);
  } catch {
    return undefined;
  }
}

/** The arguments that a review is about; `undefined` if they cannot be read. */
async function boundArgs(log: GovernorParts['log'], index: number): Promise<unknown> {
  for (const { encoded } of await log.disclosures(index)) {
    try {
      const parts = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'));
      if (parts[1] !== 'binding' || !isPlainObject(parts[2])) continue;
      // A review of a result is about a call that ran: it approves no other one.
      return Object.hasOwn(parts[2], 'result') ? undefined : parts[2].args;
    } catch {
      // Not a disclosure of this kind: some other review will have one.
    }
  }
  return undefined;
}

/**
 * Creates the memory of held calls. At its first use it finds open reviews in the log, so that
 * approvals survive a restart.
 */
export function createPendingApprovals(
  log: GovernorParts['log'],
  reviews: Reviews,
  caller: CallerIdentity,
): PendingApprovals {
  const known = new Map<string, PendingApproval>();
  let loading: Promise<void> | undefined;

  function remember(tool: string, args: unknown, approval: PendingApproval): void {
    const key = keyOf(tool, args);
    if (key !== undefined) known.set(key, approval);
  }

  async function load(): Promise<void> {
    const listed = await reviews.list({ tenant: caller.tenant });
    const open = listed.filter(
      ({ state, context, declassify }) =>
        (state === 'approved' || state === 'pending') &&
        declassify === undefined &&
        context.agent === caller.agent &&
        context.actor === caller.actor,
    );
    for (const { reviewId, tool, index } of open) {
      const args = await boundArgs(log, index);
      if (args !== undefined) remember(tool, args, { reviewId });
    }
  }

  return {
    async find(tool, args) {
      // A log that cannot be read gives no hint, and no approval either.
      loading ??= load().catch(() => undefined);
      await loading;
      return known.get(keyOf(tool, args) ?? '');
    },
    remember,
    forget: (tool, args) => known.delete(keyOf(tool, args) ?? ''),
  };
}
