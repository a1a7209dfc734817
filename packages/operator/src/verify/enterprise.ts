import { canonicalize, fromUtf8, parseJson, sha256, toHex } from '@spanforge/core-signing';
import { z } from 'zod';
import { readNote } from '../log-state.js';
import { type EvidencePackage, isSafeName, malformedError } from '../package/members.js';
import type { Anchors } from './anchors.js';
import type { VerificationLedger } from './report.js';
import { openStatement } from './statement.js';

/** The predicate type of enterprise packages: an operator's package with further parts. */
export const ENTERPRISE_PACKAGE = 'https://spanforge.dev/enterprise-package/v1';

const INNER = 'operator/';
const STATEMENT = 'package.dsse.json';
const CHECKSUMS = 'SHA256SUMS';

/** The parts, by file: the version each must state. */
const PARTS: Readonly<Record<string, string>> = {
  'profile.json': 'spanforge.deployment-profile.v1',
  'controls.json': 'spanforge.enterprise-controls.v1',
  'status.json': 'spanforge.enterprise-status.v1',
  'architectures.json': 'spanforge.reference-architectures.v1',
};

const OUTER: readonly string[] = [...Object.keys(PARTS), 'VERIFY.md', CHECKSUMS, STATEMENT];

const hex = z.string().regex(/^[0-9a-f]{64}$/);
const predicateSchema = z.strictObject({
  tenant: z.string().min(1),
  log_origin: z.string().min(1),
  log_size: z.int().min(0),
  root: hex,
  outcome: z.string(),
  operator_statement: hex,
  checksums: hex,
  generated_at: z.string(),
});
type EnterprisePredicate = z.infer<typeof predicateSchema>;

const digestOf = (pkg: EvidencePackage, name: string): string =>
  toHex(sha256(pkg.get(name) ?? new Uint8Array()));

/** True when a package has the files of an enterprise package. */
export function isEnterprisePackage(pkg: EvidencePackage): boolean {
  return pkg.has(`${INNER}${STATEMENT}`);
}

function checkMembers(pkg: EvidencePackage, ledger: VerificationLedger): void {
  for (const name of pkg.keys()) {
    if (OUTER.includes(name) || name.startsWith(INNER)) continue;
    const reason = isSafeName(name) ? 'unknown_file' : 'unsafe_name';
    const file = isSafeName(name) ? { file: name } : {};
    ledger.fail('invalid', 'members', { ...file, reason });
  }
  for (const file of OUTER) {
    if (!pkg.has(file)) ledger.fail('invalid', 'members', { file, reason: 'missing_file' });
  }
}

function checkChecksums(pkg: EvidencePackage, ledger: VerificationLedger): void {
  const names = [...pkg.keys()].filter((name) => name !== CHECKSUMS && name !== STATEMENT).sort();
  const lines = names.map((name) => `${digestOf(pkg, name)}  ${name}\n`).join('');
  const shown = new TextEncoder().encode(lines);
  if (toHex(sha256(shown)) === digestOf(pkg, CHECKSUMS)) return;
  ledger.fail('invalid', 'checksums', { file: CHECKSUMS, reason: 'checksum_mismatch' });
}

type Part = Readonly<Record<string, unknown>>;

/** As of every text of JSON in a package. */
const MAX_PART_BYTES = 67_108_864;

/** Reads a part: canonical JSON and a line feed, of the expected version. */
function readPart(pkg: EvidencePackage, file: string): Part {
  const text = fromUtf8(pkg.get(file) ?? new Uint8Array());
  const value = parseJson(text, { maxBytes: MAX_PART_BYTES }) as Part;
  if (`${canonicalize(value)}\n` !== text) throw malformedError('not_canonical', file);
  if (value.v !== PARTS[file]) throw malformedError('part_version', file);
  return value;
}

function checkParts(
  pkg: EvidencePackage,
  predicate: EnterprisePredicate | undefined,
  ledger: VerificationLedger,
): void {
  const parts = new Map<string, Part>();
  for (const file of Object.keys(PARTS)) {
    try {
      parts.set(file, readPart(pkg, file));
    } catch {
      ledger.fail('invalid', 'parts', { file, reason: 'part_malformed' });
    }
  }
  if (predicate === undefined) return;
  const log = parts.get('status.json')?.log as Part | undefined;
  if (log?.origin !== predicate.log_origin) {
    ledger.fail('invalid', 'parts', { file: 'status.json', reason: 'log_mismatch' });
  }
  if (parts.get('controls.json')?.tenant_id !== predicate.tenant) {
    ledger.fail('invalid', 'parts', { file: 'controls.json', reason: 'tenant_mismatch' });
  }
}

