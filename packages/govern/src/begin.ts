import {
  type AppendOptions,
  type Disclosure,
  type Receipt,
  type RecordDraft,
  within,
} from '@spanforge/core-events';
import type { Stage } from '@spanforge/core-events/log';
import { canonicalize, sha256, toHex } from '@spanforge/core-signing';
import { type Action, blocked } from './action.js';
import { type BegunBefore, findBegun } from './begun-before.js';
import { type Committed, commitStage } from './commit.js';
import { type Approval, consumedDraft, endedDraft, redecided, startedDraft } from './drafts.js';
import type { Judgement } from './judge.js';
import { redact, redactionsFor } from './redact.js';
import { callKey } from './review-state.js';
import type { Stop } from './settle.js';
import { type Snapshot, takeSnapshot } from './snapshot.js';
import { EVIDENCE_UNAVAILABLE } from './stop.js';

/** A call whose start is on record, or staged with what follows where one commit is enough. */
export interface Begun {
  readonly kind: 'begun';
  readonly startedId: string | undefined;
  /** What the tool is given: the arguments, redacted where so decided. */
  readonly given: unknown;
  readonly receipts: readonly Receipt[];
  /** The arguments as they were recorded. */
  readonly args?: Disclosure | undefined;
  /** Where the start is staged and not yet committed. */
  readonly stage?: Stage;
}

/** A call that could not begin. */
export type NotBegun =
  | Stop
  | {
      readonly kind: 'unrecorded';
      readonly cause: unknown;
      readonly startedId?: string | undefined;
    };

const REUSED = blocked('call_id_reused', 'The id of this call stands for another call.');
const CONSUMED = blocked('approval_consumed', 'The approval was used before.');

function joinOptions(action: Action, approval: Approval | undefined): AppendOptions {
  const claim = approval ? { claim: `review:${approval.reviewId}` } : {};
  if (action.call.mode === 'shadow') return claim;
  const { context, callId, tool, args } = action.call;
  const key = callKey(context, callId);
  const requestDigest = toHex(sha256(canonicalize([key, tool, args])));
  return { idempotencyKey: `govern:${key}`, requestDigest, ...claim };
}

const UNKNOWN: BegunBefore = { started: undefined, ended: undefined };

/** What is known of the call that was begun before; nothing where the log cannot be read. */
function begunBefore({ setup, call }: Action, ids: readonly string[]): Promise<BegunBefore> {
  return within(setup.commitTimeoutMs, () => findBegun(setup.log, call.context.run, ids)).catch(
    () => UNKNOWN,
  );
}

function startedBefore({ ended }: BegunBefore): string {
  return ended === undefined
    ? 'This call was begun before; its ending is not on record, so it is unknown.'
    : `This call was begun before; it ended as ${ended.status}.`;
}

async function refused(
  action: Action,
  judgement: Judgement,
  approval: Approval | undefined,
  committed: Exclude<Committed, { status: 'stored' | 'failed' }>,
): Promise<Stop> {
  const review = approval ? { reviewId: approval.reviewId } : {};
  const stop = (decision = CONSUMED): Stop => ({
    kind: 'stop',
    status: 'blocked',
    // The records of these decisions went with the commit that was refused.
    judgement: { ...redecided(judgement, decision), ids: [] },
    ...review,
  });
  if (committed.status === 'claimed') return stop();
  if (committed.status === 'conflict') return stop(REUSED);
  const before = await begunBefore(action, committed.ids);
  return { ...stop(blocked('already_started', startedBefore(before))), before };
}

/** A start the log took when nobody waited any longer gets its ending: the tool was not run. */
function endLate(
  action: Action,
  judgement: Judgement,
  startedId: string | undefined,
  committed: Extract<Committed, { status: 'failed' }>,
): void {
  const append = async (): Promise<void> => {
    const late = await committed.late;
    if (!late || late.appended.duplicate) return;
    const ending = { status: 'blocked', executed: false } as const;
    const blocked = redecided(judgement, EVIDENCE_UNAVAILABLE);
    const ended = endedDraft(action, blocked, ending, { startedId });
    await action.setup.log.append([ended]);
  };
  // If this fails too, the call stays unknown, which is what the log then says of it.
  append().catch(() => undefined);
}

function redactArgs({ args, call, setup }: Action, { decision }: Judgement): Snapshot {
  const redactions = call.mode === 'shadow' ? [] : redactionsFor(decision.obligations, 'args');
  return redactions.length === 0
    ? args
    : takeSnapshot(redact(args.value, redactions, setup.detect), setup.describe);
}

interface Start {
  readonly given: unknown;
  readonly args: Disclosure;
  readonly drafts: readonly RecordDraft[];
}

function draftStart(action: Action, judgement: Judgement, approval: Approval | undefined): Start {
  const { value: given, described } = redactArgs(action, judgement);
  const args = action.setup.disclose('args', described);
  const started = startedDraft(action, judgement, args, approval);
  return { given, args, drafts: approval ? [consumedDraft(action, approval), started] : [started] };
}

/**
 * Puts the start of a call on record before its tool runs. A reading tool that needs no approval
 * has its start staged, to be committed with its ending. Never rejects.
 */
export async function beginCall(
  action: Action,
  stage: Stage,
  judgement: Judgement,
  approval: Approval | undefined,
): Promise<Begun | NotBegun> {
  const { effect, mode } = action.call;
  let start: Start;
  let startedId: string | undefined;
  let options: AppendOptions;
  try {
    start = draftStart(action, judgement, approval);
    startedId = (await stage.append(start.drafts)).ids.at(-1);
    if (effect === 'read' && !approval) {
      const { given, args } = start;
      return { kind: 'begun', startedId, given, args, receipts: [], stage };
    }
    options = joinOptions(action, approval);
  } catch (cause) {
    stage.discard(cause);
    return { kind: 'unrecorded', cause };
  }
  const committed = await commitStage(stage, options, action.setup.commitTimeoutMs);
  if (committed.status === 'stored') {
    const { given, args } = start;
    return { kind: 'begun', startedId, given, args, receipts: committed.receipts };
  }
  if (committed.status !== 'failed') return refused(action, judgement, approval, committed);
  if (mode === 'enforce') endLate(action, judgement, startedId, committed);
  return { kind: 'unrecorded', cause: committed.cause, startedId };
}
