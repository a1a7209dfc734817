import type { PastCall } from '@spanforge/core-events';
import type { GovernedCall } from '../call.js';

/**
 * How a label came to the arguments of a call: `context`, after labelled data was read in the same
 * run; `exact`, a value reappears; `partial`, a piece of one does.
 */
export type PropagationMode = 'context' | 'exact' | 'partial';

/** One label, and the call it came from. */
export interface LabelPropagation {
  readonly label: string;
  readonly mode: PropagationMode;
  readonly fromCallId: string;
}

/** A call of the same trace that let something pass the boundary, as a label tracker sees it. */
export interface LabelledCall extends PastCall {
  /** Empty for the calls that are no longer kept one by one. */
  readonly callId: string;
  readonly labels: readonly string[];
  /** True where arguments or result are no longer at hand: they may have held anything. */
  readonly lost: boolean;
}

/**
 * Finds labels. Synchronous, and a function of what it is given; one that throws, or answers
 * something else than labels, blocks the call or withholds the result.
 */
export interface LabelTracker {
  /** Labels the arguments took on from earlier calls. What the caller said is joined to them. */
  onCall(asked: {
    readonly call: GovernedCall;
    readonly args: unknown;
    /** Oldest first; failed calls are among them, their error in the place of the result. */
    readonly past: readonly LabelledCall[];
  }): { readonly labels: readonly string[]; readonly via: readonly LabelPropagation[] };
  /**
   * Labels of a result: which of those found on the arguments it takes on. What the caller said of
   * the arguments, and the tool's operator of the result, is joined to them in any case.
   */
  onResult(asked: {
    readonly call: GovernedCall;
    readonly result: unknown;
    readonly inputLabels: readonly string[];
  }): readonly string[];
}

/** Labels of a call's arguments, and how they came there. */
export interface CallLabels {
  readonly labels: readonly string[];
  readonly via: readonly LabelPropagation[];
}

const MAX_LABELS = 256;
const MAX_VIA = 64;
const MAX_LABEL = 512;
const MODES: readonly string[] = ['context', 'exact', 'partial'];

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_LABEL;
}

function isVia(value: unknown): value is LabelPropagation {
  if (typeof value !== 'object' || value === null) return false;
  const { label, mode, fromCallId } = value as LabelPropagation;
  return isName(label) && MODES.includes(mode) && typeof fromCallId === 'string';
}

function checked(labels: unknown): readonly string[] {
  if (!Array.isArray(labels) || !labels.every(isName)) throw new TypeError('not labels');
  return labels;
}

/**
 * The union of labels, sorted, each once: there is no way down.
 *
 * @throws {TypeError} beyond 256 of them, which no record would hold.
 */
export function joinLabels(...sets: readonly (readonly string[])[]): readonly string[] {
  const full = sets.filter((labels) => labels.length > 0);
  if (full.length === 0) return [];
  const joined = [...new Set(full.flat())].sort();
  if (joined.length > MAX_LABELS) throw new TypeError('too many labels');
  return joined;
}

/** Each label and mode from the first call it was found in, as many as a record holds. */
function firstOfEach(via: readonly LabelPropagation[]): readonly LabelPropagation[] {
  const first = new Map<string, LabelPropagation>();
  for (const { label, mode, fromCallId } of via) {
    const key = JSON.stringify([label, mode]);
    if (!first.has(key)) first.set(key, { label, mode, fromCallId: fromCallId || 'earlier' });
  }
  return [...first.values()].slice(0, MAX_VIA);
}

/** The caller's labels joined with what a tracker finds. @throws what the tracker throws. */
export function labelCall(
  tracker: LabelTracker | undefined,
  call: GovernedCall,
  past: readonly LabelledCall[],
): CallLabels {
  if (tracker === undefined) return { labels: joinLabels(checked(call.labels)), via: [] };
  const { labels, via } = tracker.onCall({ call, args: call.args, past });
  if (!Array.isArray(via) || !via.every(isVia)) throw new TypeError('not propagations');
  const found = via.map(({ label }) => label);
  return { labels: joinLabels(call.labels, checked(labels), found), via: firstOfEach(via) };
}

/**
 * Labels of a result: at least those the caller and the tool's operator gave, and without a tracker
 * all of the arguments. Calls that are labelled themselves stay in the trace, whatever this says.
 *
 * @param given What is given in any case. @throws like a tracker.
 */
export function labelResult(
  tracker: LabelTracker | undefined,
  call: GovernedCall,
  result: unknown,
  given: readonly string[],
): readonly string[] {
  const inputLabels = call.labels;
  if (tracker === undefined) return joinLabels(inputLabels, given);
  const found = checked(tracker.onResult({ call, result, inputLabels }));
  return joinLabels(given, found);
}

/** Takes labels away, each with the names of how it came: `untrusted` and `untrusted:exact`. */
export function withoutLabels(
  labels: readonly string[],
  removed: ReadonlySet<string>,
): readonly string[] {
  const stem = (label: string): string => label.replace(/:(?:context|exact|partial)$/, '');
  return labels.filter((label) => !removed.has(label) && !removed.has(stem(label)));
}
