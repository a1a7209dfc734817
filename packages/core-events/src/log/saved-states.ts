import type { EvidenceReader } from '../ports.js';
import type { SnapshotStore } from './snapshots.js';

/** A state, and the log size it includes. */
export interface SizedState<State> {
  state: State;
  size: number;
}

/** The states of a projection that were saved, so that it need not read the whole log. */
export interface SavedStates<State> {
  /** The state of a snapshot, if one fits; otherwise the log is read from the start. */
  restore(): Promise<SizedState<State> | undefined>;
  /** Counts a record that was applied. */
  countApplied(): void;
  /** Saves a state when enough records were applied since the last; never rejects. */
  save(projected: Readonly<SizedState<State>>): Promise<void>;
}

/** Where states are saved, and how; nothing is saved without `snapshots`. */
export interface SavedStateOptions<State> {
  readonly reader: Pick<EvidenceReader, 'size'>;
  readonly snapshots?: {
    readonly store: SnapshotStore;
    readonly name: string;
    readonly encode: (state: State) => unknown;
    readonly decode: (value: unknown) => State;
    readonly every?: number;
  };
}

/** The content of a snapshot, with the record types the state was computed from. */
interface SnapshotContent {
  readonly types: readonly string[];
  readonly state: unknown;
}

/** Creates the saved states of a projection over these record types. */
export function createSavedStates<State>(
  { reader, snapshots }: SavedStateOptions<State>,
  types: readonly string[],
): SavedStates<State> {
  let applied = 0;
  return {
    async restore() {
      if (!snapshots) return undefined;
      const saved = await snapshots.store.load(snapshots.name);
      if (!saved || saved.size > (await reader.size())) return undefined;
      const { types: covered, state } = saved.value as SnapshotContent;
      if (!Array.isArray(covered) || covered.join() !== types.join()) return undefined;
      try {
        return { state: snapshots.decode(state), size: saved.size };
      } catch {
        // Written by a version with another encoding.
        return undefined;
      }
    },
    countApplied() {
      applied += 1;
    },
    async save({ state, size }) {
      if (!snapshots || applied < (snapshots.every ?? 1000)) return;
      applied = 0;
      try {
        const content: SnapshotContent = { types, state: snapshots.encode(state) };
        await snapshots.store.save(snapshots.name, size, content);
      } catch {
        // A snapshot only saves time; the next one is tried later.
      }
    },
  };
}
