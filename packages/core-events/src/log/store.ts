/** A disclosure in a store: opaque ASCII text, with its digest. */
export interface StoreDisclosure {
  readonly name: string;
  readonly digest: string;
  readonly encoded: string;
}

/** A record ready to be stored. The store keeps its bytes and never parses them. */
export interface StoreRecord {
  /** The exact bytes; stored, hashed and exported as they are. */
  readonly bytes: Uint8Array;
  /** RFC 6962 leaf hash, 32 bytes. */
  readonly leaf: Uint8Array;
  /** HMAC over the leaf, 32 bytes, and the key it was made with. */
  readonly mac?: { readonly kid: string; readonly tag: Uint8Array };
  /** The writer's time, epoch milliseconds. */
  readonly timeMs: number;
  /** What the record can be found by, such as `trace:4bf9…`; each at most 600 bytes of UTF-8. */
  readonly terms: readonly string[];
  readonly disclosures: readonly StoreDisclosure[];
}

/** Records that are stored together or not at all, at consecutive indexes. */
export interface StoreGroup {
  /** At least one. */
  readonly records: readonly StoreRecord[];
  /** The caller's key; the same key with the same request stores nothing again. */
  readonly idempotency?: { readonly key: string; readonly request: string };
  /** A name that can be taken once per log. */
  readonly claim?: string;
}

/** The result of storing a group. Idempotency is checked before the claim. */
export type StoreGroupResult =
  | { readonly status: 'stored'; readonly first: number }
  /** A group with the same key and request was stored earlier, at these indexes. */
  | { readonly status: 'duplicate'; readonly first: number; readonly count: number }
  /** The key was used for another request. */
  | { readonly status: 'conflict' }
  /** The claim was taken earlier, by the group whose first record is at `by`. */
  | { readonly status: 'claimed'; readonly by: number };

/** A stored record. */
export interface StoredRecord {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly leaf: Uint8Array;
  readonly mac?: { readonly kid: string; readonly tag: Uint8Array };
}

/** What to look for: records that carry every term, in index order. */
export interface StoreQuery {
  /** When empty, every record matches. */
  readonly terms: readonly string[];
  /** First index that may be answered, inclusive. */
  readonly from: number;
  /** Last index that may be answered, exclusive; the end of the log when absent. */
  readonly to?: number;
  /** Epoch milliseconds: the writer's time, inclusive. */
  readonly fromTimeMs?: number;
  /** Epoch milliseconds: the writer's time, exclusive. */
  readonly toTimeMs?: number;
  readonly newestFirst?: boolean;
  /** At least 1. */
  readonly limit: number;
}

/**
 * The store of one evidence log: the port every driver implements and `evidenceStoreContract`
 * checks. A store keeps bytes in order, indexes them by term, and accepts each key and claim once; the
 * log interprets the bytes.
 *
 * Any method may reject with {@link EventsError} `EVENTS_STORE_UNAVAILABLE`.
 */
export interface EvidenceStore {
  /** The number of records durably stored, whoever stored them. */
  size(): Promise<number>;
  /**
   * Appends groups in order, in one transaction, and resolves only when it would survive a crash of
   * process and machine. A group that is a duplicate, a conflict or already claimed is left out and
   * gets no index; the others are stored. Rejecting means that nothing was acknowledged. Several
   * processes may append at once: indexes stay contiguous from 0.
   */
  append(groups: readonly StoreGroup[]): Promise<readonly StoreGroupResult[]>;
  /** Up to `count` records from `first` on, in order; fewer only at the end of the log. */
  read(first: number, count: number): Promise<readonly StoredRecord[]>;
  /** The leaf hashes of exactly those records, 32 bytes each, as stored. */
  leaves(first: number, count: number): Promise<Uint8Array>;
  /** Finds records without scanning those that lack a term. */
  find(query: StoreQuery): Promise<readonly StoredRecord[]>;
  /** The disclosures of one record that still exist. */
  disclosures(index: number): Promise<readonly StoreDisclosure[]>;
  /** A value derived from the log (tiles, checkpoints, snapshots), or undefined. */
  getDerived(key: string): Promise<Uint8Array | undefined>;
  /** Replaces derived values, all or nothing, durably. */
  putDerived(entries: readonly (readonly [key: string, value: Uint8Array])[]): Promise<void>;
  /** Keys of derived values with a prefix, sorted by code unit. */
  listDerived(prefix: string): Promise<readonly string[]>;
  /**
   * Takes or renews a lease. True when the holder has it until `nowMs + ttlMs`; false while another
   * holder's lease has not expired.
   */
  lease(name: string, holder: string, nowMs: number, ttlMs: number): Promise<boolean>;
  /** Closes the store after pending appends have settled. Idempotent. */
  close(): Promise<void>;
}

