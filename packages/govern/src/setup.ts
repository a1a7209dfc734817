import {
  type Clock,
  createDiscloser,
  createIds,
  createTimeLimit,
  type Discloser,
  type EvidenceReader,
  type MakeId,
  type ReviewerCheck,
  systemClock,
  type TimeLimit,
} from '@spanforge/core-events';
import type { StagingRecorder } from '@spanforge/core-events/log';
import type { NamedSlot } from './controls/ask-control.js';
import { controlsAfter, controlsBefore } from './controls/installed-controls.js';
import type { RuleAdviceFor } from './model/advice.js';
import type { GovernMode } from './model/call.js';
import type { Detect } from './model/detect.js';
import type { CallLabelTracker } from './model/labels.js';
import type { GovernObserver } from './model/observation.js';
import type { GovernorParts } from './model/options.js';
import { createRefusalBreaker, type RefusalBreaker } from './model/refusal-breaker.js';
import type { HeldCall } from './model/result.js';
import type { ReviewDemandFor } from './model/review-demand.js';
import type { Describe } from './model/snapshot.js';
import type { SpanOptions } from './model/span.js';
import {
  checkCounts,
  checkFunctions,
  checkLimits,
  checkNamedControls,
  checkOneOf,
  throwInvalid,
} from './option-checks.js';
import { createReviews, DEFAULT_SOURCE, type Reviews } from './reviews/reviews.js';
import type { StreamLimits } from './stream/collect.js';
import { createTraces, type Traces } from './trace/traces.js';

/** A governor's parts with every default filled in. Each stage declares which of them it needs. */
export interface Setup {
  readonly log: StagingRecorder & EvidenceReader;
  readonly reviews: Reviews;
  readonly before: readonly NamedSlot[];
  readonly after: readonly NamedSlot[];
  readonly mode: GovernMode;
  readonly clock: Clock;
  readonly ids: MakeId;
  readonly invocationIds: MakeId;
  readonly disclose: Discloser;
  readonly describe: Describe | undefined;
  readonly traces: Traces | undefined;
  readonly labels: CallLabelTracker | undefined;
  readonly detect: Detect | undefined;
  readonly observe: GovernObserver | undefined;
  readonly onHeld: ((held: HeldCall) => void) | undefined;
  readonly spans: SpanOptions | undefined;
  readonly streamLimits: StreamLimits;
  readonly controlLimit: TimeLimit;
  readonly commitLimit: TimeLimit;
  readonly toolTimeoutMs: number | undefined;
  readonly reviewTtlMs: number;
  readonly reviewDemand: ReviewDemandFor | undefined;
  readonly adviceFor: RuleAdviceFor | undefined;
  readonly refusals: RefusalBreaker | undefined;
  readonly reviewers: ReviewerCheck | undefined;
  readonly source: string;
}

const COMMIT_TIMEOUT_MS = 10_000;
const CONTROL_TIMEOUT_MS = 5000;
const DAY_MS = 86_400_000;
const MAX_STREAM_ITEMS = 100_000;
const MAX_STREAM_BYTES = 1_048_576;

function tracesOf(parts: GovernorParts, limit: TimeLimit): Traces | undefined {
  const { facts, policy, labels, log } = parts;
  if (facts === false) {
    if (labels) throwInvalid('facts', 'facts to be kept, because labels are tracked');
    return undefined;
  }
  if (facts === undefined && !policy && !labels) return undefined;
  const options = typeof facts === 'object' ? facts : {};
  const { maxCalls, maxBytes, maxTraces } = options;
  checkCounts({ maxCalls, maxBytes, maxTraces });
  return createTraces(log, options, limit);
}

function refusalsOf({ refusals }: GovernorParts, clock: Clock): RefusalBreaker | undefined {
  if (refusals === undefined) return undefined;
  const { limit, maxCalls, resetMs } = refusals;
  checkCounts({ 'refusals.limit': limit, 'refusals.maxCalls': maxCalls });
  checkLimits({ 'refusals.resetMs': resetMs });
  return createRefusalBreaker(refusals, clock);
}

