import { GovernError, type Reviews } from '@spanforge/govern';

/** An interruption of the SDK, as far as it is looked at. */
export interface Interruption {
  readonly rawItem: { readonly callId?: string } | object;
}

/** A run's state, as far as it is changed. */
export interface ResumableState<Item> {
  approve(item: Item): void;
  reject(item: Item, options?: { readonly message?: string }): void;
}

/** What a person decided about one interruption, and who it was. */
export interface InterruptionAnswer<Item extends Interruption> {
  readonly state: ResumableState<Item>;
  readonly interruption: Item;
  readonly resolution: 'approved' | 'rejected';
  /** From a verified token or the host's session, never from the run. */
  readonly reviewer: string;
  /** At most 4096 characters; a rejection's note is told to the model. */
  readonly note?: string;
  readonly reviews: Pick<Reviews, 'forCall' | 'resolve'>;
  /** Whose call it is; from the host. */
  readonly context: { readonly tenant: string; readonly run: string };
}

/** What became of an answer. */
export interface ResolvedInterruption {
  /** `refused`: the run stays interrupted there, and `code` says why the answer does not count. */
  readonly status: 'approved' | 'rejected' | 'refused';
  /** Absent where the tool itself had asked, and no review stands behind it. */
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
  // Without a review the yes is the SDK's own; the governor decides when the tool is to run.
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
 * Records a person's decision about an interruption as one about the review behind it, and then
 * tells the state of the run. Who asked cannot approve; a yes given to the state alone runs nothing.
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
