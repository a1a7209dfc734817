import { toHex } from '@spanforge/core-signing';
import { systemClock } from '../clock.js';
import type { EvidenceContext } from '../context.js';
import { EventsError } from '../error.js';
import type { EvidenceRecord } from '../evidence.js';
import { createIds } from '../ids.js';
import type { Appended, AppendOptions, CounterStore, Receipt, RecordDraft } from '../ports.js';
import { logOpenedV1 } from '../records/log-opened-v1.js';
import { SOURCE } from '../version.js';
import { createClaims } from './claims.js';
import {
  createSkim,
  type DecodedRecord,
  decodeStored,
  requireWhole,
  typeOfSigned,
  writerOfSigned,
} from './decode.js';
import { createGapLedger, gapDraft } from './gaps.js';
import { createGroupCommit } from './group-commit.js';
import { createCompleteReader } from './index/complete-reader.js';
import { readIndexHead, type SignedIndexHead } from './index/index-head.js';
import { createOwnTypes } from './index/own-types.js';
import { createRunKeys } from './index/run-keys.js';
import { createTermBook } from './index/term-book.js';
import { readTerm } from './index/term-reader.js';
import { requireTermsFrom } from './index/terms-from.js';
import { joinGroup } from './join-group.js';
import { createJoin } from './joining.js';
import type { LogGuard } from './log-guard.js';
import { checkLogOptions } from './log-options.js';
import { createSealGroup, type SealedGroup } from './prepare.js';
import { createQuarantine } from './quarantine.js';
import { createReader } from './read.js';
import { createRecentIndex } from './recent-index.js';
import { createRecentNames } from './recent-names.js';
import { createRecordEncoder } from './record-encoder.js';
import { createRecordKeys } from './record-keys.js';
import { recordCounters } from './recorded-counters.js';
import { createSeenStamps } from './seen-stamps.js';
import { createSnapshotStore } from './snapshots.js';
import { createStage } from './stage.js';
import type { StoredRecord, StoreTaken } from './store.js';
import { runTerm } from './terms.js';
import type { EvidenceLog, EvidenceLogOptions, LogStatus, StageOptions } from './types.js';
import { watchClock } from './watched-clock.js';

/** Idempotency keys remembered: those used by this process, and by the newest records at its start. */
const RECENT_KEYS = 16_384;

const MAX_IN_FLIGHT = 2;

function ownContext(options: EvidenceLogOptions, boot: string): EvidenceContext {
  return {
    tenant: 'system',
    project: options.project ?? 'spanforge',
    env: options.env ?? 'system',
    run: boot,
    traceId: boot,
    agent: 'spanforge',
    actor: options.writer,
    source: SOURCE,
  };
}

/** Checks that the store has the log of this origin; writes the first record into an empty store. */
async function openOrCheck(
  { origin, store, decode }: EvidenceLog,
  append: (draft: RecordDraft) => Promise<unknown>,
  context: EvidenceContext,
  { guard, opened }: Pick<EvidenceLogOptions, 'guard' | 'opened'>,
): Promise<void> {
  if ((await store.size()) === 0) {
    // A log that lost all its records must not be started again.
    if (guard?.refusal()) return;
    try {
      const body = logOpenedV1.toWire({ ...opened, origin });
      await append({ type: logOpenedV1.key, context, body });
      return;
    } catch (error) {
      // Another process opened the log at the same moment.
      if (!EventsError.is(error) || error.code !== 'EVENTS_CLAIM_TAKEN') throw error;
    }
  }
  const [first] = await store.read(0, 1);
  const record = first ? requireWhole(decode(first)) : undefined;
  const found =
    record?.type === logOpenedV1.key ? logOpenedV1.fromWire(record.body).origin : 'none';
  if (found === origin) return;
  throw new EventsError('EVENTS_OPTIONS_INVALID', 'the store holds a log of another origin', {
    details: { path: '$.origin', found },
  });
}