/** A capability of drivers that read the disclosures of many records at once. */
export interface StoreManyDisclosures {
  /** The disclosures of each of these records that still exist; the indexes ascend. */
  disclosuresOf(indexes: readonly number[]): Promise<readonly (readonly StoreDisclosure[])[]>;
}

/** A capability of drivers that can hash what they store without the calling thread. */
export interface StoreLeafHashing {
  /**
   * The leaf hashes of exactly these records, 32 bytes each, computed from the bytes as they are stored
   * now: SHA-256 over a zero byte and the record.
   */
  hashLeaves(first: number, count: number): Promise<Uint8Array>;
}

/** What a driver is told of a record whose bytes are in a block. */
export type StoreBlockRecord = Pick<StoreRecord, 'timeMs' | 'terms' | 'disclosures'>;

/** A group whose records are in a block. */
export interface StoreBlockGroup extends Pick<StoreGroup, 'idempotency' | 'claim'> {
  /** At least one. */
  readonly records: readonly StoreBlockRecord[];
}

/**
 * The records of one append as one block of bytes, without leaf hashes and HMACs: `hashBlock` makes these, in a thread
 * of the driver's own. The buffers are the driver's to keep or to transfer.
 */
export interface StoreBlock {
  /** A zero byte, then the records, one after the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each record ends in the bytes. */
  readonly ends: Uint32Array<ArrayBuffer>;
  /** For each record 0, or 1 + the position of the key that signs it. */
  readonly signedBy: Uint32Array<ArrayBuffer>;
  /** In order; together they have as many records as there are in the bytes. */
  readonly groups: readonly StoreBlockGroup[];
}

/** A derived key of one tenant: 32 bytes for `importMacKey`. */
export interface StoreBlockKey {
  readonly kid: string;
  readonly secret: Uint8Array;
}

/** A driver's answer to a block. */
export interface StoreBlockResult {
  /** As {@link EvidenceStore.append} answers. */
  readonly results: readonly StoreGroupResult[];
  /** The leaf hash of every record in the block, 32 bytes each, in order: also of those that were left out. */
  readonly leaves: Uint8Array;
}

/**
 * A capability of drivers that hash and sign what they store, away from the calling thread. What is stored and
 * answered is the same as with {@link EvidenceStore.append}.
 *
 * The driver gets keys that sign records, for the time of the call. It must not store them, and neither log nor
 * forward them.
 */
export interface StoreBlocks {
  readonly blocks: {
    /**
     * The driver's own `append`. The log hands it blocks only while this is the store's `append`: what wraps a store
     * and replaces `append`, to encrypt values say, then sees every record, although it may pass this on.
     */
    readonly insteadOf: EvidenceStore['append'];
    append(block: StoreBlock, keys: readonly StoreBlockKey[]): Promise<StoreBlockResult>;
  };
}

/** A capability of drivers that can remove disclosures permanently, for erasure and retention. */
export interface StoreErasure {
  /**
   * Removes the disclosures of these records, all or nothing, durably, and returns how many there were.
   * Records, leaf hashes and terms stay. Once it resolves, no file of the store contains the removed
   * texts; when it rejects, they may be gone or not: call it again.
   */
  eraseDisclosures(indexes: readonly number[]): Promise<number>;
}

/** A lease in the store. */
export interface StoredLease {
  readonly name: string;
  readonly holder: string;
  /** When it expires, by the clock it was taken with. */
  readonly untilMs: number;
}

/** A capability of drivers that can show and break leases. */
export interface StoreLeases {
  listLeases(): Promise<readonly StoredLease[]>;
  /** Removes a lease, whoever holds it; false when there is none of that name. */
  breakLease(name: string): Promise<boolean>;
}

/** A capability of drivers that can show and replace the indexed terms of records. */
export interface StoreTerms {
  /** The terms of exactly these records, as the index has them now. */
  readTerms(first: number, count: number): Promise<readonly (readonly string[])[]>;
  /** Replaces the terms of consecutive records, all or nothing, durably. */
  replaceTerms(first: number, terms: readonly (readonly string[])[]): Promise<void>;
}

