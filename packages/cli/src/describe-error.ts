import type { BundleProblem } from '@spanforge/policy';
import { CliError } from './error.js';
import { EXIT, type ExitCode } from './io.js';
import { toWire } from './output/wire.js';

/** An error as the command line prints it. */
export interface DescribedError {
  readonly exitCode: ExitCode;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

interface Coded {
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly problems?: readonly BundleProblem[];
}

const BRAND = /^spanforge\..+\.error$/;

/** Every error class of SpanForge marks its errors with a symbol of this form. */
function isBranded(error: object): boolean {
  for (let at: object | null = error; at !== null; at = Object.getPrototypeOf(at)) {
    const marks = Object.getOwnPropertySymbols(at).map((mark) => Symbol.keyFor(mark) ?? '');
    if (marks.some((mark) => BRAND.test(mark))) return true;
  }
  return false;
}

/** Codes that are not listed here exit with 2: usage, configuration, input and output. */
const EXIT_CODES: Readonly<Record<string, ExitCode>> = {
  EVENTS_LOG_FROZEN: EXIT.failed,
  EVENTS_RECORD_TAMPERED: EXIT.failed,
  GOVERN_REVIEWER_NOT_ELIGIBLE: EXIT.failed,
  GOVERN_REVIEW_ALREADY_RESOLVED: EXIT.failed,
  GOVERN_REVIEW_EDITED: EXIT.failed,
  GOVERN_REVIEW_EXPIRED: EXIT.failed,
  GOVERN_REVIEW_NOT_EDITABLE: EXIT.failed,
  GOVERN_REVIEW_NOT_REVOCABLE: EXIT.failed,
  GOVERN_REVIEW_SELF_APPROVAL: EXIT.failed,
  GOVERN_GRANT_REFUSED: EXIT.failed,
  OPERATOR_CHECKPOINT_INCONSISTENT: EXIT.failed,
  OPERATOR_EVIDENCE_BROKEN: EXIT.failed,
  POLICY_ACTIVATION_CONFLICT: EXIT.failed,
  POLICY_REPLACE_REQUIRED: EXIT.failed,
  POLICY_SIGNATURE_INVALID: EXIT.failed,
  POLICY_SIGNATURE_REQUIRED: EXIT.failed,
  POLICY_VERSION_OLDER: EXIT.failed,
  POLICY_VERSION_REUSED: EXIT.failed,
  EVENTS_RECORD_UNSUPPORTED: EXIT.incomplete,
  GOVERN_REVIEW_UNKNOWN: EXIT.incomplete,
  OPERATOR_SELECTION_TOO_LARGE: EXIT.incomplete,
  POLICY_DECISION_UNKNOWN: EXIT.incomplete,
  POLICY_NOT_ACTIVE: EXIT.incomplete,
  POLICY_VERSION_UNKNOWN: EXIT.incomplete,
};

/** What to do about it on the command line, which the thrown message cannot know. */
const ADVICE: Readonly<Record<string, string>> = {
  POLICY_REPLACE_REQUIRED: ': repeat the command with --replace.',
};

function isCoded(error: unknown): error is Coded {
  return error instanceof Error && isBranded(error) && 'code' in error;
}

function codedOf(error: unknown): Coded {
  if (isCoded(error)) return error;
  const message = error instanceof Error ? error.message : 'not an error';
  return new CliError('CLI_UNEXPECTED', message, { cause: error });
}

/** Describes an error: its message, its code, and for a bundle every problem with its place. */
export async function describeError(error: unknown): Promise<DescribedError> {
  const { code, message, details = {}, problems = [] } = codedOf(error);
  const exitCode = EXIT_CODES[code] ?? EXIT.usage;
  if (code.startsWith('POLICY_') && problems.length > 0) {
    const { formatProblem } = await import('@spanforge/policy');
    return {
      exitCode,
      text: [
        `${code}: the ${code === 'POLICY_CASES_INVALID' ? 'cases are' : 'bundle is'} invalid`,
        ...problems.map(formatProblem),
      ].join('\n  '),
      json: { code, message, problems: toWire(problems) },
    };
  }
  return {
    exitCode,
    text: `${code}: ${message}${ADVICE[code] ?? ''}`,
    json: { code, message, details: toWire(details) },
  };
}
