import { canonicalize, equalBytes, fromUtf8, sha256, utf8 } from '@spanforge/core-signing';
import type { RecordKeys } from './record-keys.js';
import type { EvidenceStore } from './store.js';

/** Keeps states with the log size they stand for, signed, so that a forged one is never used. */
export interface SnapshotStore {
  /** The last snapshot under that name, or undefined when there is none that verifies. */
  load(name: string): Promise<{ readonly size: number; readonly value: unknown } | undefined>;
  save(name: string, size: number, value: unknown): Promise<void>;
}

const DOMAIN = 'spanforge.snapshot.v1\n';
const TAG_BYTES = 32;

/** Snapshots in the derived values of a store. Without a record key nothing is kept. */
export function createSnapshotStore(
  store: EvidenceStore,
  keys: RecordKeys,
  origin: string,
): SnapshotStore {
  const digest = (name: string, body: Uint8Array): Uint8Array =>
    sha256(`${DOMAIN}${origin}\n${name}\n${fromUtf8(body)}`);
  return {
    async load(name) {
      const stored = await store.getDerived(`snapshot/${name}`);
      if (!stored || stored.length <= TAG_BYTES) return undefined;
      const body = stored.slice(TAG_BYTES);
      const signed = keys.sign('system', digest(name, body));
      if (!signed || !equalBytes(signed.tag, stored.slice(0, TAG_BYTES))) return undefined;
      return JSON.parse(fromUtf8(body)) as { size: number; value: unknown };
    },
    async save(name, size, value) {
      const body = utf8(canonicalize({ size, value }));
      const signed = keys.sign('system', digest(name, body));
      if (!signed) return;
      const bytes = new Uint8Array(TAG_BYTES + body.length);
      bytes.set(signed.tag);
      bytes.set(body, TAG_BYTES);
      await store.putDerived([[`snapshot/${name}`, bytes]]);
    },
  };
}
