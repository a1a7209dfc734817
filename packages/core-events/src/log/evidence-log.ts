import { toHex } from '@spanforge/core-signing';
import { systemClock } from '../clock.js';
import type { EvidenceContext } from '../context.js';
import { EventsError } from '../error.js';
import { createIds } from '../ids.js';
import type { Appended, RecordDraft } from '../ports.js';
import { stampPrefix } from '../records/envelope.js';
import { logOpenedV1 } from '../records/log-opened-v1.js';
import { createRecordRegistry } from '../records/registry.js';
import { decodeStored, requireWhole } from './decode.js';
import { createGapLedger } from './gaps.js';
import { createGroupCommit, type GroupCommit, type GroupOutcome } from './group-commit.js';
import { type SealedGroup, sealGroup } from './prepare.js';
import { createReader } from './read.js';
import { createRecordKeys, type RecordKeys } from './record-keys.js';
import { createSnapshotStore } from './snapshots.js';
import { createStage } from './stage.js';
import type { EvidenceStore } from './store.js';
import type { EvidenceLog, EvidenceLogOptions } from './types.js';

const DEFAULT_QUEUE_BYTES = 64 * 1024 * 1024;
const DEFAULT_BATCH_RECORDS = 4096;
const MAX_IN_FLIGHT = 2;

/** Characters an origin or a writer may have: they stand in notes and in every record. */
const NAME = /^[\x21-\x7e]{1,128}$/;

function checkName(path: string, value: string): void {
  if (NAME.test(value)) return;
  throw new EventsError(
    'EVENTS_OPTIONS_INVALID',
    `${path}: expected 1 to 128 ASCII characters without spaces`,
    {
      details: { path: `$.${path}` },
    },
  );
}

function ownContext(options: EvidenceLogOptions, boot: string): EvidenceContext {
  return {
    tenant: 'system',
    project: options.project ?? 'spanforge',
    env: options.env ?? 'system',
    run: boot,
    traceId: boot,
    agent: 'spanforge',
    actor: options.writer,
    source: 'spanforge-core-events@1.0.0',
  };
}

async function readReceipts(
  store: EvidenceStore,
  keys: RecordKeys,
  unsignedBelow: number,
  outcome: GroupOutcome,
): Promise<Appended> {
  if (outcome.status === 'stored') {
    const { receipts } = outcome;
    return {
      ids: receipts.map((receipt) => receipt.id),
      duplicate: false,
      receipts: Promise.resolve(receipts),
    };
  }
  const stored = await store.read(outcome.first, outcome.count);
  const receipts = stored.map((one) => {
    const { id, type, index, leaf } = requireWhole(decodeStored(one, keys, unsignedBelow));
    return { id, type, index, leaf: toHex(leaf) };
  });
  return {
    ids: receipts.map((receipt) => receipt.id),
    duplicate: true,
    receipts: Promise.resolve(receipts),
  };
}

/** Makes sure that the store holds the log of this origin, and writes its first record if empty. */
async function openOrCheck(
  log: EvidenceLog,
  append: (draft: RecordDraft) => Promise<unknown>,
  context: EvidenceContext,
): Promise<void> {
  if ((await log.size()) === 0) {
    const draft = {
      type: logOpenedV1.key,
      context,
      body: logOpenedV1.toWire({ origin: log.origin }),
    };
    try {
      await append(draft);
      return;
    } catch (error) {
      if (!EventsError.is(error) || error.code !== 'EVENTS_CLAIM_TAKEN') throw error;
    }
  }
  const first = (await log.query({ types: [logOpenedV1.key], limit: 1 })).records[0];
  const origin = first?.index === 0 ? logOpenedV1.fromWire(first.body).origin : undefined;
  if (origin === log.origin) return;
  throw new EventsError('EVENTS_OPTIONS_INVALID', 'the store holds a log of another origin', {
    details: { path: '$.origin', found: origin ?? 'none' },
  });
}

/**
 * Opens the evidence log in a store. An empty store becomes the log of `origin`, whose first record
 * says so; any other must hold that log already.
 *
 * `append` serialises at the call and resolves only when the records are durable; callers that come
 * while a commit is under way share the next one. A crash may leave records that nobody was told
 * about, and never takes one that somebody was.
 *
 * @throws {EventsError} `EVENTS_OPTIONS_INVALID`, `EVENTS_STORE_UNAVAILABLE`.
 * @throws {SigningError} `SIGNING_SECRET_WEAK`.
 */
export async function openEvidenceLog(options: EvidenceLogOptions): Promise<EvidenceLog> {
  checkName('origin', options.origin);
  checkName('writer', options.writer);
  const { store, origin } = options;
  const clock = options.clock ?? systemClock;
  const makeId = options.ids ?? createIds(clock);
  const registry = options.registry ?? createRecordRegistry();
  const keys = createRecordKeys(options.hmac, options.earlierSecrets);
  const unsignedBelow = options.unsignedBelow ?? 0;
  const writer = { id: options.writer, boot: makeId() };
  const context = ownContext(options, writer.boot);
  const gaps = createGapLedger(context, writer);
  const seal = (drafts: readonly RecordDraft[], join = {}): SealedGroup =>
    sealGroup(drafts, join, makeId, clock(), registry);
  const queue: GroupCommit = createGroupCommit({
    store,
    keys,
    gaps,
    sealGaps: () => {
      const drafts = gaps.take();
      return drafts.length === 0 ? undefined : seal(drafts);
    },
    stampPrefix: stampPrefix(writer),
    maxQueueBytes: options.maxQueueBytes ?? DEFAULT_QUEUE_BYTES,
    maxBatchRecords: options.maxBatchRecords ?? DEFAULT_BATCH_RECORDS,
    maxInFlight: MAX_IN_FLIGHT,
  });
  let state: 'open' | 'closed' = 'open';

  const submit = async (group: SealedGroup): Promise<Appended> => {
    if (group.records.length === 0)
      throw new EventsError('EVENTS_RECORD_INVALID', 'an append needs a record');
    if (state === 'closed') throw new EventsError('EVENTS_LOG_CLOSED', 'the log is closed');
    return readReceipts(store, keys, unsignedBelow, await queue.submit(group));
  };
  const log: EvidenceLog = {
    ...createReader(store, keys, unsignedBelow),
    origin,
    store,
    append: async (drafts, join = {}) => submit(seal(drafts, join)),
    stage: () => createStage(seal, submit),
    decode: (stored) => decodeStored(stored, keys, unsignedBelow),
    snapshots: createSnapshotStore(store, keys, origin),
    status: () => ({ state, ...queue.counters }),
    close: async () => {
      state = 'closed';
      await queue.drained();
      await store.close();
    },
  };
  await openOrCheck(log, (draft) => log.append([draft], { claim: 'log.opened' }), context);
  return Object.freeze(log);
}
