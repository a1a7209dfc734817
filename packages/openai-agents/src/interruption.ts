import { GovernError, type Reviews } from '@spanforge/govern';

/** The parts of an SDK interruption that are read. */
export interface Interruption {
  readonly rawItem: { readonly callId?: string } | object;
}

/** The parts of a run's state that are changed. */
export interface ResumableState<Item> {
  approve(item: Item): void;
  reject(item: Item, options?: { readonly message?: string }): void;
}

/** A person's decision about one interruption, and who the person is. */
export interface InterruptionAnswer<Item extends Interruption> {
  readonly state: ResumableState<Item>;
  readonly interruption: Item;
  readonly resolution: 'approved' | 'rejected';
  /** From a verified token or the host's session, never from the run. */
  readonly reviewer: string;
  /** At most 4096 characters. The model is told the note of a rejection. */
  readonly note?: string;
  readonly reviews: Pick<Reviews, 'forCall' | 'resolve'>;
  /** The context of the call; from the host. */
  readonly context: { readonly tenant: string; readonly run: string };
}

/** The effect of an answer. */
export interface ResolvedInterruption {
  /** `refused`: the run stays interrupted, and `code` says why the answer does not count. */
  readonly status: 'approved' | 'rejected' | 'refused';
  /** Absent if the tool itself asked, so that there is no review. */
  readonly reviewId?: string;
  readonly code?: string;
}

/** The id of the call an interruption is about; handoffs have none. */
export function callIdOf({ rawItem }: Interruption): string | undefined {
  return 'callId' in rawItem ? rawItem.callId : undefined;
}

async function record<Item extends Interruption>(
  answer: InterruptionAnswer<Item>,
): Promise<ResolvedInterruption> {
  const { interruption, resolution, reviewer, note, reviews, context } = answer;
  const callId = callIdOf(interruption);
  const { tenant, run } = context;
  const review = callId === undefined ? undefined : await reviews.forCall({ tenant, run, callId });
  // Without a review this yes is the SDK's own. The governor decides when the tool runs.
  if (review === undefined) return { status: resolution };
  const { reviewId, state } = review;
  if (state === resolution) return { status: resolution, reviewId };
  try {
    await reviews.resolve({ reviewId, resolution, reviewer, ...(note ? { note } : {}) });
    return { status: resolution, reviewId };
  } catch (error) {
    if (!GovernError.is(error)) throw error;
    return { status: 'refused', reviewId, code: error.code };
  }
}

/**
 * Records a person's decision about an interruption as a decision about its review, and then
 * changes the state of the run. Nobody can approve a call of their own. A yes that only the state
 * knows runs nothing.
 *
 * @throws {EventsError} `EVENTS_STATE_UNAVAILABLE` when the reviews cannot be read.
 */
export async function resolveInterruption<Item extends Interruption>(
  answer: InterruptionAnswer<Item>,
): Promise<ResolvedInterruption> {
  const resolved = await record(answer);
  const { state, interruption, note } = answer;
  if (resolved.status === 'approved') state.approve(interruption);
  if (resolved.status === 'rejected') state.reject(interruption, note ? { message: note } : {});
  return resolved;
}