/** Every part there is. */
const PARTS: Readonly<Record<keyof GovernorParts, true>> = {
  ...{ log: true, authorize: true, scope: true, policy: true, preflight: true, postflight: true },
  ...{ facts: true, labels: true, detect: true, observe: true, onHeld: true, spans: true },
  ...{ mode: true, clock: true, ids: true, disclose: true, describe: true, source: true },
  ...{ controlTimeoutMs: true, commitTimeoutMs: true, toolTimeoutMs: true, reviewTtlMs: true },
  ...{ maxStreamItems: true, maxStreamBytes: true, adviceFor: true, refusals: true },
  ...{ reviewDemand: true, reviewers: true },
};

/** What is never called, or fails on each call, is told at once: a misspelt control would control nothing. */
function checkParts(parts: GovernorParts): void {
  for (const name of Object.keys(parts)) {
    if (!Object.hasOwn(PARTS, name)) {
      throwInvalid(name, `no such part; there are ${Object.keys(PARTS).join(', ')}`);
    }
  }
  const { authorize, scope, policy, preflight, postflight } = parts;
  const { observe, onHeld, detect, describe, adviceFor, reviewDemand, reviewers } = parts;
  checkFunctions({ authorize, scope, 'policy.decide': policy?.decide ?? (policy && null) });
  checkFunctions({ observe, onHeld, detect, describe, adviceFor, reviewDemand, reviewers });
  checkNamedControls({ preflight, postflight });
}

/** Checks a governor's parts and fills in the defaults. @throws `GOVERN_OPTIONS_INVALID`. */
export function createSetup(parts: GovernorParts): Setup {
  const { controlTimeoutMs, commitTimeoutMs, toolTimeoutMs, reviewTtlMs, log } = parts;
  const { maxStreamItems, maxStreamBytes } = parts;
  checkLimits({ controlTimeoutMs, commitTimeoutMs, toolTimeoutMs });
  if (reviewTtlMs !== undefined && !(reviewTtlMs > 0)) {
    throwInvalid('reviewTtlMs', 'a number of milliseconds above 0');
  }
  checkOneOf('mode', parts.mode, ['enforce', 'shadow']);
  checkCounts({ maxStreamItems, maxStreamBytes });
  checkParts(parts);
  const commitLimit = createTimeLimit(commitTimeoutMs ?? COMMIT_TIMEOUT_MS);
  const clock = parts.clock ?? systemClock;
  const source = parts.source ?? DEFAULT_SOURCE;
  return {
    log,
    reviews: createReviews({ log, clock, source }),
    before: controlsBefore(parts),
    after: controlsAfter(parts),
    mode: parts.mode ?? 'enforce',
    clock,
    ids: parts.ids ?? createIds(clock),
    invocationIds: createIds(clock),
    disclose: parts.disclose ?? createDiscloser(),
    describe: parts.describe,
    traces: tracesOf(parts, commitLimit),
    labels: parts.labels,
    detect: parts.detect,
    observe: parts.observe,
    onHeld: parts.onHeld,
    spans: parts.spans === false ? undefined : (parts.spans ?? {}),
    streamLimits: {
      maxItems: maxStreamItems ?? MAX_STREAM_ITEMS,
      maxBytes: maxStreamBytes ?? MAX_STREAM_BYTES,
    },
    controlLimit: createTimeLimit(controlTimeoutMs ?? CONTROL_TIMEOUT_MS),
    commitLimit,
    toolTimeoutMs,
    reviewTtlMs: reviewTtlMs ?? DAY_MS,
    reviewDemand: parts.reviewDemand,
    adviceFor: parts.adviceFor,
    refusals: refusalsOf(parts, clock),
    reviewers: parts.reviewers,
    source,
  };
}
