import type { Disclosure, PastCall } from '@spanforge/core-events';
import { deepFreeze, openDisclosure, textOfDisclosure } from '@spanforge/core-signing';
import type { LabelledCall } from '../model/labels.js';
import { joinLabels } from './labels.js';

/** An earlier call that let something through. Its values are kept as recorded, and opened on use. */
export interface PastEntry {
  readonly callId: string;
  readonly tool: string;
  /** A failed call revealed its error: that counts for labels, but is no fact. */
  readonly kind: 'result' | 'error';
  readonly labels: readonly string[];
  /** Absent when they are no longer available. */
  readonly args: Disclosure | undefined;
  readonly value: Disclosure | undefined;
  /** Position of its ending in the log. */
  readonly endedAt: number | undefined;
  /** Set on first use. */
  opened?: LabelledCall;
  /** The fact a policy sees; created on first use and deeply frozen. */
  fact?: PastCall;
}

/** How much of a run may be kept in memory. */
export interface PastLimits {
  readonly maxCalls: number;
  /** Of recorded arguments and results together, as they are stored. */
  readonly maxBytes: number;
}

/** The calls of one run, oldest first. Immutable: a call keeps what it saw when it started. */
export interface PastTrace {
  readonly entries: readonly PastEntry[];
  readonly bytes: number;
  /** False once a call was dropped: the list is then incomplete. */
  readonly whole: boolean;
  /** Labels of the calls that were dropped. */
  readonly carried: readonly string[];
}

/** A run in which nothing has happened yet. */
export const NO_PAST: PastTrace = Object.freeze({
  entries: Object.freeze([]),
  bytes: 0,
  whole: true,
  carried: Object.freeze([]),
});

const bytesOf = ({ args, value }: PastEntry): number =>
  (args?.encoded.length ?? 0) + (value?.encoded.length ?? 0);

/** Drops the oldest call, and keeps its labels. */
function dropOldest({ entries, bytes, carried }: PastTrace): PastTrace {
  const [oldest, ...rest] = entries;
  if (oldest === undefined) return NO_PAST;
  return {
    entries: rest,
    bytes: bytes - bytesOf(oldest),
    whole: false,
    carried: joinLabels(carried, oldest.labels),
  };
}

/** Drops the oldest result; its call stays, without it. */
function dropValue(trace: PastTrace): PastTrace {
  const at = trace.entries.findIndex(({ value }) => value !== undefined);
  const entry = trace.entries[at];
  if (entry === undefined) return dropOldest(trace);
  const { opened: _opened, fact: _fact, ...rest } = entry;
  return {
    ...trace,
    entries: trace.entries.with(at, { ...rest, value: undefined }),
    bytes: trace.bytes - (entry.value?.encoded.length ?? 0),
  };
}

/** Adds a call, and drops the oldest ones that exceed the limits. */
export function addPast(trace: PastTrace, entry: PastEntry, limits: PastLimits): PastTrace {
  if (entry.args === undefined) {
    // The facts of this call are unknown, so the list is incomplete from now on.
    return { ...trace, whole: false, carried: joinLabels(trace.carried, entry.labels) };
  }
  const entries = [...trace.entries, entry];
  let next: PastTrace = { ...trace, entries, bytes: trace.bytes + bytesOf(entry) };
  while (next.entries.length > limits.maxCalls) next = dropOldest(next);
  while (next.bytes > limits.maxBytes && next.entries.length > 0) next = dropValue(next);
  return next;
}

/** Longer values are opened as those that were read from the log are, with its limits. */
const LONGEST_KNOWN = 1_000_000;

/** The value that is disclosed. What this process disclosed itself need not be decoded and hashed to be read. */
function openValue(disclosure: Disclosure): unknown {
  const own = textOfDisclosure(disclosure);
  const text = own !== undefined && own.length <= LONGEST_KNOWN ? own : undefined;
  return deepFreeze(
    text === undefined ? openDisclosure(disclosure.encoded).value : JSON.parse(text),
  );
}

/** Frozen: many controls see the same value, and none may change what the next one sees. */
function read({ callId, tool, labels, args, value }: PastEntry): LabelledCall {
  const given = args && openValue(args);
  // Leaves the member out instead of setting it to undefined: rules that need it then see it is missing.
  if (value === undefined) {
    return { callId, tool, labels, args: given, lost: true } as unknown as LabelledCall;
  }
  const result = openValue(value);
  return { callId, tool, labels, args: given, result, lost: false };
}

function open(entry: PastEntry): LabelledCall {
  entry.opened ??= read(entry);
  return entry.opened;
}

function withoutLoss({ tool, args, result, labels: own, lost }: LabelledCall): PastCall {
  const labels = Object.freeze([...own]);
  return Object.freeze(
    lost ? ({ tool, args, labels } as unknown as PastCall) : { tool, args, labels, result },
  );
}

/** The same object for every later call, so that a copy can be cached by identity. */
function factOf(entry: PastEntry): PastCall {
  entry.fact ??= withoutLoss(open(entry));
  return entry.fact;
}

/**
 * The completed calls a policy sees; undefined if any is missing. Rules that need facts then take
 * the stricter way.
 */
export function factsOf({ entries, whole }: PastTrace): readonly PastCall[] | undefined {
  if (!whole) return undefined;
  return entries.filter(({ kind }) => kind === 'result').map(factOf);
}

/** What a label tracker sees: every kept call, and one call without an id that stands for all dropped ones. */
export function labelledCalls({ entries, carried }: PastTrace): readonly LabelledCall[] {
  const calls = entries.map(open);
  if (carried.length === 0) return calls;
  const gone = { callId: '', tool: '', args: undefined, result: undefined };
  return [{ ...gone, labels: carried, lost: true }, ...calls];
}
