import type { EvidenceRecord } from '@spanforge/core-events';
import { openDisclosure, sha256, toHex } from '@spanforge/core-signing';
import { type DisclosureLine, parseDisclosureLine } from '../package/index-lines.js';
import { type EvidencePackage, MEMBER } from '../package/members.js';
import { policyDigests } from '../package/policies.js';
import { commitmentsOf } from '../trace/commitments.js';
import { ifReadable } from './if-readable.js';
import { textLines } from './lines.js';
import type { VerificationLedger } from './report.js';

const FILE = MEMBER.disclosures;
const NAME = 'disclosures';
const MAX_LINES = 1_000_000;
const POLICY = /^policy\/([0-9a-f]{64})\.json$/;

/** Disclosed values, by the digest that records commit to. */
export type DisclosedValues = ReadonlyMap<
  string,
  { readonly name: string; readonly value: unknown }
>;

/** Names reach terminals and reports, so only printable ASCII names are shown. */
const named = (name: string): string => (/^[\x21-\x7e]{1,100}$/.test(name) ? `:${name}` : '');

function disclosureFault(
  { name, digest, disclosure }: DisclosureLine,
  committed: ReadonlyMap<string, string>,
  keep: (value: unknown) => void,
): string | undefined {
  if (committed.get(name) === undefined) return 'value_not_committed';
  if (committed.get(name) !== digest) return 'disclosure_mismatch';
  const opened = ifReadable(() => openDisclosure(disclosure, { maxBytes: 67_108_864 }));
  if (opened === undefined) return 'disclosure_malformed';
  if (opened.digest !== digest || opened.name !== name) return 'disclosure_mismatch';
  keep(opened.value);
  return undefined;
}

/**
 * Checks each disclosure against the digest its record commits to under that name: in order, each
 * once, only for records in the package. Names the wrong field. A value that several records of a
 * trace commit to by one digest is disclosed once for all of them.
 */
export function checkDisclosures(
  pkg: EvidencePackage,
  records: readonly EvidenceRecord[],
  ledger: VerificationLedger,
): DisclosedValues {
  const opened = new Map<string, { readonly name: string; readonly value: unknown }>();
  const lines = textLines(pkg, FILE, MAX_LINES, ledger);
  const byIndex = new Map(records.map((record) => [record.index, record]));
  let [previousIndex, previousName] = [-1, ''];
  for (const text of lines ?? []) {
    const line = parseDisclosureLine(text);
    if (!line) {
      ledger.fail('invalid', NAME, { file: FILE, reason: 'line_malformed' });
      return opened;
    }
    const { index, name, digest } = line;
    const record = byIndex.get(index);
    const ordered =
      (index > previousIndex || (index === previousIndex && name > previousName)) &&
      !opened.has(digest);
    [previousIndex, previousName] = [index, name];
    const fault = !ordered
      ? 'disclosure_repeated'
      : record
        ? disclosureFault(line, new Map(commitmentsOf(record)), (value) =>
            opened.set(digest, { name, value }),
          )
        : 'disclosure_without_record';
    if (fault !== undefined)
      ledger.fail('invalid', NAME, { index, reason: `${fault}${named(name)}` });
  }
  ledger.counts.disclosures = lines?.length ?? 0;
  if (lines && ledger.clean(NAME))
    ledger.pass(NAME, `${lines.length} value(s) are what the records commit to`);
  return opened;
}

/** Checks that each bundle's bytes have the digest in its name, and that a record names the bundle. */
export function checkPolicies(
  pkg: EvidencePackage,
  records: readonly EvidenceRecord[],
  ledger: VerificationLedger,
): void {
  const decided = new Set(policyDigests(records));
  for (const [file, bytes] of pkg) {
    const digest = POLICY.exec(file)?.[1];
    if (digest === undefined) continue;
    ledger.counts.policies += 1;
    if (toHex(sha256(bytes)) !== digest) {
      ledger.fail('invalid', 'policies', { file, reason: 'digest_mismatch' });
    } else if (!decided.has(digest)) {
      ledger.fail('invalid', 'policies', { file, reason: 'policy_without_record' });
    }
  }
  const { policies } = ledger.counts;
  if (policies > 0 && ledger.clean('policies')) {
    ledger.pass('policies', `${policies} bundle(s) are the ones the records name`);
  }
}
