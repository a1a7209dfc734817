import { createLattice, type Lattice } from './lattice.js';
import { labelsFor, type Propagation, type PropagationMode, propagate } from './propagate.js';
import { traceValue, type ValueTrace } from './traces.js';

/** The parts of an earlier call of the same run that a tracker reads. */
export interface TrackedCall {
  readonly callId: string;
  /** The trace it belongs to; a run may have several, and call ids are unique only in one. */
  readonly traceId?: string;
  readonly result: unknown;
  readonly labels: readonly string[];
  /** True if the result is no longer available; it may then have held anything. */
  readonly lost: boolean;
}

/** How labels are tracked. */
export interface LabelTrackerOptions {
  /** Integrity and confidentiality when absent. */
  readonly lattice?: Lattice;
  /**
   * Which labels of its arguments a result inherits: by `context` (the default) all of them, which
   * is sound; by `exact` or `partial` only those that came with a reappearing value or run.
   */
  readonly resultsCarry?: PropagationMode;
}

/**
 * Finds the labels of values; `govern` takes it as `labels`. `past` are the labelled calls of the
 * whole run with all its traces, because what an agent read in one conversation can appear in the
 * next.
 */
export interface LabelTracker {
  onCall(asked: { readonly args: unknown; readonly past: readonly TrackedCall[] }): {
    readonly labels: readonly string[];
    readonly via: readonly {
      readonly label: string;
      readonly mode: PropagationMode;
      readonly fromCallId: string;
      /** Set if the call named its trace. */
      readonly fromTraceId?: string;
    }[];
  };
  onResult(asked: { readonly inputLabels: readonly string[] }): readonly string[];
}

const LOST: ValueTrace = Object.freeze({
  ...traceValue(''),
  truncated: true,
});

/** Creates a tracker over the lattice and propagation of this package. Pure but for a cache. */
export function createLabelTracker(options: LabelTrackerOptions = {}): LabelTracker {
  const { lattice = createLattice(), resultsCarry = 'context' } = options;
  const traces = new WeakMap<TrackedCall, ValueTrace>();
  const traceOf = (call: TrackedCall): ValueTrace => {
    const known = call.lost ? LOST : traces.get(call);
    if (known !== undefined) return known;
    const trace = traceValue(call.result);
    traces.set(call, trace);
    return trace;
  };
  return Object.freeze({
    onCall({ args, past }) {
      const labelled = past.filter(({ labels }) => labels.length > 0);
      if (labelled.length === 0) return { labels: [], via: [] };
      const earlier = labelled.map((call, at) => ({
        from: String(at),
        labels: withoutModes(call.labels),
        trace: traceOf(call),
      }));
      const found = propagate(traceValue(args), earlier);
      return {
        labels: labelsFor(lattice, [], found),
        via: found.flatMap((one) => viaOf(one, labelled[Number(one.from)])),
      };
    },
    onResult: ({ inputLabels }) => lattice.normalize(carried(inputLabels, resultsCarry)),
  } satisfies LabelTracker);
}

function viaOf({ mode, labels }: Propagation, call: TrackedCall | undefined) {
  const { callId: fromCallId = '', traceId } = call ?? {};
  const from = traceId === undefined ? { fromCallId } : { fromCallId, fromTraceId: traceId };
  return labels.map((label) => ({ label, mode, ...from }));
}

const MODE = /:(context|exact|partial)$/;

function withoutModes(labels: readonly string[]): readonly string[] {
  return labels.filter((label) => !MODE.test(label));
}

/** A label without a mode was given by the caller and is always kept. */
function carried(labels: readonly string[], mode: PropagationMode): readonly string[] {
  const plain = withoutModes(labels);
  if (mode === 'context') return plain;
  const all = new Set(labels);
  const came = (label: string): boolean =>
    ['context', 'exact', 'partial'].some((one) => all.has(`${label}:${one}`));
  return plain.filter((label) => all.has(`${label}:${mode}`) || !came(label));
}
