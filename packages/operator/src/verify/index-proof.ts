import { fromUtf8, verifyIndexProof } from '@spanforge/core-signing';
import { type EvidencePackage, INDEX_PROOF } from '../package/members.js';
import type { PackagePredicate } from '../package/statement.js';
import type { Anchors } from './anchors.js';
import type { CheckedCheckpoint } from './checkpoint.js';
import { ifReadable } from './if-readable.js';
import type { ProvenRecord } from './proofs.js';
import type { VerificationLedger } from './report.js';

const NAME = 'complete';

/** The index term of a query by trace or run; undefined for any other query. */
export function termOfQuery(query: PackagePredicate['query']): string | undefined {
  const [term, ...more] = Object.keys(query);
  if (more.length > 0) return undefined;
  if (term === 'trace_id') return `trace:${query.trace_id}`;
  return term === 'run' ? `run:${query.run}` : undefined;
}

async function refusalOf(
  bytes: Uint8Array,
  term: string | undefined,
  proven: readonly ProvenRecord[],
  { checkpoint }: CheckedCheckpoint,
  { noteVerifiers }: Anchors,
): Promise<string | undefined> {
  const logKey = noteVerifiers.filter(({ type }) => type === 0x01);
  if (term === undefined || logKey.length === 0) return 'other_term';
  const proof = ifReadable(() => fromUtf8(bytes));
  if (proof === undefined) return 'malformed';
  const verified = await verifyIndexProof({ proof, logKey, checkpoint, term, records: proven });
  return verified.ok ? undefined : verified.reason;
}

/**
 * Checks `index-proof.txt`: that these are all records of the requested trace or run up to this
 * checkpoint, under the log's own signature. Not checked without the log's key.
 */
export async function checkIndexProof(
  pkg: EvidencePackage,
  predicate: PackagePredicate | undefined,
  proven: readonly ProvenRecord[],
  checked: CheckedCheckpoint,
  anchors: Anchors,
  ledger: VerificationLedger,
): Promise<void> {
  const bytes = pkg.get(INDEX_PROOF);
  if (bytes === undefined || predicate === undefined || !checked.trusted) return;
  const reason = await refusalOf(bytes, termOfQuery(predicate.query), proven, checked, anchors);
  if (reason !== undefined) {
    ledger.fail('invalid', NAME, { file: INDEX_PROOF, reason: `index_proof_${reason}` });
    return;
  }
  ledger.known.complete = 'proven';
  const { size } = checked.checkpoint;
  ledger.pass(NAME, `these ${proven.length} record(s) are all there are up to size ${size}`);
}
