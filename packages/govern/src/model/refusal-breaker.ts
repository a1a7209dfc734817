import type { Clock } from '@spanforge/core-events';
import { canonicalize, sha256, toHex } from '@spanforge/core-signing';
import { blockDecision } from './combined-decision.js';
import type { OpenCall } from './open-call.js';
import type { RefusalLimits } from './refusal-limits.js';

/** Counts refusals of identical calls: the same tool and arguments, by the same agent in one run. */
export interface RefusalBreaker {
  /** True while this call is refused without asking. */
  isOpen(open: OpenCall): boolean;
  /** Notes that a control refused this call. */
  note(open: OpenCall, reasonCode: string): void;
}

/** The decision about a call that was refused too often. */
export const REPEATED = blockDecision(
  'repeated_refusal',
  'This very call was refused several times; it is not asked about again for a while.',
);

/** Reasons that say nothing about the call itself, such as a store that did not answer. */
const PASSING: ReadonlySet<string> = new Set([
  'evidence_unavailable',
  'log_closed',
  'log_frozen',
  'control_failed',
  REPEATED.reasonCode,
]);

const LIMIT = 5;
const RESET_MS = 60_000;
const MAX_CALLS = 10_000;

interface Count {
  refusals: number;
  lastMs: number;
}

/**
 * What makes two calls identical; undefined where a name is none, such as an absent actor. Such a
 * call cannot be recorded, and is refused for that.
 */
function keyOf({ call, argsText, reviewId }: OpenCall): string | undefined {
  const { tenant, run, agent, actor } = call.context;
  try {
    const named = canonicalize([tenant, run, agent, actor, call.tool, call.labels, reviewId ?? '']);
    return toHex(sha256(`${named}${argsText}`));
  } catch {
    return undefined;
  }
}

/** Creates the breaker of one governor. Its memory is bounded; for a forgotten call the controls are asked again. */
export function createRefusalBreaker(
  { limit = LIMIT, resetMs = RESET_MS, maxCalls = MAX_CALLS }: RefusalLimits,
  clock: Clock,
): RefusalBreaker {
  const counts = new Map<string, Count>();
  return {
    isOpen(open) {
      if (counts.size === 0) return false;
      const key = keyOf(open);
      const count = key === undefined ? undefined : counts.get(key);
      if (key === undefined || count === undefined) return false;
      const ageMs = clock() - count.lastMs;
      if (ageMs >= 0 && ageMs < resetMs) return count.refusals >= limit;
      counts.delete(key);
      return false;
    },
    note(open, reasonCode) {
      if (PASSING.has(reasonCode)) return;
      const key = keyOf(open);
      if (key === undefined) return;
      const refusals = (counts.get(key)?.refusals ?? 0) + 1;
      // Put last: the oldest is forgotten first.
      counts.delete(key);
      counts.set(key, { refusals, lastMs: clock() });
      for (const oldest of counts.keys()) {
        if (counts.size <= maxCalls) break;
        counts.delete(oldest);
      }
    },
  };
}

/** Refuses at once a call that was refused too often in a row; the refusal is recorded like any other. */
export function refuseRepeated(refusals: RefusalBreaker | undefined, open: OpenCall): OpenCall {
  if (refusals === undefined || open.call.mode === 'shadow' || !refusals.isOpen(open)) return open;
  return {
    ...open,
    admissibility: { kind: 'inadmissible', decision: REPEATED, cause: undefined },
  };
}
