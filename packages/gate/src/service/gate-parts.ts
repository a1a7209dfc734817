import { resolve } from 'node:path';
import {
  type Clock,
  createIds,
  type MakeId,
  type RecordDraft,
  systemClock,
} from '@spanforge/core-events';
import { type SigningKey, toVerificationKey, type VerificationKey } from '@spanforge/core-signing';
import { type ArtifactStore, createArtifactStore } from '../artifact/store.js';
import { GateError } from '../error.js';
import type { GateExecutor, GateServices } from '../executor.js';
import { builtinExecutors } from '../executors.js';
import type { SuppressionBook } from '../model/suppressions.js';
import { type GateSettings, resolveSettings } from '../settings.js';
import type { GateOptions } from '../types.js';
import { SOURCE } from '../version.js';

/** The options of a gate service with their defaults, and its settings, which may change. */
export interface GateParts {
  readonly options: GateOptions;
  readonly keys: readonly SigningKey[];
  readonly verificationKeys: readonly VerificationKey[];
  readonly executors: ReadonlyMap<string, GateExecutor>;
  readonly clock: Clock;
  readonly monotonic: () => number;
  readonly ids: MakeId;
  readonly source: string;
  settings: GateSettings;
}

/**
 * Fills in the defaults of a gate service.
 *
 * @throws {GateError} `GATE_OPTIONS_INVALID` for a setting that cannot be used.
 */
export function gateParts(options: GateOptions): GateParts {
  const { keys = [], clock = systemClock, monotonic = () => performance.now() } = options;
  const own = (options.executors ?? []).map((executor) => [executor.type, executor] as const);
  return {
    ...{ options, keys, clock, monotonic },
    verificationKeys: options.verificationKeys ?? keys.map(toVerificationKey),
    executors: new Map([...builtinExecutors(), ...own]),
    ids: options.ids ?? createIds(clock),
    source: options.source ?? SOURCE,
    settings: resolveSettings(options.settings ?? {}),
  };
}

/** The artifact folder as an absolute path. */
export function artifactFolder({ options, settings }: GateParts): string {
  return resolve(options.root, settings.artifactDir);
}

/** The store of the artifact folder that is configured now. */
export function artifactStore(parts: GateParts): ArtifactStore {
  const { keys, verificationKeys, settings } = parts;
  const folder = artifactFolder(parts);
  return createArtifactStore({ folder, shownAs: settings.artifactDir, keys, verificationKeys });
}

/** The project of an evaluation: the given one, or that of the service. */
export function projectOf({ options }: GateParts, given?: string): string | undefined {
  return given ?? options.projectId ?? options.context?.project;
}

const refuseCommands = (): Promise<never> =>
  Promise.reject(
    new GateError(
      'GATE_INPUT_UNREADABLE',
      'this gate cannot run commands; give createGate runCommand',
    ),
  );

/** The services that the executors of one evaluation or run are given. */
export function servicesFor(
  parts: GateParts,
  suppressions: SuppressionBook,
  projectId: string | undefined,
): GateServices {
  const { settings, clock, monotonic, keys, verificationKeys } = parts;
  const { root, reader, recorder, policy, context, fetch, onProgress, runCommand } = parts.options;
  return {
    ...{ root, settings, clock, monotonic, keys, verificationKeys, suppressions },
    runCommand: runCommand ?? refuseCommands,
    ...(reader === undefined ? {} : { reader }),
    ...(recorder === undefined ? {} : { recorder }),
    ...(policy === undefined ? {} : { policy }),
    ...(context === undefined ? {} : { context }),
    ...(projectId === undefined ? {} : { projectId }),
    ...(fetch === undefined ? {} : { fetch }),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
}

/**
 * Records drafts, if there is a recorder; returns the ids of the records.
 *
 * @throws {GateError} `GATE_EVIDENCE_UNAVAILABLE`.
 */
export async function recordDrafts(
  { options: { recorder } }: GateParts,
  drafts: readonly RecordDraft[],
): Promise<readonly string[]> {
  if (recorder === undefined || drafts.length === 0) return [];
  try {
    return (await recorder.append(drafts)).ids;
  } catch (cause) {
    throw new GateError('GATE_EVIDENCE_UNAVAILABLE', 'the verdict could not be recorded', {
      cause,
    });
  }
}
