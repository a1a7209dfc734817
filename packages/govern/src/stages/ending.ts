import {
  type Discloser,
  type Obligation,
  type RecordDraft,
  strictness,
} from '@spanforge/core-events';
import { type JudgedResult, labelsOfFailure } from '../controls/result-controls.js';
import { GovernError } from '../error.js';
import type { EndingDetails } from '../evidence/records.js';
import { blockDecision, type CombinedDecision, withDecision } from '../model/combined-decision.js';
import type { Detect } from '../model/detect.js';
import { requireDisclosure } from '../model/governed-value.js';
import type { Approval, DecidedCall } from '../model/open-call.js';
import type { CallReport, FinishedCall } from '../model/result.js';
import { type Describe, takeSnapshot } from '../model/snapshot.js';
import { watchDetections } from '../redaction/detections.js';
import { redact, redactionsFor, withDetectorNotice } from '../redaction/redact.js';
import { type ReviewRequestParts, requestReview } from '../reviews/request-review.js';
import type { HeldStream } from '../stream/collect.js';
import { rebuildStream } from '../stream/rebuild.js';
import type { ToolRun } from './run-tool.js';

/** What choosing an ending needs. */
export interface EndingParts extends ReviewRequestParts {
  readonly disclose: Discloser;
  readonly describe: Describe | undefined;
  readonly detect: Detect | undefined;
}

/** How a call ends: what is recorded, and what the caller then gets. */
export interface CallEnding {
  readonly combined: CombinedDecision;
  readonly details: Omit<EndingDetails, 'startedId' | 'durationMs'>;
  /** Further records of the same commit: a request for a review, or what was found and masked. */
  readonly further: readonly RecordDraft[];
  readonly resultOf: (report: CallReport) => FinishedCall;
}

const UNRECORDABLE = blockDecision('result_unrecordable', 'The result cannot be recorded.');

function resultRedactions({ call }: DecidedCall, obligations: readonly Obligation[]) {
  return call.mode === 'shadow' ? [] : redactionsFor(obligations, 'result');
}

function release(
  { disclose, describe, detect }: EndingParts,
  decided: DecidedCall,
  judged: JudgedResult,
  approval: Approval | undefined,
  held: HeldStream | undefined,
): CallEnding {
  const { snapshot, value: recorded, labels } = judged;
  const { decision } = judged.combined;
  const obligations = withDetectorNotice(decision.obligations, detect);
  const combined = withDecision(judged.combined, { ...decision, obligations });
  const redactions = resultRedactions(decided, obligations);
  const changed = redactions.length > 0;
  const detections = changed && detect ? watchDetections(detect) : undefined;
  const content = redact(snapshot.value, redactions, detections?.detect ?? detect);
  const value = held ? rebuildStream(held, content, changed) : content;
  const status = 'completed';
  const reviewId = approval?.reviewId;
  const result = requireDisclosure(recorded);
  const known = { status, executed: true, reviewId, labels, value: result } as const;
  return {
    combined,
    details: changed
      ? { released: disclose('released', takeSnapshot(content, describe).described), ...known }
      : known,
    further: detections?.drafts(decided.call) ?? [],
    resultOf: (report) =>
      reviewId === undefined
        ? { status, value, ...report }
        : { status, value, reviewId, ...report },
  };
}

function withhold(
  parts: EndingParts,
  decided: DecidedCall,
  { combined, snapshot, value: recorded, outcome, labels }: JudgedResult,
): CallEnding {
  const { described } = snapshot;
  const reviewId = outcome === 'human_review' ? parts.ids() : undefined;
  const further =
    reviewId === undefined
      ? []
      : [requestReview(parts, decided, combined, reviewId, { kind: 'result', described })];
  const review = reviewId === undefined ? {} : { reviewId };
  const cause = combined.cause === undefined ? {} : { cause: combined.cause };
  const value = requireDisclosure(recorded);
  return {
    combined,
    details: { status: 'withheld', executed: true, ...review, labels, value },
    further,
    resultOf: (report) => ({ ...report, status: 'withheld', ...review, ...cause }),
  };
}

/** The ending of a call whose tool answered: the result is released, redacted or withheld. */
export function endWithResult(
  parts: EndingParts,
  decided: DecidedCall,
  judged: JudgedResult,
  approval: Approval | undefined,
  held: HeldStream | undefined,
): CallEnding {
  const released = strictness(judged.outcome) < strictness('human_review');
  return released || decided.call.mode === 'shadow'
    ? release(parts, decided, judged, approval, held)
    : withhold(parts, decided, judged);
}

/** The ending of a call whose result is too large, or otherwise cannot be recorded. */
export function endWithoutResult(
  { call }: DecidedCall,
  combined: CombinedDecision,
  value: unknown,
  cause: unknown,
): CallEnding {
  if (call.mode === 'shadow') {
    const status = 'completed';
    return {
      combined,
      details: { status, executed: true },
      further: [],
      resultOf: (report) => ({ ...report, status, value }),
    };
  }
  const decision = { ...UNRECORDABLE, obligations: combined.decision.obligations };
  return {
    combined: withDecision(combined, decision),
    details: { status: 'withheld', executed: true },
    further: [],
    resultOf: (report) => ({ ...report, status: 'withheld', cause }),
  };
}

/** The ending of a stream the caller has seen, and that was too long to be recorded. */
export function endPassedStream({ combined, labels }: JudgedResult): CallEnding {
  const status = 'completed';
  return {
    combined,
    details: { status, executed: true, labels },
    further: [],
    resultOf: (report) => ({ ...report, status, value: undefined }),
  };
}

const MAX_NAME = 128;

function describeError(error: unknown): { name: string; message: string } {
  if (!(error instanceof Error)) return { name: typeof error, message: '' };
  const name = typeof error.name === 'string' && error.name !== '' ? error.name : 'Error';
  const message = typeof error.message === 'string' ? error.message : '';
  return { name: name.slice(0, MAX_NAME).toWellFormed(), message: message.toWellFormed() };
}

function endWithError({ disclose }: EndingParts, decided: DecidedCall, error: unknown): CallEnding {
  const { call, combined } = decided;
  const { name, message } = describeError(error);
  const { tool, callId } = call;
  // Redactions of the result apply to the tool's error too.
  const hidden = resultRedactions(decided, combined.decision.obligations).length > 0;
  const details = { tool, callId };
  const shown = hidden
    ? new GovernError('GOVERN_TOOL_FAILED', 'the tool failed', { details })
    : error;
  return {
    combined,
    details: {
      status: 'failed',
      executed: true,
      errorName: name,
      labels: labelsOfFailure(decided),
      value: disclose('error', { name, message }),
    },
    further: [],
    resultOf: (report) => ({ ...report, status: 'failed', error: shown }),
  };
}

/** The ending of a call whose tool gave no answer. */
export function endWithoutAnswer(
  parts: EndingParts,
  decided: DecidedCall,
  run: Exclude<ToolRun, { kind: 'completed' | 'streamed' }>,
): CallEnding {
  if (run.kind === 'failed') return endWithError(parts, decided, run.error);
  const { kind: status, executed } = run;
  const { combined } = decided;
  return {
    combined,
    details: { status, executed },
    further: [],
    resultOf: (report) => ({ ...report, status }),
  };
}
