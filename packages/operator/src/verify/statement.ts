import {
  canonicalize,
  type Envelope,
  fromBase64,
  fromUtf8,
  keyStanding,
  parseEnvelope,
  parseJson,
  parseStatement,
  SigningError,
  STATEMENT_PAYLOAD_TYPE,
  type Statement,
  sha256,
  toHex,
  type VerificationKey,
  verifyEnvelope,
} from '@spanforge/core-signing';
import { type EvidencePackage, MEMBER } from '../package/members.js';
import { OPERATOR_PACKAGE, type PackagePredicate, packagePredicate } from '../package/statement.js';
import { ifReadable } from './if-readable.js';
import { leftService, type VerificationLedger } from './report.js';

/** The package's statement, and whether a trusted key signed it. */
export interface CheckedStatement {
  readonly trusted: boolean;
  readonly predicate?: PackagePredicate;
}

const FILE = MEMBER.statement;
const MAX_BYTES = 67_108_864;
const NAME = 'statement';

/** Reads the envelope, which must be canonical JSON, so that it has exactly one possible text. */
function readEnvelope(bytes: Uint8Array): Envelope | string {
  const envelope = ifReadable(() => {
    const text = fromUtf8(bytes);
    if (canonicalize(parseJson(text, { maxBytes: MAX_BYTES })) !== text) return 'not_canonical';
    return parseEnvelope(text, { maxBytes: MAX_BYTES });
  });
  return envelope ?? 'not_an_envelope';
}

/**
 * Verifies the signatures: every signature that names a trusted key must be good, and each trusted
 * algorithm must have signed with a key that was in service at this size of the log.
 */
async function checkSignatures(
  envelope: Envelope,
  keys: readonly VerificationKey[],
  size: number | undefined,
  ledger: VerificationLedger,
): Promise<boolean> {
  const tally = await countSignatures(envelope, keys, size);
  if (tally.bad > 0) {
    ledger.fail('invalid', 'signatures', { file: FILE, reason: 'signature_invalid' });
    return false;
  }
  const standings = keys.map((key) => ({ ...key, standing: keyStanding(key, size) }));
  const signed = standings.filter(({ kid }) => tally.signers.includes(kid));
  const algorithms = new Set(signed.map(({ alg }) => alg));
  const lapsed = standings.filter(
    ({ kid, alg }) => tally.lapsed.includes(kid) && !algorithms.has(alg),
  );
  if (lapsed.length > 0) {
    const revoked = lapsed.some(({ standing }) => standing === 'revoked');
    const reason = revoked ? 'key_revoked' : 'key_retired';
    // Without a log size it cannot be shown to be wrong, only that no trusted key covers it.
    const verdict = size === undefined ? 'untrusted' : 'invalid';
    ledger.fail(verdict, 'signatures', { file: FILE, reason });
    return false;
  }
  if (tally.signers.length === 0) {
    const reason = envelope.signatures.length === 0 ? 'not_signed' : 'untrusted_key';
    const verdict = reason === 'not_signed' ? 'invalid' : 'untrusted';
    ledger.fail(verdict, 'signatures', { file: FILE, reason });
    return false;
  }
  if (standings.some(({ alg, standing }) => standing === 'good' && !algorithms.has(alg))) {
    ledger.fail('invalid', 'signatures', { file: FILE, reason: 'signature_missing' });
    return false;
  }
  const named = signed.map((key) => ({
    role: 'package' as const,
    kid: key.kid,
    ...leftService(key),
  }));
  ledger.signers.unshift(...named);
  ledger.pass(
    'signatures',
    `${signed.length} trusted package key(s) signed: ${[...algorithms].join(', ')}`,
  );
  return true;
}

