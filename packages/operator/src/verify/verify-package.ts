import { EventsError, type EvidenceRecord } from '@spanforge/core-events';
import type { RecordSecret } from '@spanforge/core-events/log';
import { SigningError } from '@spanforge/core-signing';
import { OperatorError } from '../error.js';
import { type EvidencePackage, MEMBER, type PackageLimits } from '../package/members.js';
import type { TimestampVerifier } from '../package/timestamp.js';
import { checkAgreement } from './agreement.js';
import { type Anchors, readAnchors } from './anchors.js';
import { checkMembers, withinLimits } from './check-members.js';
import {
  type CheckedCheckpoint,
  checkCheckpoint,
  checkConsistency,
  checkTail,
} from './checkpoint.js';
import { checkConduct } from './conduct.js';
import { checkEnterprise, isEnterprisePackage } from './enterprise.js';
import { checkIndexProof } from './index-proof.js';
import { readLines } from './lines.js';
import { checkMacs } from './macs.js';
import { noteOpening } from './note-opening.js';
import { parseRecords } from './parse-records.js';
import { type ProvenRecord, proveShown } from './proofs.js';
import { checkRederivation, type PolicyRederiver } from './rederive.js';
import { createLedger, type VerificationLedger, type VerificationReport } from './report.js';
import { checkStatement } from './statement.js';
import { checkTimestamp } from './timestamp.js';
import { checkDisclosures, checkPolicies, type DisclosedValues } from './values.js';
import { weighTrust } from './weigh-trust.js';
import { checkWitnesses, readWitnessPolicy } from './witnesses.js';

/** What a package is verified against; everything here comes from outside the package. */
export interface VerifyOptions {
  /** Trusted keys as text: JWK, JWK Set or vkey. */
  readonly keys: readonly string[];
  /** Name of the expected log; that of the vkey when absent. */
  readonly origin?: string;
  /** Secrets of record HMACs, by `kid`. */
  readonly hmacSecrets?: readonly RecordSecret[];
  /** A checkpoint kept from earlier, as signed note; the package's log must extend it. */
  readonly since?: string;
  /** A size the log is known to have had: the package may not end below it. */
  readonly knownSize?: number;
  /** Takes policy decisions again; `@spanforge/policy` makes one. */
  readonly rederive?: PolicyRederiver;
  /**
   * Judges the time stamp on the checkpoint; `createTimestampVerifier` of
   * `@spanforge/operator/timestamp` makes one from certificates. A package without a time stamp is then
   * `incomplete`; without a verifier a time stamp is named as not covered.
   */
  readonly timestamps?: TimestampVerifier;
  /**
   * Whose cosignatures the checkpoint needs, as text (C2SP tlog-policy): its keys are trusted, and a
   * package that misses its quorum is `incomplete`.
   */
  readonly witnessPolicy?: string;
  readonly limits?: PackageLimits & {
    /** Records; 250,000 when absent. */
    readonly maxRecords?: number;
  };
}

const MAX_RECORDS = 250_000;

/** Checks the records: first their proofs, then their content. */
function checkRecords(
  pkg: EvidencePackage,
  checked: CheckedCheckpoint,
  { hmacSecrets = [], limits = {} }: VerifyOptions,
  ledger: VerificationLedger,
): {
  readonly records: readonly EvidenceRecord[];
  readonly whole: boolean;
  readonly macs: boolean;
  readonly opened: DisclosedValues;
  readonly proven: readonly ProvenRecord[];
} {
  const shown = readLines(pkg, limits.maxRecords ?? MAX_RECORDS, ledger);
  const proven = shown ? proveShown(pkg, shown, checked, ledger) : [];
  const records = parseRecords(proven, ledger);
  const macs = checkMacs(records, hmacSecrets, ledger);
  const opened = checkDisclosures(pkg, records, ledger);
  checkPolicies(pkg, records, ledger);
  const whole = shown !== undefined && records.length === shown.length;
  if (whole && records.length === 0) {
    ledger.fail('incomplete', 'evidence', { file: MEMBER.records, reason: 'no_evidence' });
  }
  return { records, whole, macs: macs && whole, opened, proven };
}