/** A capability of drivers that can show and replace the times by which they find records. */
export interface StoreTimes {
  /** The times of exactly these records as `find` uses them now, epoch milliseconds; NaN where one is missing. */
  readTimes(first: number, count: number): Promise<Float64Array>;
  /** Replaces the times of consecutive records, all or nothing, durably. */
  replaceTimes(first: number, timesMs: Float64Array): Promise<void>;
}

/** A capability of drivers that can remove derived values. */
export interface StoreDerivedRemoval {
  /** Removes the derived values of these keys, all or nothing, durably. */
  removeDerived(keys: readonly string[]): Promise<void>;
}

/** The terms of consecutive records in columns: without a list for each record. */
export interface TermColumns {
  /** Index of the first record. */
  readonly first: number;
  /** Each term once. */
  readonly terms: readonly string[];
  /** Positions in `terms`, record after record; each at most once in a record. */
  readonly ids: Uint32Array;
  /** Where those of each record end in `ids`. */
  readonly ends: Uint32Array;
}

/** A capability of drivers that compare their index with the terms of many records at once. */
export interface StoreTermComparison {
  /**
   * True if the index holds exactly these terms of exactly these records, as the driver itself would have
   * written them. False if it does not, or if the driver cannot tell, such as when it keeps the first or last
   * of them together with others.
   */
  hasTerms(expected: TermColumns): Promise<boolean>;
}

/** Consecutive records as a driver keeps them together: a column for all of them instead of objects for each. */
export interface StoredRow {
  /** Index of its first record. */
  readonly first: number;
  readonly count: number;
  /** The bytes of all records, one after the other. */
  readonly bytes: Uint8Array;
  /** Where each record ends in `bytes`: ascending, the last one at their end. */
  readonly ends: Uint32Array;
  /** The leaf hash of each record, 32 bytes. */
  readonly leaves: Uint8Array;
  /** Names of HMAC keys. */
  readonly kids: readonly string[];
  /**
   * 34 bytes for each record: 1 + the position of its key in `kids` in two bytes, little-endian, and the HMAC.
   * Any other number stands for no HMAC. Empty when no record has one.
   */
  readonly macs: Uint8Array;
}

/** A capability of drivers that keep many records together. */
export interface StoreRows {
  /**
   * The rows that begin at `first` and at most `count - 1` records behind it, one after the other without a hole.
   * Empty when no row begins there, or when it is damaged: then `read` says what there is.
   */
  rows(first: number, count: number): Promise<readonly StoredRow[]>;
}

/** A taken claim in the store. */
export interface TakenClaim {
  readonly name: string;
  /** Index of the first record of the group that took it. */
  readonly first: number;
}

/** A used idempotency key in the store. */
export interface TakenKey {
  readonly key: string;
  readonly request: string;
  readonly first: number;
  readonly count: number;
}

/** Claims and keys to write, and names of those to remove. */
export interface TakenChange {
  readonly claims: readonly TakenClaim[];
  readonly keys: readonly TakenKey[];
  readonly withoutClaims: readonly string[];
  readonly withoutKeys: readonly string[];
}

/** A capability of drivers that can show and repair the taken claims and idempotency keys. */
export interface StoreTaken {
  /** The entries under these names, in the order given; undefined for a free name. */
  findTaken(
    claims: readonly string[],
    keys: readonly string[],
  ): Promise<{
    readonly claims: readonly (TakenClaim | undefined)[];
    readonly keys: readonly (TakenKey | undefined)[];
  }>;
  /** Up to `limit` claims after the name `after`, in the driver's own order; start with ''. */
  listClaims(after: string, limit: number): Promise<readonly TakenClaim[]>;
  /** The same for keys. */
  listKeys(after: string, limit: number): Promise<readonly TakenKey[]>;
  /** Replaces the entries under these names, all or nothing, durably. */
  replaceTaken(change: TakenChange): Promise<void>;
}

/** A capability of drivers that can check their own physical structures. */
export interface StoreInspection {
  /**
   * Faults found in the physical structure and the index, one sentence each; empty when whole.
   *
   * @param comparedTo Index entries of records below were compared by `hasTerms`, one range of records after
   *   the other from 0 on, and found right: they need not be read again. 0 when absent.
   */
  inspect(comparedTo?: number): Promise<readonly string[]>;
}

/** A capability of drivers that notice when their files are exchanged, or their schema changed, while open. */
export interface StoreUnchanged {
  /**
   * Costs little: it is asked about once a second.
   *
   * @throws {EventsError} `EVENTS_STORE_INVALID`, with a word in `details.reason`, when the store is no longer
   *   what was opened; `EVENTS_STORE_UNAVAILABLE`.
   */
  requireUnchanged(): Promise<void>;
}
