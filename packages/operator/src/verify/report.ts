import type { KeyLimits } from '@spanforge/core-signing';
import type { TimestampFact } from '../package/timestamp.js';
import type { TraceOutcome } from '../trace/decisions.js';
import type { CompletenessFinding } from '../trace/finding.js';

/** The result of taking a decision again. */
export type RederivedDecision = { readonly index: number; readonly id: string } & (
  | { readonly status: 'same' }
  /** The parts in which the record differs from its policy's verdict. */
  | { readonly status: 'different'; readonly parts: readonly string[] }
  /** The values that were withheld, erased or never present. */
  | { readonly status: 'not_rederivable'; readonly missing: readonly string[] }
);

/** How many decisions of a package follow from their policies. */
export interface Rederivation {
  readonly same: number;
  readonly different: number;
  readonly notRederivable: number;
  /** The first thousand decisions that differ or cannot be taken again. */
  readonly decisions: readonly RederivedDecision[];
}

/**
 * The result of a verification. `failed`: it could not be carried out. `violation`: the package is in
 * order, and shows that something ran which should not have. `untrusted`: no trusted key made any of
 * the signatures. `incomplete`: no fault was found, but the trusted keys do not cover everything, or
 * there is no evidence.
 */
export type Verdict =
  | 'valid'
  | 'invalid'
  | 'failed'
  | 'violation'
  | 'unsupported'
  | 'untrusted'
  | 'incomplete';

/**
 * `L0`: every record carries a good HMAC. `L1`: every record is in a tree the log signed. `L2`: and a
 * trusted time-stamping authority says since when the checkpoint of that tree has existed. `L3`: and the
 * witnesses of the verifier's policy cosigned it.
 */
export type AssuranceLevel = 'L0' | 'L1' | 'L2' | 'L3';

/** One check and its result. */
export interface VerificationCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** A fault of a package, and where it is. */
export interface PackageFault {
  /** Index of the record in the log, if the fault is about a record. */
  readonly index?: number;
  /** File of the package, if the fault is about a file. */
  readonly file?: string;
  readonly reason: string;
}

/** The report of a verification. Plain data that can be written as JSON. */
export interface VerificationReport {
  readonly verdict: Verdict;
  /** 0 valid, 1 invalid or a violation, 2 usage or I/O, 3 unsupported, incomplete or untrusted. */
  readonly exitCode: 0 | 1 | 2 | 3;
  readonly level?: AssuranceLevel;
  readonly checks: readonly VerificationCheck[];
  readonly firstBad?: PackageFault;
  /** What the trusted keys do not cover, by name. */
  readonly notCovered: readonly string[];
  readonly counts: {
    readonly files: number;
    readonly records: number;
    readonly disclosures: number;
    readonly policies: number;
  };
  /** The outcome, computed from the records; absent when not all were read. */
  readonly outcome?: TraceOutcome;
  /** The strictest live decision, even when a person overruled it later. */
  readonly strictest?: TraceOutcome;
  /** What is missing from the records, and violations they show. */
  readonly findings: readonly CompletenessFinding[];
  /** `pinned`: a checkpoint or size from outside the package shows that no tail was cut below it. */
  readonly tail: 'pinned' | 'unpinned';
  /** `proven`: the log's signed index proves that no record of the trace or run is missing. */
  readonly complete: 'proven' | 'unproven';
  /** What a trusted time-stamping authority said about the checkpoint; absent where none was believed. */
  readonly timestamp?: TimestampFact;
  /**
   * Which witnesses of the verifier's policy cosigned the checkpoint, by their names in it, and when they
   * say so, in seconds since 1970; absent without a policy.
   */
  readonly witnesses?: {
    readonly quorum: 'met' | 'missed';
    readonly cosigned: readonly { readonly name: string; readonly time: number }[];
  };
  /** The result of taking the policy decisions again; absent without a rederiver. */
  readonly rederivation?: Rederivation;
  readonly log?: { readonly origin: string; readonly size: number; readonly root: string };
  /**
   * The last good checkpoint of this log's predecessor, as the log's first record names it; present
   * when the package has that record, proven under the trusted log's signature.
   */
  readonly succeeds?: { readonly origin: string; readonly size: number; readonly root: string };
  /** Trusted keys whose signatures verified: thumbprints, the log's with its name. */
  readonly signers: readonly {
    readonly role: 'package' | 'log' | 'witness';
    readonly kid: string;
    readonly name?: string;
    /** The key has left service since. This signature is from before, so it still counts. */
    readonly later?: 'retired' | 'revoked';
  }[];
}

