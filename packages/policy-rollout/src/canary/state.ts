import type { EvidenceRecord } from '@spanforge/core-events';
import { type PolicyCanaryBody, policyCanaryV1 } from '@spanforge/core-events/records';
import { fromObserved } from './records.js';
import { type CanaryRules, parseCanaryRules } from './rules.js';
import { addObserved, type CanaryTally, emptyTally, openStep } from './tally.js';

/** The progress of a canary. */
export type CanaryPhase = 'running' | 'rolled_back' | 'finished';

/** The state of one canary in the log. */
export interface CanaryState {
  readonly id: string;
  /** Whose canary it is: a name is one tenant's. Where nobody said, that of the first record. */
  tenant?: string;
  /** Absent until the canary was started. */
  progress?: CanaryProgress;
  /** Set by a record that cannot be read; later records are not applied. */
  unreadable: boolean;
}

/** A canary that was started. */
export interface CanaryProgress {
  readonly started: PolicyCanaryBody;
  readonly rules: CanaryRules;
  /** The number the next record gets. */
  sequence: number;
  phase: CanaryPhase;
  step: number;
  stepStartedAtMs: number;
  /** Percent of units on the candidate now. */
  percent: number;
  /** The action that was decided and is not done yet. */
  pendingAction: 'none' | 'activate' | 'rollback';
  tally: CanaryTally & {
    readonly seen: Set<string>;
    readonly blocked: Set<string>;
    readonly reviewed: Set<string>;
  };
  last: PolicyCanaryBody;
}

export function emptyState(id: string, tenant?: string): CanaryState {
  return { id, unreadable: false, ...(tenant === undefined ? {} : { tenant }) };
}

/** Applies one record; the state is a function of the log, so every replica has the same. */
export function applyRecord(state: CanaryState, record: EvidenceRecord): void {
  if (record.mode !== 'live' || record.body.canary_id !== state.id || state.unreadable) return;
  state.tenant ??= record.context.tenant;
  if (record.context.tenant !== state.tenant) return;
  try {
    const body = policyCanaryV1.fromWire(record.body);
    if (state.progress === undefined) state.progress = begin(body);
    else follow(state.progress, body);
  } catch {
    state.unreadable = true;
  }
}

function begin(body: PolicyCanaryBody): CanaryProgress {
  const rules = parseCanaryRules(JSON.parse(body.rules ?? ''));
  if (body.phase !== 'started' || body.sequence !== 0) throw new RangeError('not a beginning');
  return {
    started: body,
    rules,
    sequence: 1,
    phase: 'running',
    step: 0,
    stepStartedAtMs: body.timeMs,
    percent: rules.steps[0] ?? 0,
    pendingAction: 'none',
    tally: emptyTally(rules) as CanaryProgress['tally'],
    last: body,
  };
}

function follow(progress: CanaryProgress, body: PolicyCanaryBody): void {
  if (body.sequence !== progress.sequence) throw new RangeError('a record is missing');
  if (body.configDigest !== progress.started.configDigest) throw new RangeError('other config');
  progress.sequence += 1;
  progress.last = body;
  if (body.observed !== undefined) count(progress, body.observed);
  if (body.phase === 'acted') settle(progress, body);
  else if (body.verdict === 'rollback') rollBack(progress);
  else if (body.verdict === 'advance') advance(progress, body);
}

function count(
  progress: CanaryProgress,
  observed: NonNullable<PolicyCanaryBody['observed']>,
): void {
  const { tally, rules } = progress;
  const { counts, seen, blocked, reviewed } = addObserved(tally, fromObserved(observed), rules);
  for (const unit of seen) tally.seen.add(unit);
  for (const unit of blocked) tally.blocked.add(unit);
  for (const unit of reviewed) tally.reviewed.add(unit);
  progress.tally = { ...tally, ...counts };
}

function rollBack(progress: CanaryProgress): void {
  progress.phase = 'rolled_back';
  progress.percent = 0;
  progress.pendingAction = 'rollback';
}

function advance(progress: CanaryProgress, body: PolicyCanaryBody): void {
  if (body.action === 'activate') progress.pendingAction = 'activate';
  else if (progress.step === progress.rules.steps.length - 1) progress.phase = 'finished';
  else enterNext(progress, body);
}

function settle(progress: CanaryProgress, body: PolicyCanaryBody): void {
  if (progress.pendingAction === 'activate') enterNext(progress, body);
  progress.pendingAction = 'none';
}

function enterNext(progress: CanaryProgress, body: PolicyCanaryBody): void {
  const { rules, tally } = progress;
  progress.step += 1;
  progress.percent = rules.steps[progress.step] ?? 100;
  progress.stepStartedAtMs = body.timeMs;
  const steps = [...tally.steps, openStep(rules, progress.step)];
  progress.tally = { ...tally, steps, seen: new Set(), blocked: new Set() };
}
