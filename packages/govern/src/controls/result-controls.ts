import {
  type Awaitable,
  andThen,
  type Discloser,
  joinDecisions,
  type Outcome,
  type Recorder,
  type TimeLimit,
} from '@spanforge/core-events';
import { blockDecision, type CombinedDecision, combineBoth } from '../model/combined-decision.js';
import { disclosureOf, type GovernedValue, governValue } from '../model/governed-value.js';
import { joinLists } from '../model/join-lists.js';
import type { CallLabelTracker } from '../model/labels.js';
import type { DecidedCall, RegisteredTool } from '../model/open-call.js';
import { type Describe, type Snapshot, takeSnapshot } from '../model/snapshot.js';
import { joinLabels, labelResult } from '../trace/labels.js';
import type { NamedSlot } from './ask-control.js';
import { askControls } from './ask-controls.js';
import { neededControls } from './installed-controls.js';

/** What judging a result needs. */
export interface ResultControls {
  readonly after: readonly NamedSlot[];
  readonly labels: CallLabelTracker | undefined;
  readonly describe: Describe | undefined;
  readonly disclose: Discloser;
  readonly controlLimit: TimeLimit;
}

/** A result in a snapshot, and what the controls said about it. */
export interface JudgedResult {
  readonly snapshot: Snapshot;
  /** The result as it is recorded. */
  readonly value: GovernedValue;
  /** What was decided before the tool ran and after it, joined. */
  readonly combined: CombinedDecision;
  /** What was decided about the result alone. */
  readonly outcome: Outcome;
  /** Labels of the result. */
  readonly labels: readonly string[];
}

type ResultLabels =
  | { readonly kind: 'known'; readonly labels: readonly string[] }
  | { readonly kind: 'failed'; readonly labels: readonly string[]; readonly cause: unknown };

const NOT_LABELLED = blockDecision(
  'control_failed',
  'The labels of the result could not be determined.',
);

function snapshotResult(value: unknown, describe: Describe | undefined): Snapshot {
  try {
    return takeSnapshot(value, describe);
  } catch {
    return { value, described: { unrecordable: 'result' }, exact: false };
  }
}

/** The labels a tool's operator puts on everything it answers. */
export function outputLabels({ options }: RegisteredTool): readonly string[] {
  const { output, outputLabels: own = [] } = options;
  return output === 'untrusted' ? [...own, 'untrusted'] : own;
}

function labelsOf(
  { call, tool, callerLabels }: DecidedCall,
  result: unknown,
  tracker: CallLabelTracker | undefined,
): ResultLabels {
  const own = outputLabels(tool);
  if (tracker === undefined && own.length === 0) return { kind: 'known', labels: call.labels };
  try {
    // Labels of the caller that were declassified no longer count.
    const given = callerLabels.filter((label) => call.labels.includes(label));
    return { kind: 'known', labels: labelResult(tracker, call, result, [...given, ...own]) };
  } catch (cause) {
    return { kind: 'failed', labels: [...new Set([...call.labels, ...own])], cause };
  }
}

/** Labels of an error: it may reveal as much as a result would have. */
export function labelsOfFailure({ call, tool }: DecidedCall): readonly string[] {
  return joinLabels(call.labels, outputLabels(tool));
}

function withNoneAsked(before: CombinedDecision, slots: readonly NamedSlot[]): CombinedDecision {
  const names = slots.map(({ name }) => name);
  return { ...before, notAsked: joinLists(before.notAsked, names) };
}

function withoutLabels(before: CombinedDecision, cause: unknown): CombinedDecision {
  const decision = joinDecisions(before.decision, NOT_LABELLED);
  return { ...before, decision, cause: before.cause ?? cause };
}

/** Takes a snapshot of a result the caller has already seen; no control is asked. */
export function passResult(
  controls: ResultControls,
  decided: DecidedCall,
  value: unknown,
): JudgedResult {
  const snapshot = snapshotResult(value, controls.describe);
  const { labels } = labelsOf(decided, snapshot.described, controls.labels);
  const result = governValue(() => controls.disclose('result', snapshot.described));
  const combined = withNoneAsked(decided.combined, controls.after);
  return { snapshot, value: result, combined, outcome: 'allow', labels };
}

/** Asks the controls of results, and joins their decisions with those made before the tool ran. */
export function judgeResult(
  controls: ResultControls,
  decided: DecidedCall,
  value: unknown,
  recorder: Recorder,
): Awaitable<JudgedResult> {
  const { call, combined: before } = decided;
  const { disclose, controlLimit: limit } = controls;
  const snapshot = snapshotResult(value, controls.describe);
  const result = snapshot.described;
  const governed = governValue(() => disclose('result', result));
  const judged = (
    combined: CombinedDecision,
    outcome: Outcome,
    labels: readonly string[],
  ): JudgedResult => ({ snapshot, value: governed, combined, outcome, labels });
  const labelled = labelsOf(decided, result, controls.labels);
  const { labels } = labelled;
  if (labelled.kind === 'failed') {
    const unasked = withNoneAsked(before, controls.after);
    return judged(withoutLabels(unasked, labelled.cause), 'block', labels);
  }
  const after = neededControls(controls.after, call);
  if (after.length === 0) return judged(before, 'allow', labels);
  const labelledCall = labels === call.labels ? call : { ...call, labels };
  const disclosed = { args: disclosureOf(decided.argsValue), result: disclosureOf(governed) };
  const question = { call: labelledCall, result, disclosed };
  // The tool has run: cancelling now must not skip the controls of results.
  const asking = askControls(after, { question, recorder, limit }, undefined);
  return andThen(asking, (answer) =>
    judged(combineBoth(before, answer), answer.decision.outcome, labels),
  );
}
