import type {
  EvidenceStore,
  StoreDisclosure,
  StoreGroup,
  StoreManyDisclosures,
  StoreRecord,
} from '@spanforge/core-events/log';
import { parseEnvelope } from '@spanforge/core-events/records';
import { fromUtf8 } from '@spanforge/core-signing';
import type { DataSubject } from './key-store.js';
import type { Vault } from './vault.js';

/** The subject of a record's values; one subject for all values of the record. */
export type SubjectOf = (record: StoreRecord) => DataSubject;

/** Options for sealing a store. */
export interface SealedStoreOptions {
  readonly vault: Vault;
  /** {@link actorOf} when absent. */
  readonly subjectOf?: SubjectOf;
}

/** The actor of a record: the principal on whose behalf the agent acted. */
export const actorOf: SubjectOf = ({ bytes }) => {
  const { tenant, actor } = parseEnvelope(JSON.parse(fromUtf8(bytes)));
  return { tenant, subject: actor };
};

/**
 * Encrypts every disclosure under the key of its subject before the driver gets it, and decrypts it
 * when it is read. Records, leaf hashes and proofs do not change. Once a subject's key is
 * destroyed, its disclosures are missing, like erased ones.
 *
 * Use it from the first record on; a disclosure that is not sealed is `ENTERPRISE_KEY_INVALID`.
 */
export function sealStore<Store extends EvidenceStore & Partial<StoreManyDisclosures>>(
  store: Store,
  { vault, subjectOf = actorOf }: SealedStoreOptions,
): Store {
  async function seal(record: StoreRecord): Promise<StoreRecord> {
    if (record.disclosures.length === 0) return record;
    const subject = subjectOf(record);
    const disclosures = record.disclosures.map(async ({ name, digest, encoded }) => ({
      name,
      digest,
      encoded: await vault.seal(subject, encoded, digest),
    }));
    return { ...record, disclosures: await Promise.all(disclosures) };
  }

  async function open(disclosure: StoreDisclosure): Promise<readonly StoreDisclosure[]> {
    const encoded = await vault.open(disclosure.encoded, disclosure.digest);
    return encoded === undefined ? [] : [{ ...disclosure, encoded }];
  }

  const sealing = new Set<Promise<unknown>>();
  async function sealAndAppend(groups: readonly StoreGroup[]) {
    const ready: StoreGroup[] = [];
    for (const group of groups) {
      ready.push({ ...group, records: await Promise.all(group.records.map(seal)) });
    }
    return store.append(ready);
  }

  const openAll = async (kept: readonly StoreDisclosure[]): Promise<readonly StoreDisclosure[]> =>
    (await Promise.all(kept.map(open))).flat();

  const sealed: Pick<EvidenceStore, 'append' | 'disclosures' | 'close'> &
    Partial<StoreManyDisclosures> = {
    append(groups) {
      const appending = sealAndAppend(groups);
      sealing.add(appending);
      const done = () => sealing.delete(appending);
      appending.then(done, done);
      return appending;
    },
    disclosures: async (index) => openAll(await store.disclosures(index)),
    ...(store.disclosuresOf && {
      disclosuresOf: async (indexes: readonly number[]) => {
        const kept = (await store.disclosuresOf?.(indexes)) ?? [];
        return Promise.all(kept.map(openAll));
      },
    }),
    // What is being sealed has been taken: it is stored before the store closes.
    async close() {
      await Promise.allSettled(sealing);
      await store.close();
    },
  };
  return new Proxy(store, {
    get(target, property) {
      if (property in sealed) return sealed[property as keyof typeof sealed];
      const member: unknown = Reflect.get(target, property, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