async function run(
  pkg: EvidencePackage,
  options: VerifyOptions,
  ledger: VerificationLedger,
): Promise<void> {
  const policy = readWitnessPolicy(options.witnessPolicy);
  const more = [...(policy?.logs ?? []), ...(policy?.witnesses ?? []).map((one) => one.verifier)];
  const anchors = {
    ...readAnchors(options.keys, options.origin, more),
    ...(policy ? { policy } : {}),
  };
  if (!isEnterprisePackage(pkg)) {
    await verifyOperatorPackage(pkg, anchors, options, ledger);
    return;
  }
  if (!withinLimits(pkg, options.limits ?? {}, ledger)) return;
  await checkEnterprise(pkg, anchors, ledger, (inner, itsLedger) =>
    verifyOperatorPackage(inner, anchors, options, itsLedger),
  );
}

/** Returns the size of the checkpoint, when a trusted log signed it. */
async function verifyOperatorPackage(
  pkg: EvidencePackage,
  anchors: Anchors,
  options: VerifyOptions,
  ledger: VerificationLedger,
): Promise<number | undefined> {
  if (!checkMembers(pkg, options.limits ?? {}, ledger)) return undefined;
  // The checkpoint comes first: whether a key's signature counts depends on the log's size.
  const checked = await checkCheckpoint(pkg, anchors, ledger);
  const position = checked?.trusted ? checked.checkpoint.size : undefined;
  const statement = await checkStatement(pkg, anchors.packageKeys, position, ledger);
  let macs = false;
  await checkTimestamp(pkg, options.timestamps, ledger);
  if (checked) {
    checkConsistency(pkg, checked, options.since, ledger);
    checkTail(checked, options, ledger);
    checkWitnesses(checked, anchors.policy, ledger);
    const found = checkRecords(pkg, checked, options, ledger);
    macs = found.macs;
    if (checked.trusted) noteOpening(found.records, ledger);
    const { rederive } = options;
    if (rederive) checkRederivation(pkg, found.records, found.opened, rederive, ledger);
    const believed = checked.trusted || statement.trusted || macs;
    if (found.whole) checkConduct(found.records, statement.predicate, believed, ledger);
    if (found.whole) {
      const { predicate } = statement;
      await checkIndexProof(pkg, predicate, found.proven, checked, anchors, ledger);
    }
    if (statement.predicate && found.whole) {
      checkAgreement(pkg, statement.predicate, found, checked, ledger);
    }
  }
  weighTrust(anchors, statement, checked, macs, ledger);
  return position;
}

/** The code of an error, and what it says to people where it is one of ours. */
function told(error: unknown): { readonly reason: string; readonly why?: string } {
  const coded = OperatorError.is(error) || SigningError.is(error) || EventsError.is(error);
  return coded ? { reason: error.code, why: error.message } : { reason: 'unexpected_error' };
}

/**
 * Verifies a package offline, against keys from outside it; keys inside the package are never trusted.
 *
 * A trusted package key covers every byte of every file; a trusted log key proves every record under
 * the log's own signature. Give both: the report names what the given keys do not cover, and without
 * a package key the verdict is at best `incomplete`. With trusted package keys of several algorithms,
 * each algorithm must have signed.
 *
 * Never rejects. A verification that cannot be carried out (an unreadable key, an algorithm that
 * throws) has the verdict `failed`, exit code 2. The verdict is `valid` only when every check passed.
 */
export async function verifyPackage(
  pkg: EvidencePackage,
  options: VerifyOptions,
): Promise<VerificationReport> {
  const ledger = createLedger();
  try {
    await run(pkg, options, ledger);
  } catch (error) {
    const { reason, why } = told(error);
    ledger.fail('failed', 'verification', { reason }, why);
  }
  return ledger.report();
}
