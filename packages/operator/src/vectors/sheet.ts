import type { EvidencePackage } from '../package/members.js';
import { predicate, resign, withFiles } from '../verify/test-forge.js';
import type { VectorBases } from './bases.js';
import { changesOf, type Vector } from './vector.js';

const EXIT: Readonly<Record<string, number>> = {
  valid: 0,
  invalid: 1,
  violation: 1,
  failed: 2,
  unsupported: 3,
  untrusted: 3,
  incomplete: 3,
};

/** Collects vectors. */
export interface VectorSheet {
  readonly vectors: readonly Vector[];
  /** Adds a base as it is, or forged. */
  add(
    name: string,
    base: string,
    forged: EvidencePackage | undefined,
    verdict: string,
    reason?: string,
    more?: Pick<Vector, 'keys' | 'options' | 'reasons'>,
  ): void;
  /** Adds a base with other files, signed again with the exporter's keys. */
  signed(
    name: string,
    reason: string,
    files: Parameters<typeof withFiles>[1],
    base?: string,
  ): Promise<void>;
  /** Adds the call with other claims in its statement, signed again. */
  said(name: string, change: Record<string, unknown>, reason: string): Promise<void>;
}

/** Adds the vectors of one subject. */
export type AddVectors = (sheet: VectorSheet, bases: VectorBases) => Promise<void> | void;

export function createSheet({ call, packages, signers }: VectorBases): VectorSheet {
  const vectors: Vector[] = [];
  const baseOf = (name: string): EvidencePackage => packages[name] ?? call;
  const add: VectorSheet['add'] = (name, base, forged, verdict, reason, more = {}) => {
    vectors.push({
      name,
      base,
      set: forged ? changesOf(baseOf(base), forged) : {},
      ...more,
      verdict,
      exit_code: EXIT[verdict] ?? 2,
      ...(reason ? { reason } : {}),
    });
  };
  return {
    vectors,
    add,
    async signed(name, reason, files, base = 'call') {
      add(name, base, await resign(withFiles(baseOf(base), files), signers), 'invalid', reason);
    },
    async said(name, change, reason) {
      add(name, 'call', await resign(call, signers, predicate(change)), 'invalid', reason);
    },
  };
}

/** Bytes with one bit changed. */
export function flip(bytes: Uint8Array | undefined, at: number): Uint8Array {
  const changed = Uint8Array.from(bytes ?? []);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}
