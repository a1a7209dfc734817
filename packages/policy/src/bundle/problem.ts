import { formatPath } from '@spanforge/core-signing';
import type { z } from 'zod';
import { type BundleProblem, type BundleProblemCode, formatProblem } from '../bundle-problem.js';
import { PolicyError } from '../error.js';

/** Where something stands in a bundle: names of members and positions in lists. */
export type Path = readonly (string | number)[];

/** A place in the text a bundle was read from. */
export interface ProblemPosition {
  readonly line: number;
  readonly column: number;
}

/** Which part of a path: its value, its key, or an offset into the string at the path. */
export type ProblemPart = 'value' | 'key' | number;

/** Finds a path in the text. */
export type LocateProblem = (path: Path, part: ProblemPart) => ProblemPosition | undefined;

/** Collects problems, so that all of them are reported at once. */
export interface Problems {
  readonly list: readonly BundleProblem[];
  /** Adds a problem at a position, or at a part of a path. */
  add(
    code: BundleProblemCode,
    path: Path,
    message: string,
    at?: ProblemPart | ProblemPosition,
  ): void;
  /** Adds what a schema found under a path; it has to be run with `reportInput`. */
  addIssues(error: z.ZodError, under: Path): void;
  /** @throws {PolicyError} `POLICY_BUNDLE_INVALID` when there is any. */
  throwIfAny(): void;
}

/**
 * Creates the list of problems of one text; each gets its line and column when `locate` finds them.
 *
 * @param file How problems name the text.
 */
export function createProblems(
  file: string | undefined,
  locate: LocateProblem | undefined,
): Problems {
  const list: BundleProblem[] = [];
  const problems: Problems = {
    list,
    add(code, path, message, at = 'value') {
      const position = typeof at === 'object' ? at : locate?.(path, at);
      const place = file === undefined ? position : { file, ...position };
      list.push({ code, path: formatPath(path), message, ...place });
    },
    addIssues(error, under) {
      for (const issue of error.issues) addIssue(problems, issue, under);
    },
    throwIfAny() {
      if (list.length > 0) throw invalidError(list);
    },
  };
  return problems;
}

/** Builds the error that carries a list of problems; the message shows the first. */
export function invalidError(list: readonly BundleProblem[]): PolicyError {
  const problems = [...list].sort(byPosition);
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  const message = first === undefined ? 'The bundle is invalid.' : `${formatProblem(first)}${more}`;
  return new PolicyError('POLICY_BUNDLE_INVALID', message, { problems });
}

function byPosition(a: BundleProblem, b: BundleProblem): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

type Issue = z.ZodError['issues'][number];

function addIssue(problems: Problems, issue: Issue, under: Path): void {
  const path = [
    ...under,
    ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part)),
  ];
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) {
      problems.add(
        'POLICY_UNKNOWN_KEY',
        [...path, key],
        `"${key}" is not a key known here.`,
        'key',
      );
    }
    return;
  }
  if (issue.code === 'invalid_key') {
    // The name is at fault, not what stands under it.
    const [first = issue] = issue.issues;
    problems.add('POLICY_VALUE', path, first.message, 'key');
    return;
  }
  problems.add(codeOf(issue), path, issue.message);
}

/** JSON has no undefined: an input that is undefined is not there. */
function codeOf(issue: Issue): BundleProblemCode {
  if ('input' in issue && issue.input === undefined) return 'POLICY_MISSING';
  return issue.code === 'invalid_type' ? 'POLICY_TYPE' : 'POLICY_VALUE';
}
