import type { EvidenceRecord } from '@spanforge/core-events';
import type { RecordSecret } from '@spanforge/core-events/log';
import { deriveTenantKey, type MacKey, verifyRecordMac } from '@spanforge/core-signing';
import type { VerificationLedger } from './report.js';

const NAME = 'hmac';

/** Derived keys by kid and tenant; undefined when the secret was not given. */
function createKeyring(secrets: readonly RecordSecret[]) {
  const byKid = new Map(secrets.map(({ kid, secret }) => [kid, secret]));
  const derived = new Map<string, MacKey>();
  return (kid: string, tenant: string): MacKey | undefined => {
    const name = `${kid}\n${tenant}`;
    const secret = byKid.get(kid);
    const known = derived.get(name);
    if (known || !secret) return known;
    const key = deriveTenantKey({ secret, kid, tenant });
    derived.set(name, key);
    return key;
  };
}

/**
 * Checks the HMAC of each record whose secret was given; returns whether every record has a good one.
 *
 * @throws {SigningError} `SIGNING_SECRET_WEAK` for a secret that is too short or has no entropy.
 */
export function checkMacs(
  records: readonly EvidenceRecord[],
  secrets: readonly RecordSecret[],
  ledger: VerificationLedger,
): boolean {
  if (secrets.length === 0) return false;
  const keyFor = createKeyring(secrets);
  const lastGood = new Map(secrets.map(({ kid, lastGoodSize }) => [kid, lastGoodSize]));
  let [good, unsigned, unknown] = [0, 0, 0];
  for (const { index, leaf, mac, macKid, context } of records) {
    const key = macKid === undefined ? undefined : keyFor(macKid, context.tenant);
    if (mac === undefined) unsigned += 1;
    else if (!key) unknown += 1;
    else if (!verifyRecordMac(key, leaf, mac))
      ledger.fail('invalid', NAME, { index, reason: 'hmac_mismatch' });
    else if (index >= (lastGood.get(macKid ?? '') ?? Number.POSITIVE_INFINITY))
      ledger.fail('invalid', NAME, { index, reason: 'key_revoked' });
    else good += 1;
  }
  if (unsigned > 0) ledger.notCovered(`${unsigned} record(s) without an HMAC`);
  if (unknown > 0) ledger.notCovered(`${unknown} HMAC(s) of a key that was not given`);
  if (ledger.clean(NAME))
    ledger.pass(NAME, `${good} of ${records.length} record(s) carry a good HMAC`);
  return records.length > 0 && good === records.length;
}
