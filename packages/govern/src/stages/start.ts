import {
  type AppendOptions,
  type Awaitable,
  andThen,
  appendTo,
  type Discloser,
  type Disclosure,
  type EvidenceReader,
  type Receipt,
  type RecordDraft,
  type TimeLimit,
} from '@spanforge/core-events';
import type { Stage, StagingRecorder } from '@spanforge/core-events/log';
import { canonicalize, sha256, toHex } from '@spanforge/core-signing';
import { type CommitResult, commitStage } from '../evidence/commit.js';
import { type EarlierAttempt, findEarlierAttempt } from '../evidence/earlier-attempt.js';
import { withinLogLimit } from '../evidence/log-time-limit.js';
import { consumedRecord, endedRecord, startedRecord } from '../evidence/records.js';
import { blockDecision, EVIDENCE_UNAVAILABLE, withDecision } from '../model/combined-decision.js';
import type { Detect } from '../model/detect.js';
import { requireDisclosure } from '../model/governed-value.js';
import type { Approval, DecidedCall } from '../model/open-call.js';
import { type Describe, takeSnapshot } from '../model/snapshot.js';
import { redact, redactionsFor } from '../redaction/redact.js';
import { callKey } from '../reviews/review-book.js';
import type { BlockedRefusal } from './decide.js';

/** What recording the start of a call needs. */
export interface StartParts {
  readonly log: StagingRecorder & EvidenceReader;
  readonly disclose: Discloser;
  readonly describe: Describe | undefined;
  readonly detect: Detect | undefined;
  readonly commitLimit: TimeLimit;
}

/** A call whose tool may run now. */
export interface StartedCall {
  readonly kind: 'started';
  readonly startedId: string | undefined;
  /** What the tool is given: the arguments, redacted where the decision asks for it. */
  readonly given: unknown;
  /** The arguments as recorded; absent when a shadow's start could not be recorded. */
  readonly args: Disclosure | undefined;
  /** `with_ending`: the start is staged, and one commit carries it and the ending. */
  readonly commit: 'done' | 'with_ending';
  /** Where the ending is staged. */
  readonly stage: Stage;
  readonly receipts: readonly Receipt[];
}

/** How recording a start ended. */
export type Start =
  | StartedCall
  | { readonly kind: 'refused'; readonly refused: BlockedRefusal }
  /** The same call was started before; `refused` stands unless its result can be released. */
  | {
      readonly kind: 'started_before';
      readonly refused: BlockedRefusal;
      readonly earlier: EarlierAttempt;
    }
  /** The approval, or this use of a grant, was used or revoked meanwhile. */
  | { readonly kind: 'use_taken' }
  | {
      readonly kind: 'unrecorded';
      readonly cause: unknown;
      readonly startedId: string | undefined;
    };

type RefusedCommit = Extract<CommitResult, { kind: 'duplicate' | 'conflict' | 'claimed' }>;

const REUSED = blockDecision('call_id_reused', 'The id of this call belongs to another call.');

/** The claim that makes an approval, or one use of a grant, usable once. */
function claimOf({ reviewId, use }: Approval): string {
  return use === undefined ? `review:${reviewId}` : `review:${reviewId}:${use}`;
}

/** Idempotency key and claims of a start: one start per call id, one use per approval. */
function appendOptionsOf(
  { call, argsText }: DecidedCall,
  approval: Approval | undefined,
): AppendOptions {
  const claim = approval ? { claim: claimOf(approval) } : {};
  if (call.mode === 'shadow') return claim;
  const { context, callId, tool } = call;
  const key = callKey(context, callId);
  // The canonical text of [key, tool, args], without making the arguments canonical again.
  const named = canonicalize([key, tool]).slice(0, -1);
  const requestDigest = toHex(sha256(`${named},${argsText}]`));
  return { idempotencyKey: `govern:${key}`, requestDigest, ...claim };
}

/** Looks up an earlier attempt of this call; `unknown` when the log cannot be read. */
function lookUpEarlier(
  { log, commitLimit }: StartParts,
  { call }: DecidedCall,
  receipts: readonly Receipt[],
): Promise<EarlierAttempt> {
  const { run } = call.context;
  return withinLogLimit(commitLimit, findEarlierAttempt(log, run, receipts)).catch(
    () => ({ kind: 'unknown' }) as const,
  );
}

function reasonOf(earlier: EarlierAttempt): string {
  return earlier.kind === 'ended'
    ? `This call was begun before; it ended as ${earlier.ending.status}.`
    : 'This call was begun before; its ending is not on record, so it is unknown.';
}

