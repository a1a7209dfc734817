import type { GovernedCall } from '../model/call.js';
import type { CallLabelTracker, LabelledCall, LabelPropagation } from '../model/labels.js';

/** Labels of a call's arguments, and how they got there. */
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
  if (!Array.isArray(labels) || !labels.every(isName))
    throw new TypeError('labels: expected a list of names of 1 to 512 characters');
  return labels;
}

/**
 * The union of labels, sorted, each once. Labels only ever join; none is dropped here.
 *
 * @throws {TypeError} for more than 256 labels, which no record can hold.
 */
export function joinLabels(...sets: readonly (readonly string[])[]): readonly string[] {
  const full = sets.filter((labels) => labels.length > 0);
  if (full.length === 0) return [];
  const joined = [...new Set(full.flat())].sort();
  if (joined.length > MAX_LABELS) throw new TypeError(`labels: expected at most ${MAX_LABELS}`);
  return joined;
}

/** Each label and mode once, from the first call it was found in; as many as a record can hold. */
function firstOfEach(via: readonly LabelPropagation[]): readonly LabelPropagation[] {
  const first = new Map<string, LabelPropagation>();
  for (const { label, mode, fromCallId } of via) {
    const key = JSON.stringify([label, mode]);
    if (!first.has(key)) first.set(key, { label, mode, fromCallId: fromCallId || 'earlier' });
  }
  return [...first.values()].slice(0, MAX_VIA);
}

/** The caller's labels joined with those a tracker finds. @throws what the tracker throws. */
export function labelCall(
  tracker: CallLabelTracker | undefined,
  call: GovernedCall,
  past: readonly LabelledCall[],
): CallLabels {
  if (tracker === undefined) return { labels: joinLabels(checked(call.labels)), via: [] };
  const { labels, via } = tracker.onCall({ call, args: call.args, past });
  if (!Array.isArray(via) || !via.every(isVia))
    throw new TypeError('via: expected a list of label propagations');
  const found = via.map(({ label }) => label);
  return { labels: joinLabels(call.labels, checked(labels), found), via: firstOfEach(via) };
}

/**
 * Labels of a result: those the caller and the tool's operator gave, joined with those a tracker
 * finds. Without a tracker, all labels of the arguments.
 *
 * @param given Labels the result has in any case. @throws what the tracker throws.
 */
export function labelResult(
  tracker: CallLabelTracker | undefined,
  call: GovernedCall,
  result: unknown,
  given: readonly string[],
): readonly string[] {
  const inputLabels = call.labels;
  if (tracker === undefined) return joinLabels(inputLabels, given);
  const found = checked(tracker.onResult({ call, result, inputLabels }));
  return joinLabels(given, found);
}

/** Takes labels away, with their variants by propagation: `untrusted` and `untrusted:exact`. */
export function withoutLabels(
  labels: readonly string[],
  removed: ReadonlySet<string>,
): readonly string[] {
  const stem = (label: string): string => label.replace(/:(?:context|exact|partial)$/, '');
  return labels.filter((label) => !removed.has(label) && !removed.has(stem(label)));
}
