import { Given } from '@spanforge/core-signing';
import type { Awaitable } from './awaitable.js';
import type { Appended, AppendOptions, RecordDraft, Recorder } from './ports.js';

/** Appends as {@link Recorder.append} does, with nothing to wait for; throws what that rejects with. */
export type AppendAtOnce = (drafts: readonly RecordDraft[], options?: AppendOptions) => Appended;

/**
 * Keeps with a recorder what appends at once, where no copy of the recorder has it: who wraps a recorder
 * gets every append, whatever is copied.
 */
class AtOnce extends Given {
  readonly #appendAtOnce: AppendAtOnce;
  readonly #append: Recorder['append'];

  constructor(recorder: Recorder, appendAtOnce: AppendAtOnce) {
    super(recorder);
    this.#appendAtOnce = appendAtOnce;
    this.#append = recorder.append;
  }

  static of(recorder: Recorder): AppendAtOnce | undefined {
    if (!(#appendAtOnce in recorder)) return undefined;
    // An `append` that was replaced since is the one that counts.
    return recorder.append === recorder.#append ? recorder.#appendAtOnce : undefined;
  }
}

/**
 * Makes a recorder of one that has nothing to wait for, such as a stage: services then make no promise for
 * their records. To whom it is only a {@link Recorder} it is one like any other.
 */
export function recordAtOnce<One extends Recorder>(recorder: One, appendAtOnce: AppendAtOnce): One {
  new AtOnce(recorder, appendAtOnce);
  return recorder;
}

/** What a recorder appends with at once; undefined where it has to be waited for. */
export function atOnceOf(recorder: Recorder): AppendAtOnce | undefined {
  return typeof recorder === 'object' && recorder !== null ? AtOnce.of(recorder) : undefined;
}

/**
 * Appends records that another part commits: a rejection of `receipts` is marked as handled. Answers at once
 * where the recorder does.
 *
 * @throws what `append` of a recorder that answers at once rejects with.
 */
export function appendTo(recorder: Recorder, drafts: readonly RecordDraft[]): Awaitable<Appended> {
  const appendAtOnce = atOnceOf(recorder);
  if (appendAtOnce) return appendAtOnce(drafts);
  // A recorder of somebody else may answer with a promise of another realm or library.
  return Promise.resolve(recorder.append(drafts)).then((appended) => {
    appended.receipts?.catch(() => undefined);
    return appended;
  });
}
