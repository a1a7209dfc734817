import type { EvidenceReader, EvidenceRecord } from '@spanforge/core-events';
import { policyLifecycleV1 } from '@spanforge/core-events/records';
import { sha256, toHex, utf8 } from '@spanforge/core-signing';
import { policyDigestOf } from '../trace/decisions.js';
import { readSelection } from '../trace/read-trace.js';

/** The bundles that decided, as far as the log still has them. */
export interface GatheredPolicies {
  readonly members: readonly (readonly [name: string, bytes: Uint8Array])[];
  /** Digests of bundles the log does not carry. */
  readonly missing: readonly string[];
}

const MAX_LIFECYCLE_RECORDS = 100_000;

/** Digests of the bundles that records name, sorted, each once. */
export function policyDigests(records: readonly EvidenceRecord[]): readonly string[] {
  return [...new Set(records.flatMap((record) => policyDigestOf(record) ?? []))].sort();
}

/** Parts of bundle texts by digest and by number of parts, in case a bundle was loaded twice. */
function collectParts(records: readonly EvidenceRecord[], wanted: ReadonlySet<string>) {
  const parts = new Map<string, Map<number, string>>();
  for (const record of records) {
    const { digest, bundle, part } = policyLifecycleV1.fromWire(record.body);
    if (digest === undefined || bundle === undefined || !wanted.has(digest)) continue;
    const { number, of } = part ?? { number: 1, of: 1 };
    const key = `${digest}/${of}`;
    const known = parts.get(key) ?? new Map<number, string>();
    parts.set(key, known.set(number, bundle));
  }
  return parts;
}

/**
 * Finds the bundles by digest among the log's `policy.lifecycle` records, puts split ones together,
 * and takes only text whose SHA-256 is the digest.
 */
export async function gatherPolicies(
  reader: EvidenceReader,
  records: readonly EvidenceRecord[],
): Promise<GatheredPolicies> {
  const wanted = new Set(policyDigests(records));
  if (wanted.size === 0) return { members: [], missing: [] };
  const lifecycle = await readSelection(
    reader,
    { types: [policyLifecycleV1.key] },
    MAX_LIFECYCLE_RECORDS,
  );
  const found = new Map<string, Uint8Array>();
  for (const [key, parts] of collectParts(lifecycle.records, wanted)) {
    const [digest = '', of] = key.split('/');
    const texts = Array.from({ length: Math.min(Number(of), parts.size) }, (_, at) =>
      parts.get(at + 1),
    );
    const bytes = utf8(texts.join(''));
    if (toHex(sha256(bytes)) === digest) found.set(`policy/${digest}.json`, bytes);
  }
  return {
    members: [...found],
    missing: [...wanted].filter((digest) => !found.has(`policy/${digest}.json`)),
  };
}