/**
 * Opens the evidence log in a store. An empty store becomes the log of `origin`, whose first record
 * says so; any other must hold that log already.
 *
 * `append` serialises at the call and resolves only when the records are durable; calls made during a
 * commit share the next one. After a crash the log may have records that were never acknowledged, but
 * never lacks an acknowledged one.
 *
 * @throws {EventsError} `EVENTS_OPTIONS_INVALID`, `EVENTS_STORE_UNAVAILABLE`.
 * @throws {SigningError} `SIGNING_SECRET_WEAK`.
 */
export async function openEvidenceLog(options: EvidenceLogOptions): Promise<EvidenceLog> {
  const { store, origin, writer, hmac, earlierSecrets, registry, unsignedBelow, limits } =
    checkLogOptions(options);
  const keys = createRecordKeys(hmac, earlierSecrets);
  const clock = watchClock(options.clock ?? systemClock);
  const makeId = options.ids ?? createIds(clock.now);
  const stamp = { id: writer, boot: makeId() };
  const context = Object.freeze(ownContext(options, stamp.boot));
  const join = createJoin(keys);
  const encode = createRecordEncoder();
  const seal = createSealGroup({ makeId, clock: clock.now, registry, join, encode, writer: stamp });
  const decode = (stored: StoredRecord): DecodedRecord => decodeStored(stored, keys, unsignedBelow);
  const queue = createGroupCommit({
    store,
    keys,
    gaps: createGapLedger(),
    sealGaps: (gaps) => seal(gaps.map((gap) => gapDraft(gap, stamp, context))),
    readReceipts: async (first, count) =>
      (await store.read(first, count)).map((stored) => receiptOf(requireWhole(decode(stored)))),
    ...limits,
    maxInFlight: MAX_IN_FLIGHT,
  });
  let closing: Promise<void> | undefined;

  const requireOpen = (): void => {
    if (closing) throw new EventsError('EVENTS_LOG_CLOSED', 'the log is closed');
  };
  const requireGoverning = (): void => {
    const refusal = options.guard?.refusal();
    if (refusal) throw refusal;
  };
  const termsFrom = await requireTermsFrom(store);
  const own = createOwnTypes();
  let size = await store.size();
  const head = async (): Promise<SignedIndexHead | undefined> =>
    options.logKey && readIndexHead(store, origin, options.logKey);
  const complete = createCompleteReader({
    store,
    decode,
    typeOf: (stored) => typeOfSigned(stored, keys),
    own,
    head,
    quarantined: createQuarantine(store, decode),
  });
  const claims = createClaims({ store, head });
  const book = options.logKey && createTermBook({ store, head });
  const runKeys = book && createRunKeys(store, book);
  /** Refuses a taken claim. With a known idempotency key the store decides, and stores nothing. */
  const requireFree = async (claim: string, key: string | undefined): Promise<void> => {
    if (!(await claims.isTaken(claim))) return;
    const { findTaken } = store as Partial<StoreTaken>;
    const known = key === undefined ? undefined : await findTaken?.([], [key]);
    if (known?.keys[0]) return;
    throw claimTaken();
  };
  const usedKeys = createRecentNames(RECENT_KEYS);
  /** A key known as used must still be in the store, or the store would let it be used again. */
  const requireUsed = async (key: string): Promise<void> => {
    const { findTaken } = store as Partial<StoreTaken>;
    if (!findTaken || (await findTaken([], [key])).keys[0]) return;
    const message = 'a used idempotency key is gone: run "audit fsck", then "audit reindex"';
    throw new EventsError('EVENTS_INDEX_INCOMPLETE', message);
  };
  /** Whether a key is known as used: from memory, or because a record below the signed size names it. */
  const knowsKey = ({ records }: SealedGroup, key: string): boolean | Promise<boolean> => {
    if (usedKeys.has(key)) return true;
    const run = records[0]?.terms.find((term) => term.startsWith('run:'));
    return (run !== undefined && runKeys?.isUsed(run, key, size)) || false;
  };
  const submit = async (group: SealedGroup): Promise<Appended> => {
    requireOpen();
    requireGoverning();
    if (group.records.length === 0)
      throw new EventsError('EVENTS_RECORD_INVALID', 'expected at least one record to append');
    const joined = joinGroup(group, keys.signing, encode);
    const { claim, idempotency } = group.options;
    const used = idempotency && knowsKey(group, idempotency.key);
    if (used) {
      if (await used) await requireUsed(idempotency.key);
      requireOpen();
    }
    if (claim !== undefined) {
      await requireFree(claim, idempotency?.key);
      requireOpen();
    }
    const { duplicate, receipts } = await queue.submit(joined);
    if (idempotency) usedKeys.add(idempotency.key);
    if (!duplicate) claims.note(receipts[0]?.index ?? 0, receipts.length, claim);
    for (const { index, type } of receipts) own.note(index, type);
    size = Math.max(size, (receipts.at(-1)?.index ?? -1) + 1);
    const ids = receipts.map((receipt) => receipt.id);
    return { ids, duplicate, receipts: Promise.resolve(receipts) };
  };
  const recordAt = async (index: number): Promise<EvidenceRecord | undefined> => {
    const [stored] = await store.read(index, 1);
    const decoded = stored && decode(stored);
    return decoded?.ok ? decoded.record : undefined;
  };
  async function* readWithCopies(types: readonly string[], from: number, to: number) {
    requireGoverning();
    yield* complete(types, from, to);
  }
  const log: EvidenceLog = Object.freeze({
    ...createReader(store, keys, unsignedBelow, termsFrom),
    origin,
    store,
    async *readComplete(types: readonly string[], from: number, to: number) {
      const stamps = createSeenStamps();
      for await (const record of readWithCopies(types, from, to)) {
        if (!stamps.isCopy(record)) yield record;
      }
    },
    ...(book && {
      async *readRun(run: string, types: readonly string[]) {
        requireGoverning();
        const wanted = new Set(types);
        const stamps = createSeenStamps();
        for await (const stored of readTerm({ store, book }, runTerm(run))) {
          const type = typeOfSigned(stored, keys);
          if (type !== undefined && !wanted.has(type)) continue;
          const record = requireWhole(decode(stored));
          if (wanted.has(record.type) && !stamps.isCopy(record)) yield record;
        }
      },
    }),
    requireRecentIndex: createRecentIndex({
      ...{ store, decode, clock: clock.now, termsFrom },
      onKey: usedKeys.add,
      ...(book && { signedTo: book.end }),
    }),
    async append(drafts: readonly RecordDraft[], joining: AppendOptions = {}) {
      requireOpen();
      requireGoverning();
      return submit(seal(drafts, joining));
    },
    stage: (staging?: StageOptions) => createStage(seal, submit, join, staging),
    counters: (counters: CounterStore) =>
      recordCounters(counters, {
        keys,
        clock: clock.now,
        size: () => store.size(),
        recordAt,
        // What a copy says was counted counts once: its entry has the same name.
        readComplete: readWithCopies,
      }),
    decode,
    writerOf: (stored: StoredRecord) => writerOfSigned(stored, keys),
    skim: createSkim(keys, unsignedBelow),
    snapshots: createSnapshotStore(store, keys, origin),
    status: () => ({
      state: closing ? ('closed' as const) : ('open' as const),
      size,
      ...queue.counters,
      clockReversals: clock.reversals(),
      ...refusalOf(options.guard),
    }),
    close() {
      closing ??= queue
        .close()
        .then(() => options.beforeClose?.())
        .finally(() => store.close());
      return closing;
    },
  });
  const append = (draft: RecordDraft) => log.append([draft], { claim: 'log.opened' });
  await openOrCheck(log, append, context, options);
  return log;
}

function refusalOf(guard: LogGuard | undefined): Pick<LogStatus, 'refusal'> {
  const refusal = guard?.refusal();
  return refusal ? { refusal: String(refusal.details.reason) } : {};
}

function receiptOf({ id, type, index, leaf }: EvidenceRecord): Receipt {
  return { id, type, index, leaf: toHex(leaf) };
}
