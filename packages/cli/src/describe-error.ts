import { EventsError } from '@spanforge/core-events';
import { SigningError } from '@spanforge/core-signing';
import { visible } from '@spanforge/operator';
import { formatProblem, PolicyError } from '@spanforge/policy';
import { CliError } from './error.js';
import { EXIT, type ExitCode } from './io.js';

/** An error as the command line tells it. */
export interface DescribedError {
  readonly exitCode: ExitCode;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

interface Coded {
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

function isCoded(error: unknown): error is Coded {
  return (
    CliError.is(error) ||
    EventsError.is(error) ||
    SigningError.is(error) ||
    (error instanceof Error && typeof (error as { code?: unknown }).code === 'string')
  );
}

const NOT_FOUND: readonly string[] = ['CLI_NOT_FOUND', 'GOVERN_REVIEW_UNKNOWN'];

/** Says what went wrong: the sentence, its code, and for a bundle every problem with its place. */
export function describeError(error: unknown): DescribedError {
  if (PolicyError.is(error) && error.problems.length > 0) {
    const problems = error.problems.map(formatProblem);
    return {
      exitCode: EXIT.usage,
      text: [`${error.code}: ${error.message}`, ...problems].map(visible).join('\n  '),
      json: { code: error.code, message: error.message, problems: error.problems },
    };
  }
  if (!isCoded(error)) {
    const message = error instanceof Error ? error.message : 'unknown error';
    return {
      exitCode: EXIT.usage,
      text: visible(message),
      json: { code: 'CLI_UNEXPECTED', message },
    };
  }
  const { code, message, details = {} } = error;
  return {
    exitCode: NOT_FOUND.includes(code) ? EXIT.incomplete : EXIT.usage,
    text: `${code}: ${visible(message)}`,
    json: { code, message, details },
  };
}