/** Whether a key whose signature counts has left service since. */
export function leftService(key: KeyLimits | undefined): {
  readonly later?: 'retired' | 'revoked';
} {
  if (key?.lastGoodSize !== undefined) return { later: 'revoked' };
  return key?.retiredSize === undefined ? {} : { later: 'retired' };
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

type Known = Pick<
  VerificationReport,
  | 'level'
  | 'outcome'
  | 'strictest'
  | 'log'
  | 'succeeds'
  | 'findings'
  | 'tail'
  | 'complete'
  | 'timestamp'
  | 'witnesses'
  | 'rederivation'
>;

/** Collects findings; the verdict follows from these alone. */
export interface VerificationLedger {
  pass(name: string, detail: string): void;
  /** @param why What more is to be said to people. */
  fail(verdict: Exclude<Verdict, 'valid'>, name: string, fault: PackageFault, why?: string): void;
  /** True when the check `name` has no failure so far. */
  clean(name: string): boolean;
  notCovered(what: string): void;
  readonly signers: VerificationReport['signers'][number][];
  readonly counts: Mutable<VerificationReport['counts']>;
  readonly known: Mutable<Known>;
  report(): VerificationReport;
}

/** Verdicts by precedence: the first that occurs counts. */
const WEIGHTS = [
  'invalid',
  'failed',
  'violation',
  'unsupported',
  'untrusted',
  'incomplete',
] as const;
const EXIT_CODES = {
  invalid: 1,
  failed: 2,
  violation: 1,
  unsupported: 3,
  untrusted: 3,
  incomplete: 3,
} as const;

/** A hostile package must not fill memory with findings. */
const MAX_FAULTS = 1000;

const describe = ({ index, file, reason }: PackageFault): string =>
  [index === undefined ? '' : `record ${index}`, file ?? '', reason]
    .filter((part) => part !== '')
    .join(': ');

function firstOf(faults: readonly PackageFault[]): PackageFault | undefined {
  const indexed = faults.filter(({ index }) => index !== undefined);
  return indexed.length === 0
    ? faults[0]
    : indexed.reduce((first, one) => ((one.index ?? 0) < (first.index ?? 0) ? one : first));
}

export function createLedger(): VerificationLedger {
  const checks: VerificationCheck[] = [];
  const faults: { readonly verdict: Exclude<Verdict, 'valid'>; readonly fault: PackageFault }[] =
    [];
  const failed = new Set<string>();
  const uncovered: string[] = [];
  const ledger: VerificationLedger = {
    signers: [],
    counts: { files: 0, records: 0, disclosures: 0, policies: 0 },
    known: { findings: [], tail: 'unpinned', complete: 'unproven' },
    pass: (name, detail) => {
      checks.push({ name, ok: true, detail });
    },
    fail(verdict, name, fault, why) {
      failed.add(name);
      if (faults.length >= MAX_FAULTS && faults.some((one) => one.verdict === verdict)) return;
      faults.push({ verdict, fault });
      const detail = describe(fault) + (why === undefined ? '' : `: ${why}`);
      checks.push({ name, ok: false, detail });
    },
    clean: (name) => !failed.has(name),
    notCovered: (what) => {
      uncovered.push(what);
    },
    report() {
      const verdict = WEIGHTS.find((weight) => faults.some((one) => one.verdict === weight));
      const common = {
        checks,
        notCovered: uncovered,
        counts: ledger.counts,
        signers: ledger.signers,
        findings: ledger.known.findings,
        tail: ledger.known.tail,
        complete: ledger.known.complete,
        ...(ledger.known.timestamp ? { timestamp: ledger.known.timestamp } : {}),
        ...(ledger.known.witnesses ? { witnesses: ledger.known.witnesses } : {}),
        ...(ledger.known.rederivation ? { rederivation: ledger.known.rederivation } : {}),
        ...(ledger.known.outcome === undefined ? {} : { outcome: ledger.known.outcome }),
        ...(ledger.known.strictest === undefined ? {} : { strictest: ledger.known.strictest }),
        ...(ledger.known.log === undefined ? {} : { log: ledger.known.log }),
        ...(ledger.known.succeeds === undefined ? {} : { succeeds: ledger.known.succeeds }),
      };
      if (verdict === undefined) {
        const { level } = ledger.known;
        return { verdict: 'valid', exitCode: 0, ...(level ? { level } : {}), ...common };
      }
      const firstBad = firstOf(
        faults.filter((one) => one.verdict === verdict).map(({ fault }) => fault),
      );
      const level =
        verdict === 'incomplete' || verdict === 'violation' ? ledger.known.level : undefined;
      return {
        verdict,
        exitCode: EXIT_CODES[verdict],
        ...(level ? { level } : {}),
        ...(firstBad ? { firstBad } : {}),
        ...common,
      };
    },
  };
  return ledger;
}
