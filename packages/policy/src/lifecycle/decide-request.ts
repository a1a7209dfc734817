import {
  type Awaitable,
  EventsError,
  type EvidenceContext,
  type PolicyRequest,
  type PolicyVerdict,
} from '@spanforge/core-events';
import type { PolicyBundle } from '../bundle/bundle.js';
import { blocked, type Decider } from '../decide/decider.js';
import { NOT_READABLE } from './bundle-in-force.js';
import type { CountedCall, Counting } from './counting.js';
import { type RequestSnapshot, textOfDecided } from './request-snapshot.js';

/** A verdict, and what it was taken on. */
export interface DecidedRequest {
  readonly verdict: PolicyVerdict;
  readonly bundle?: PolicyBundle;
  /** What was asked, the facts among it, as canonical JSON without what is committed to beside it; absent when it cannot be written. */
  readonly text?: string;
  /** What the call counts for, where it is let through. */
  readonly counted?: readonly CountedCall[];
  /** Takes the call out of its counters again. */
  giveBack(): Promise<void>;
}

/** A snapshot that could be taken. */
export type ReadableRequest = RequestSnapshot & Required<Pick<RequestSnapshot, 'copy' | 'text'>>;

const nothing = async (): Promise<void> => undefined;

/** A verdict for which no rule was asked. */
export function undecided(verdict: PolicyVerdict, text?: string): DecidedRequest {
  return { verdict, giveBack: nothing, ...(text === undefined ? {} : { text }) };
}

/**
 * Asks one decider, its counters counted first; it stays the one that was in force at the call. Answers
 * at once where nothing is counted and no facts are taken, as in most bundles.
 */
export function decideRequest(
  decider: Decider | 'unreadable',
  asked: ReadableRequest,
  context: EvidenceContext,
  counting: Counting,
  space?: string,
): Awaitable<DecidedRequest> {
  const { text, copy } = asked;
  if (decider === 'unreadable') return undecided(NOT_READABLE, text);
  if (decider.takesFacts(copy)) return decideOnFacts(decider, asked, context, counting, space);
  return { verdict: decider.decide(copy), bundle: decider.bundle, text, giveBack: nothing };
}

async function decideOnFacts(
  decider: Decider,
  asked: ReadableRequest,
  context: EvidenceContext,
  counting: Counting,
  space: string | undefined,
): Promise<DecidedRequest> {
  const { text, copy } = asked;
  const { bundle } = decider;
  const request = requestOf(asked);
  let giveBack = nothing;
  let counted: readonly CountedCall[] = [];
  try {
    const counts = await counting.count(decider, request, context, space);
    ({ giveBack, entries: counted } = counts);
    const decided = decider.withFacts(request, counts.sums);
    const written = decided === copy ? text : textOfDecided(decided, asked);
    return { verdict: decider.decide(decided), bundle, text: written, counted, giveBack };
  } catch (error) {
    const verdict = whyNot(error);
    return { verdict, bundle, text, giveBack };
  }
}

function whyNot(error: unknown): PolicyVerdict {
  if (EventsError.is(error) && error.code === 'EVENTS_COUNTER_SHORTENED') {
    return blocked('counter_unavailable', error.message);
  }
  return blocked('policy_error', 'The facts of the request cannot be taken.');
}

/** With what facts are taken from; it is not recorded, they are. */
function requestOf({ copy, calls, callId }: ReadableRequest): PolicyRequest {
  if (calls === undefined && callId === undefined) return copy;
  return {
    ...copy,
    ...(calls === undefined ? {} : { calls }),
    ...(callId === undefined ? {} : { callId }),
  };
}
