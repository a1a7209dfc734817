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

/** A verdict, and the request it was decided on. */
export interface DecidedRequest {
  readonly verdict: PolicyVerdict;
  readonly bundle?: PolicyBundle;
  /** The request with its facts, as canonical JSON, without values committed to separately; absent when it is not plain data. */
  readonly text?: string;
  /** What was counted, when the call is allowed. */
  readonly counted?: readonly CountedCall[];
  /** Subtracts the call from its counters again. */
  giveBack(): Promise<void>;
}

/** A snapshot that could be taken. */
export type ReadableRequest = RequestSnapshot & Required<Pick<RequestSnapshot, 'copy' | 'text'>>;

const nothing = async (): Promise<void> => undefined;

/** Wraps a verdict for which no rule was evaluated. */
export function undecided(verdict: PolicyVerdict, text?: string): DecidedRequest {
  return { verdict, giveBack: nothing, ...(text === undefined ? {} : { text }) };
}

/**
 * Decides with the decider that was in force at the call, after counting its counters. Synchronous
 * when the bundle counts nothing and takes no facts, as most do.
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

/** The request with the earlier calls that facts are taken from. The facts are recorded, the calls are not. */
function requestOf({ copy, calls, callId }: ReadableRequest): PolicyRequest {
  if (calls === undefined && callId === undefined) return copy;
  return {
    ...copy,
    ...(calls === undefined ? {} : { calls }),
    ...(callId === undefined ? {} : { callId }),
  };
}
