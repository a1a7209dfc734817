import { toHex } from '@spanforge/core-signing';
import { systemClock } from '../clock.js';
import type { CounterStore } from '../counter-port.js';
import type { EvidenceRecord } from '../evidence.js';
import { createIds } from '../ids.js';
import type { AppendOptions, Receipt, RecordDraft } from '../ports.js';
import type { GroupOutcome } from './batches.js';
import { createClaims } from './claims.js';
import {
  createSkim,
  type DecodedRecord,
  decodeStored,
  requireWhole,
  typeOfSigned,
  writerOfSigned,
} from './decode.js';
import { createManyDecoder } from './decode-many.js';
import { createGapLedger, gapDraft } from './gaps.js';
import { createGroupCommit } from './group-commit.js';
import { createCompleteReader } from './index/complete-reader.js';
import { readIndexHead, type SignedIndexHead } from './index/index-head.js';
import { createOwnTypes } from './index/own-types.js';
import { createRunKeys } from './index/run-keys.js';
import { createTermBook } from './index/term-book.js';
import { requireTermsFrom } from './index/terms-from.js';
import { createJoin } from './joining.js';
import type { LogGuard } from './log-guard.js';
import { type CheckedLogOptions, checkLogOptions } from './log-options.js';
import { readOriginals, readRunRecords, readWithCopies } from './log-reads.js';
import { type LogState, requireGoverning, requireOpen } from './log-state.js';
import { openOrCheck, ownContext } from './opened-record.js';
import { createSealGroup, type SealedGroup } from './prepare.js';
import { createQuarantine } from './quarantine.js';
import { createReader } from './read.js';
import { createRecentIndex } from './recent-index.js';
import { createRecordKeys } from './record-keys.js';
import { recordCounters } from './recorded-counters.js';
import { createSnapshotStore } from './snapshots.js';
import { createStage } from './stage.js';
import type { EvidenceStore, StoredRecord } from './store.js';
import { appendedOf, submitGroup } from './submit-group.js';
import type { EvidenceLog, EvidenceLogOptions, LogStatus, StageOptions } from './types.js';
import { createUsedKeys } from './used-keys.js';
import { watchClock } from './watched-clock.js';

const MAX_IN_FLIGHT = 2;

/** What seals records, numbers them, and checks them when they are read. */
function createRecordParts(options: CheckedLogOptions) {
  const { store, writer, hmac, earlierSecrets, registry, unsignedBelow, limits } = options;
  const keys = createRecordKeys(hmac, earlierSecrets);
  const clock = watchClock(options.clock ?? systemClock);
  const makeId = options.ids ?? createIds(clock.now);
  const stamp = { id: writer, boot: makeId() };
  const context = ownContext(options, stamp.boot);
  const join = createJoin(keys);
  const seal = createSealGroup({ makeId, clock: clock.now, registry, join, writer: stamp });
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
  return { keys, clock, context, join, seal, decode, queue };
}

/** What is looked up in the signed index, and remembered of the records after it. */
function createIndexParts(
  { store, origin, logKey }: CheckedLogOptions,
  { keys, decode }: Pick<ReturnType<typeof createRecordParts>, 'keys' | 'decode'>,
) {
  const head = async (): Promise<SignedIndexHead | undefined> =>
    logKey && readIndexHead(store, origin, logKey);
  const own = createOwnTypes();
  const complete = createCompleteReader({
    ...{ store, decode, own, head },
    typeOf: (stored) => typeOfSigned(stored, keys),
    quarantined: createQuarantine(store, decode),
  });
  const book = logKey && createTermBook({ store, head });
  const usedKeys = createUsedKeys(store, book && createRunKeys(store, book));
  return { own, complete, book, usedKeys, claims: createClaims({ store, head }) };
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
  const checked = checkLogOptions(options);
  const { store, origin, unsignedBelow } = checked;
  const records = createRecordParts(checked);
  const { keys, clock, join, seal, decode, queue } = records;
  const termsFrom = await requireTermsFrom(store);
  const { guard } = options;
  const state: LogState = { size: await store.size(), closing: undefined, guard };
  const { own, complete, book, usedKeys, claims } = createIndexParts(checked, records);
  const submitting = { store, state, queue, signing: keys.signing, claims, usedKeys, own };
  const submit = (group: SealedGroup): Promise<GroupOutcome> => submitGroup(submitting, group);
  const reading = { store, state, keys, decode, complete };
  const log: EvidenceLog = Object.freeze({
    ...createReader(store, keys, unsignedBelow, termsFrom),
    origin,
    store,
    readComplete: (types: readonly string[], from: number, to: number) =>
      readOriginals(reading, types, from, to),
    ...(book && {
      readRun: (run: string, types: readonly string[]) => readRunRecords(reading, book, run, types),
    }),
    requireRecentIndex: createRecentIndex({
      ...{ store, decode, clock: clock.now, termsFrom },
      onKey: usedKeys.add,
      ...(book && { signedTo: book.end }),
    }),
    async append(drafts: readonly RecordDraft[], joining: AppendOptions = {}) {
      requireOpen(state);
      requireGoverning(state);
      return appendedOf(await submit(seal(drafts, joining)));
    },
    stage: (staging?: StageOptions) => createStage(seal, submit, join, staging),
    counters: (counters: CounterStore) =>
      recordCounters(counters, {
        keys,
        clock: clock.now,
        size: () => store.size(),
        recordAt: (index) => recordAt(store, decode, index),
        // What a copy says was counted counts once: its entry has the same name.
        readComplete: (types, from, to) => readWithCopies(reading, types, from, to),
      }),
    decode,
    decodeMany: createManyDecoder(keys, unsignedBelow),
    writerOf: (stored: StoredRecord) => writerOfSigned(stored, keys),
    ...createSkim(keys, unsignedBelow),
    snapshots: createSnapshotStore(store, keys, origin),
    status: () => ({
      ...{ state: state.closing ? ('closed' as const) : ('open' as const), size: state.size },
      ...queue.counters,
      clockReversals: clock.reversals(),
      ...refusalOf(guard),
    }),
    close() {
      state.closing ??= queue
        .close()
        .then(() => options.beforeClose?.())
        .finally(() => store.close());
      return state.closing;
    },
  });
  const append = (draft: RecordDraft) => log.append([draft], { claim: 'log.opened' });
  await openOrCheck(log, append, records.context, options);
  return log;
}

async function recordAt(
  store: EvidenceStore,
  decode: (stored: StoredRecord) => DecodedRecord,
  index: number,
): Promise<EvidenceRecord | undefined> {
  const [stored] = await store.read(index, 1);
  const decoded = stored && decode(stored);
  return decoded?.ok ? decoded.record : undefined;
}

function refusalOf(guard: LogGuard | undefined): Pick<LogStatus, 'refusal'> {
  const refusal = guard?.refusal();
  return refusal ? { refusal: String(refusal.details.reason) } : {};
}

function receiptOf({ id, type, index, leaf }: EvidenceRecord): Receipt {
  return { id, type, index, leaf: toHex(leaf) };
}
