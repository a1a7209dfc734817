import type { EvidenceReader } from '@spanforge/core-events';
import { createProjection, type Projected, type Projection } from '@spanforge/core-events/log';
import { policyLifecycleV1 } from '@spanforge/core-events/records';
import type { BundleReader } from '../bundle/bundle-reader.js';
import { compileBundle, type Decider } from '../decide/decider.js';
import { type ActivationHistory, historyOf, type StagedActivation } from './activation-history.js';
import {
  applyRecord,
  emptyLifecycleLog,
  type LifecycleLog,
  type LoggedStep,
} from './lifecycle-records.js';
import { isSigned, type TrustedSigners } from './signatures.js';

/** The activation history of every scope, by `scopeKey`. Immutable: a decision uses one state throughout. */
export type LifecycleState = ReadonlyMap<string, ActivationHistory>;

/** What projecting needs. */
export interface LifecycleProjectionOptions {
  readonly reader: EvidenceReader;
  readonly readBundle: BundleReader;
  readonly signers?: TrustedSigners | undefined;
  readonly clock: () => number;
  readonly refreshMs?: number | undefined;
  readonly maxLagMs?: number | undefined;
}

interface Published {
  readonly log: LifecycleLog;
  readonly revision: number;
  readonly state: LifecycleState;
}

/**
 * The state of the service as a function of the log, so that every replica computes the same. A state
 * is published only when all its bundles are compiled and, if signatures are required, verified.
 */
export function projectLifecycle(options: LifecycleProjectionOptions): Projection<LifecycleState> {
  const { reader, clock, refreshMs, maxLagMs } = options;
  const projection = createProjection<LifecycleLog>({
    reader,
    clock,
    ...(refreshMs === undefined ? {} : { refreshMs }),
    ...(maxLagMs === undefined ? {} : { maxLagMs }),
    types: [policyLifecycleV1.key],
    empty: emptyLifecycleLog,
    apply: applyRecord,
  });
  const open = createOpener(options);
  let published: Published | undefined;

  const isPublished = (log: LifecycleLog): boolean =>
    published?.log === log && published.revision === log.revision;

  async function publish({ state: log, size }: Projected<LifecycleLog>) {
    if (published !== undefined && isPublished(log)) return { state: published.state, size };
    const { revision } = log;
    const lists = [...log.steps].map(([scope, steps]) => [scope, [...steps]] as const);
    const histories = await Promise.all(
      lists.map(async ([scope, steps]) => [scope, await openHistory(steps, open)] as const),
    );
    const state: LifecycleState = new Map(histories);
    // The revision shows when an older state finished later; it is then computed again.
    published = { log, revision, state };
    return { state, size };
  }

  return {
    async current() {
      return publish(await projection.current());
    },
    async refresh() {
      return publish(await projection.refresh());
    },
    fresh() {
      const known = projection.fresh();
      if (known === undefined || published === undefined) return undefined;
      return isPublished(known.state) ? { state: published.state, size: known.size } : undefined;
    },
  };
}

type Open = (step: LoggedStep) => Promise<StagedActivation>;

async function openHistory(steps: readonly LoggedStep[], open: Open): Promise<ActivationHistory> {
  return historyOf(await Promise.all(steps.map(open)));
}

/** Opens each step once, and each bundle once, even when a rollback brings it back. */
function createOpener({ readBundle, signers }: LifecycleProjectionOptions): Open {
  const opened = new WeakMap<LoggedStep, Promise<StagedActivation>>();
  const deciders = new Map<string, Decider>();

  function decider(text: string, digest: string): Decider | 'unreadable' {
    const known = deciders.get(digest);
    if (known?.bundle.canonical === text) return known;
    const made = openDecider(readBundle, text, digest);
    if (made !== 'unreadable') deciders.set(digest, made);
    return made;
  }

  async function openStep(logged: LoggedStep): Promise<StagedActivation> {
    const { text, environment, ...head } = logged;
    const always = { effectiveAtMs: Number.NEGATIVE_INFINITY };
    if (logged.step === 'deactivated') return { ...head, decider: 'none', ...always };
    const found = text === undefined ? 'unreadable' : decider(text, logged.digest);
    const unreadable: StagedActivation = { ...head, decider: 'unreadable', ...always };
    if (found === 'unreadable' || text === undefined) return unreadable;
    // A signature for one environment is not valid for another.
    if (found.bundle.environment !== environment) return unreadable;
    if (signers !== undefined && !(await isSigned(text, logged.signatures, signers))) {
      return unreadable;
    }
    return { ...head, decider: found, effectiveAtMs: found.bundle.effectiveAtMs };
  }

  return (logged) => {
    const known = opened.get(logged) ?? openStep(logged);
    opened.set(logged, known);
    return known;
  };
}

function openDecider(
  readBundle: BundleReader,
  text: string,
  digest: string,
): Decider | 'unreadable' {
  try {
    const bundle = readBundle(text);
    if (bundle.digest === digest) return compileBundle(bundle);
  } catch {
    // What cannot be read here still governs, and blocks.
  }
  return 'unreadable';
}