async function refusedStart(
  parts: StartParts,
  decided: DecidedCall,
  approval: Approval | undefined,
  committed: RefusedCommit,
): Promise<Start> {
  const blocked = (decision: typeof REUSED): BlockedRefusal => ({
    kind: 'blocked',
    // The records of the single decisions were lost with the refused commit.
    combined: { ...withDecision(decided.combined, decision), ids: [] },
    reviewId: approval?.reviewId,
  });
  if (committed.kind === 'claimed') return { kind: 'use_taken' };
  if (committed.kind === 'conflict') return { kind: 'refused', refused: blocked(REUSED) };
  const earlier = await lookUpEarlier(parts, decided, committed.receipts);
  const refused = blocked(blockDecision('already_started', reasonOf(earlier)));
  return { kind: 'started_before', refused, earlier };
}

/** When a start becomes durable after its time limit, records an ending that says the tool did not run. */
function endLateStart(
  log: StagingRecorder,
  decided: DecidedCall,
  startedId: string | undefined,
  { late }: Extract<CommitResult, { kind: 'timed_out' }>,
): void {
  const append = async (): Promise<void> => {
    const { appended } = await late;
    if (appended.duplicate) return;
    const combined = withDecision(decided.combined, EVIDENCE_UNAVAILABLE);
    const details = { status: 'blocked', executed: false, startedId } as const;
    await log.append([endedRecord(decided, combined, details)]);
  };
  // If this fails too, the log rightly reports the call as unknown.
  append().catch(() => undefined);
}

/** Redacts the arguments the tool receives, and discloses them as redacted. */
function redactArgs(
  { disclose, describe, detect }: StartParts,
  { args, argsValue, call, combined }: DecidedCall,
): { given: unknown; args: Disclosure } {
  const { obligations } = combined.decision;
  const redactions = call.mode === 'shadow' ? [] : redactionsFor(obligations, 'args');
  if (redactions.length === 0) return { given: args.value, args: requireDisclosure(argsValue) };
  const { value: given, described } = takeSnapshot(
    redact(args.value, redactions, detect),
    describe,
  );
  return { given, args: disclose('args', described) };
}

/** A start that is staged. */
interface StagedStart {
  readonly started: Pick<StartedCall, 'kind' | 'startedId' | 'given'> & {
    readonly args: Disclosure;
  };
  /** What it is committed with at once; absent for one that is committed with its ending. */
  readonly options: AppendOptions | undefined;
}

function stageStart(
  parts: StartParts,
  decided: DecidedCall,
  approval: Approval | undefined,
  stage: Stage,
): Awaitable<StagedStart> {
  const { given, args } = redactArgs(parts, decided);
  const start = startedRecord(decided, args, approval);
  const drafts: readonly RecordDraft[] = approval
    ? [consumedRecord(decided, approval), start]
    : [start];
  const isWithEnding = decided.call.effect === 'read' && !approval;
  return andThen(appendTo(stage, drafts), ({ ids }) => ({
    started: { kind: 'started', startedId: ids.at(-1), given, args },
    options: isWithEnding ? undefined : appendOptionsOf(decided, approval),
  }));
}

async function commitStart(
  parts: StartParts,
  decided: DecidedCall,
  approval: Approval | undefined,
  stage: Stage,
  { started, options = {} }: StagedStart,
): Promise<Start> {
  const committed = await commitStage(stage, options, parts.commitLimit);
  switch (committed.kind) {
    case 'stored':
      return {
        commit: 'done',
        stage: parts.log.stage({ stored: [started.args] }),
        receipts: committed.receipts,
        ...started,
      };
    case 'failed':
    case 'timed_out': {
      const { startedId } = started;
      if (committed.kind === 'timed_out' && decided.call.mode === 'enforce') {
        endLateStart(parts.log, decided, startedId, committed);
      }
      return { kind: 'unrecorded', cause: committed.cause, startedId };
    }
    default:
      return refusedStart(parts, decided, approval, committed);
  }
}

/**
 * Commit 1: puts the start of a call on record before its tool runs. The start of a reading tool
 * that needs no approval is only staged, and committed with its ending.
 */
export function startCall(
  parts: StartParts,
  decided: DecidedCall,
  approval: Approval | undefined,
  stage: Stage,
): Awaitable<Start> {
  const failed = (cause: unknown): Start => {
    stage.discard(cause);
    return { kind: 'unrecorded', cause, startedId: undefined };
  };
  const commit = (staged: StagedStart): Awaitable<Start> =>
    staged.options === undefined
      ? { commit: 'with_ending', stage, receipts: [], ...staged.started }
      : commitStart(parts, decided, approval, stage, staged);
  let staging: Awaitable<StagedStart>;
  try {
    staging = stageStart(parts, decided, approval, stage);
  } catch (cause) {
    return failed(cause);
  }
  return staging instanceof Promise ? staging.then(commit, failed) : commit(staging);
}
