import type {
  EvidenceContext,
  EvidenceReader,
  RecordDraft,
  Recorder,
} from '@spanforge/core-events';
import { auditTombstoneV1, enterpriseHoldV1 } from '@spanforge/core-events/records';
import { EnterpriseError } from '../error.js';
import { readAll } from '../read-all.js';
import { recordChange } from '../record-change.js';
import { readEffectiveHolds } from './holds.js';
import type { DataSubject } from './key-store.js';
import type { Vault } from './vault.js';

/** Options for erasure. */
export interface ErasureOptions {
  readonly vault: Vault;
  readonly recorder: Recorder;
  readonly reader: EvidenceReader;
}

/** Who asks for the erasure, and why. */
export interface ErasureRequest extends DataSubject {
  readonly reason: string;
  readonly context: EvidenceContext;
}

/** The result of an erasure. */
export interface ErasureResult {
  /** Pseudonym of the subject, as recorded. */
  readonly holder: string;
  /** False when the subject had no key: nothing was sealed for it, or it was erased before. */
  readonly erased: boolean;
  /** Id of the tombstone's record. */
  readonly recordId: string;
}

/** Erases subjects unless their evidence is under a legal hold, and records it. */
export interface Erasure {
  /**
   * Erases a subject: a tombstone is recorded in the subject's tenant, then the key of the subject is
   * destroyed. Records and proofs stay as they are.
   *
   * @throws {EnterpriseError} `ENTERPRISE_LEGAL_HOLD`, `ENTERPRISE_EVIDENCE_UNAVAILABLE`: nothing is
   *   erased then; `ENTERPRISE_KMS_UNAVAILABLE`.
   */
  erase(request: ErasureRequest): Promise<ErasureResult>;
  /** Places a legal hold on a subject, or lifts it. @throws {EnterpriseError} `ENTERPRISE_EVIDENCE_UNAVAILABLE`. */
  hold(request: ErasureRequest & { readonly held: boolean }): Promise<void>;
  /**
   * Compares the tombstones of the log with the existing keys, and destroys each key that should be
   * gone. Such keys exist after a crash during an erasure, or after a back-up of keys was restored.
   * Call it when the deployment starts.
   *
   * @returns Ids of the destroyed keys.
   */
  finish(): Promise<readonly string[]>;
}

/** Creates {@link Erasure}. The log must be able to prove that it is complete. */
export function createErasure({ vault, recorder, reader }: ErasureOptions): Erasure {
  const record = (draft: RecordDraft): Promise<string> =>
    recordChange(recorder, draft, 'nothing was erased: the erasure could not be recorded');

  /** A record about a subject goes to the subject's tenant, whatever tenant the context names. */
  const recordIn = (
    { tenant, context }: ErasureRequest,
    { type, body }: Pick<RecordDraft, 'type' | 'body'>,
  ): Promise<string> => record({ type, context: { ...context, tenant }, body });

  /**
   * The actor of a held trace is held too, because the trace's values are sealed under the actor's
   * key.
   */
  async function isHeld({ tenant, subject }: DataSubject, holder: string): Promise<boolean> {
    const { holders, traces } = await readEffectiveHolds(reader, tenant);
    if (holders.has(holder)) return true;
    for (const traceId of traces) {
      const query = { tenant, traceId, actor: subject, limit: 1 };
      if ((await reader.query(query)).records.length > 0) return true;
    }
    return false;
  }

  return {
    async erase(request) {
      const { tenant, subject, reason } = request;
      const { holder, keyId } = await vault.keyOf({ tenant, subject });
      if (await isHeld({ tenant, subject }, holder)) {
        throw new EnterpriseError(
          'ENTERPRISE_LEGAL_HOLD',
          'a legal hold keeps the evidence of this subject: lift it first',
        );
      }
      const body = auditTombstoneV1.toWire({
        holder,
        ...(keyId === undefined ? {} : { keyId }),
        reason,
      });
      const recordId = await recordIn(request, { type: auditTombstoneV1.key, body });
      if (keyId !== undefined) await vault.destroyKey(keyId);
      return { holder, erased: keyId !== undefined, recordId };
    },
    async hold(request) {
      const { tenant, subject, reason, held } = request;
      const { holder } = await vault.keyOf({ tenant, subject });
      const body = enterpriseHoldV1.toWire({ holder, held, reason });
      await recordIn(request, { type: enterpriseHoldV1.key, body });
    },
    async finish() {
      const ids: string[] = [];
      for await (const { body } of readAll(reader, [auditTombstoneV1.key])) {
        const { keyId } = auditTombstoneV1.fromWire(body);
        if (keyId !== undefined) ids.push(keyId);
      }
      const returned = await vault.existing(ids);
      for (const id of returned) await vault.destroyKey(id);
      return returned;
    },
  };
}