/** Reads the inner checkpoint, without its signature, which the inner verification checks. */
function checkpointIn(pkg: EvidencePackage) {
  try {
    return readNote(fromUtf8(pkg.get(`${INNER}checkpoint`) ?? new Uint8Array()));
  } catch {
    return undefined;
  }
}

/** Checks that the outer statement claims nothing that the inner package does not show. */
function checkClaims(
  pkg: EvidencePackage,
  predicate: EnterprisePredicate,
  { known }: VerificationLedger,
): readonly string[] {
  const log = checkpointIn(pkg);
  const outcome = known.outcome ?? predicate.outcome;
  const claims: readonly (readonly [string, unknown, unknown])[] = [
    ['operator_statement', predicate.operator_statement, digestOf(pkg, `${INNER}${STATEMENT}`)],
    ['checksums', predicate.checksums, digestOf(pkg, CHECKSUMS)],
    ['log_origin', predicate.log_origin, log?.origin],
    ['log_size', predicate.log_size, log?.size],
    ['root', predicate.root, log && toHex(log.root)],
    ['outcome', predicate.outcome, outcome],
  ];
  return claims.flatMap(([claim, said, shown]) => (said === shown ? [] : [claim]));
}

/** The ledger for the inner package; prefixes file names with their path in the outer one. */
function within(ledger: VerificationLedger): VerificationLedger {
  return {
    ...ledger,
    fail(verdict, name, fault) {
      const file = fault.file === undefined ? {} : { file: `${INNER}${fault.file}` };
      ledger.fail(verdict, name, { ...fault, ...file });
    },
  };
}

/** Removes repeated signers: the same key signs both statements. */
function dropRepeated(signers: VerificationLedger['signers']): void {
  const seen = new Set<string>();
  for (let at = 0; at < signers.length; ) {
    const { role, kid } = signers[at] ?? {};
    const known = seen.has(`${role} ${kid}`);
    seen.add(`${role} ${kid}`);
    if (known) signers.splice(at, 1);
    else at += 1;
  }
}

/**
 * Verifies an enterprise package: its own files, checksums, parts and statement, and the operator's
 * package inside it, exactly as if that were verified alone.
 */
export async function checkEnterprise(
  pkg: EvidencePackage,
  anchors: Anchors,
  ledger: VerificationLedger,
  verifyInner: (inner: EvidencePackage, ledger: VerificationLedger) => Promise<number | undefined>,
): Promise<void> {
  checkMembers(pkg, ledger);
  checkChecksums(pkg, ledger);
  const inner = new Map(
    [...pkg].flatMap(([name, bytes]) =>
      name.startsWith(INNER) ? [[name.slice(INNER.length), bytes] as const] : [],
    ),
  );
  // The inner package comes first: keys of the outer statement are judged by the size of its log.
  const size = await verifyInner(inner, within(ledger));
  ledger.counts.files = pkg.size;
  const statement = await openStatement(pkg, anchors.packageKeys, size, ledger, ENTERPRISE_PACKAGE);
  dropRepeated(ledger.signers);
  const parsed = statement && predicateSchema.safeParse(statement.predicate);
  if (parsed?.success === false) {
    ledger.fail('invalid', 'statement', { file: STATEMENT, reason: 'predicate_malformed' });
  }
  const predicate = parsed?.success ? parsed.data : undefined;
  checkParts(pkg, predicate, ledger);
  if (predicate === undefined) return;
  for (const claim of checkClaims(pkg, predicate, ledger)) {
    ledger.fail('invalid', 'enterprise', { file: STATEMENT, reason: `${claim}_mismatch` });
  }
  if (['members', 'checksums', 'parts', 'enterprise'].every((name) => ledger.clean(name))) {
    ledger.pass('enterprise', `the parts of a package of tenant ${predicate.tenant} are whole`);
  }
}
