import { EventsError, type EvidenceRecord } from '@spanforge/core-events';
import { createIndexProver, readIndexHead } from '@spanforge/core-events/log';
import { formatJwks, formatVkey, toVerificationKey, utf8 } from '@spanforge/core-signing';
import { formatLine, joinLines } from '../package/index-lines.js';
import { INDEX_PROOF, MEMBER } from '../package/members.js';
import type { PackagePredicate } from '../package/statement.js';
import { termOfQuery } from '../verify/index-proof.js';
import type { ProvenCheckpoint } from './covering-checkpoint.js';
import type { ExportParts } from './export-options.js';

/** The records' bytes, and what each is authenticated by. */
export function recordMembers(
  records: readonly EvidenceRecord[],
): readonly (readonly [string, Uint8Array])[] {
  const size = records.reduce((bytes, record) => bytes + record.bytes.length + 1, 0);
  const lines = new Uint8Array(size);
  let offset = 0;
  for (const { bytes } of records) {
    lines.set(bytes, offset);
    offset += bytes.length;
    lines[offset] = 0x0a;
    offset += 1;
  }
  const index = records.map(({ index: at, mac, macKid }) =>
    formatLine(
      mac === undefined || macKid === undefined
        ? { index: at }
        : { index: at, kid: macKid, hmac: mac },
    ),
  );
  return [
    [MEMBER.records, lines],
    [MEMBER.index, utf8(joinLines(index))],
  ];
}

/** The keys that a verifier may compare with its own. */
export function keyMembers({
  log,
  packageKeys,
  logKey,
}: ExportParts): readonly (readonly [string, Uint8Array])[] {
  const jwks = utf8(`${formatJwks(packageKeys.map(toVerificationKey))}\n`);
  if (!logKey) return [[MEMBER.jwks, jwks]];
  return [
    [MEMBER.jwks, jwks],
    [MEMBER.logKey, utf8(`${formatVkey(log.origin, logKey.key)}\n`)],
  ];
}

/** The proof that these are all records of the trace or run; nothing where the index is not signed this far. */
export async function proveComplete(
  { log, logKey }: ExportParts,
  query: PackagePredicate['query'],
  checkpoint: ProvenCheckpoint,
): Promise<readonly (readonly [string, Uint8Array])[]> {
  const term = termOfQuery(query);
  const head = checkpoint.index ?? (logKey && (await readIndexHead(log.store, log.origin, logKey)));
  if (term === undefined || head?.size !== checkpoint.size) return [];
  try {
    return [[INDEX_PROOF, utf8(await createIndexProver(log.store).prove(head, term))]];
  } catch (error) {
    if (EventsError.is(error) && error.code === 'EVENTS_PROOF_UNAVAILABLE') return [];
    throw error;
  }
}
