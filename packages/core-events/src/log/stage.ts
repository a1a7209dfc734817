import { type AppendAtOnce, recordAtOnce } from '../append-to.js';
import { EventsError } from '../error.js';
import type { Appended, Receipt } from '../ports.js';
import type { GroupOutcome } from './batches.js';
import type { Join } from './joining.js';
import type { SealedGroup, SealedRecord, SealGroup } from './prepare.js';
import { appendedOf } from './submit-group.js';
import type { Stage, StageOptions } from './types.js';

type CommitEnd =
  | { readonly kind: 'committed'; readonly outcome: GroupOutcome }
  | { readonly kind: 'failed'; readonly error: unknown };

/**
 * Attaches each disclosure to only one record, the last that has it, or to none if it is already
 * stored. The other records name it by its digest.
 */
function storeOnce(
  records: readonly SealedRecord[],
  { stored = [] }: StageOptions,
): readonly SealedRecord[] {
  if (!records.some(({ disclosures }) => disclosures.length > 0)) return records;
  const seen = new Set(stored.map(({ digest }) => digest));
  const once = [...records];
  for (let at = once.length - 1; at >= 0; at -= 1) {
    const record = once[at];
    if (record === undefined || record.disclosures.length === 0) continue;
    const fresh = record.disclosures.filter(({ digest }) => !seen.has(digest));
    for (const { digest } of fresh) seen.add(digest);
    if (fresh.length < record.disclosures.length) once[at] = { ...record, disclosures: fresh };
  }
  return once;
}

/**
 * A staged append. Its receipts are created on first access; most callers never read them. It is a
 * class because V8 makes a new shape for every object literal with a getter.
 */
class Staged implements Appended {
  readonly duplicate = false;
  #receipts: Promise<readonly Receipt[]> | undefined;
  readonly #await: () => Promise<readonly Receipt[]>;

  constructor(
    readonly ids: readonly string[],
    receipts: () => Promise<readonly Receipt[]>,
  ) {
    this.#await = receipts;
  }

  get receipts(): Promise<readonly Receipt[]> {
    this.#receipts ??= this.#await();
    return this.#receipts;
  }
}

/** Collects what several services record about one action, so that one commit carries it. */
export function createStage(
  seal: SealGroup,
  submit: (group: SealedGroup) => Promise<GroupOutcome>,
  join: Join,
  staging: StageOptions = {},
): Stage {
  const staged: SealedRecord[] = [];
  let bytes = 0;
  let state: 'open' | 'done' = 'open';
  let ended: CommitEnd | undefined;
  let tell: ((end: CommitEnd) => void)[] = [];
  const end = (how: CommitEnd): void => {
    ended = how;
    for (const one of tell) one(how);
    tell = [];
  };
  const receiptsOf = (from: number, to: number): Promise<readonly Receipt[]> => {
    const receipts = new Promise<readonly Receipt[]>((resolve, reject) => {
      const settle = (how: CommitEnd): void => {
        if (how.kind === 'failed') reject(how.error);
        else resolve(how.outcome.receipts().slice(from, to));
      };
      if (ended) settle(ended);
      else tell.push(settle);
    });
    // A service need not await its receipts; the committer gets the error in any case.
    receipts.catch(() => undefined);
    return receipts;
  };

  const requireOpen = (): void => {
    if (state === 'done')
      throw new EventsError('EVENTS_LOG_CLOSED', 'the stage is already committed');
  };
  const appendAtOnce: AppendAtOnce = (drafts, options) => {
    requireOpen();
    if (options?.claim !== undefined || options?.idempotencyKey !== undefined) {
      throw new EventsError(
        'EVENTS_OPTIONS_INVALID',
        'pass claims and keys to the commit of the stage, not to its appends',
      );
    }
    const group = seal(drafts);
    const from = staged.length;
    const to = from + group.records.length;
    staged.push(...group.records);
    bytes += group.bytes;
    const ids = group.records.map((record) => record.id);
    return new Staged(ids, () => receiptsOf(from, to));
  };
  const stage: Stage = {
    append: async (drafts, options) => appendAtOnce(drafts, options),
    async commit(options = {}) {
      requireOpen();
      state = 'done';
      try {
        const joined = join(options, staged[0]?.tenant ?? '');
        const records = storeOnce(staged, staging);
        const outcome = await submit({ records, bytes, options: joined });
        end({ kind: 'committed', outcome });
        return appendedOf(outcome);
      } catch (error) {
        end({ kind: 'failed', error });
        throw error;
      }
    },
    discard(reason) {
      if (state === 'done') return;
      state = 'done';
      end({ kind: 'failed', error: reason });
    },
  };
  return recordAtOnce(stage, appendAtOnce);
}