async function countSignatures(
  envelope: Envelope,
  keys: readonly VerificationKey[],
  size: number | undefined,
): Promise<{
  readonly signers: readonly string[];
  readonly lapsed: readonly string[];
  readonly bad: number;
}> {
  try {
    const { signers, lapsed, bad } = await verifyEnvelope(envelope, { keys, threshold: 1, size });
    return { signers, lapsed, bad: bad.length };
  } catch (error) {
    if (!SigningError.is(error) || error.code !== 'SIGNING_THRESHOLD_NOT_MET') throw error;
    const lapsed = String(error.details.lapsed).split(' ');
    return { signers: [], lapsed, bad: Number(error.details.bad) };
  }
}

function readStatement(envelope: Envelope): Statement | undefined {
  return ifReadable(() => parseStatement(fromBase64(envelope.payload), { maxBytes: MAX_BYTES }));
}

/** Compares the digests with the files: no file added, missing or changed. */
function checkDigests(
  pkg: EvidencePackage,
  { subject }: Statement,
  ledger: VerificationLedger,
): void {
  const listed = new Map(subject.map(({ name, digest }) => [name, digest.sha256]));
  for (const [name, bytes] of pkg) {
    const digest = listed.get(name);
    if (name === FILE) continue;
    if (digest === undefined)
      ledger.fail('invalid', 'digests', { file: name, reason: 'unlisted_file' });
    else if (digest !== toHex(sha256(bytes))) {
      ledger.fail('invalid', 'digests', { file: name, reason: 'digest_mismatch' });
    }
  }
  for (const name of listed.keys()) {
    if (!pkg.has(name)) ledger.fail('invalid', 'digests', { file: name, reason: 'missing_file' });
  }
  if (ledger.clean('digests'))
    ledger.pass('digests', `${subject.length} files are as the statement lists them`);
}

/** A statement of the expected predicate type over exactly the files present, and who signed it. */
interface OpenedStatement {
  readonly signed: boolean;
  readonly predicate: unknown;
}

/**
 * Opens `package.dsse.json`: checks its signatures if package keys are trusted, then the files it lists.
 *
 * @param size Size of the checkpoint in the package, if a trusted log signed it.
 */
export async function openStatement(
  pkg: EvidencePackage,
  keys: readonly VerificationKey[],
  size: number | undefined,
  ledger: VerificationLedger,
  predicateType: string,
): Promise<OpenedStatement | undefined> {
  const bytes = pkg.get(FILE);
  const envelope = bytes === undefined ? 'missing_file' : readEnvelope(bytes);
  if (typeof envelope === 'string') {
    ledger.fail('invalid', NAME, { file: FILE, reason: envelope });
    return undefined;
  }
  const signed = keys.length > 0 && (await checkSignatures(envelope, keys, size, ledger));
  if (envelope.payloadType !== STATEMENT_PAYLOAD_TYPE) {
    ledger.fail('unsupported', NAME, { file: FILE, reason: 'payload_type' });
    return undefined;
  }
  const statement = readStatement(envelope);
  if (statement === undefined) {
    ledger.fail('invalid', NAME, { file: FILE, reason: 'not_a_statement' });
    return undefined;
  }
  checkDigests(pkg, statement, ledger);
  if (statement.predicateType !== predicateType) {
    ledger.fail('unsupported', NAME, { file: FILE, reason: 'predicate_type' });
    return undefined;
  }
  return { signed, predicate: statement.predicate };
}

/** Checks the statement of an operator's package. */
export async function checkStatement(
  pkg: EvidencePackage,
  keys: readonly VerificationKey[],
  size: number | undefined,
  ledger: VerificationLedger,
): Promise<CheckedStatement> {
  const statement = await openStatement(pkg, keys, size, ledger, OPERATOR_PACKAGE);
  if (statement === undefined) return { trusted: false };
  const predicate = packagePredicate.safeParse(statement.predicate);
  if (predicate.success) return { trusted: statement.signed, predicate: predicate.data };
  ledger.fail('invalid', NAME, { file: FILE, reason: 'predicate_malformed' });
  return { trusted: false };
}
