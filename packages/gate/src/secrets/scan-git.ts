import { GateError } from '../error.js';
import type { ExecutorInput } from '../executor.js';
import { type FoundSecret, scanText } from './scan-text.js';

const RANGE = /^[A-Za-z0-9_][A-Za-z0-9_./~^@{}-]*(?:\.{2,3}[A-Za-z0-9_][A-Za-z0-9_./~^@{}-]*)?$/;

/** Lines that a change adds to a file. */
interface AddedBlock {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** The added lines of a diff that has no context lines. */
export function addedLines(diff: string): readonly AddedBlock[] {
  const blocks: AddedBlock[] = [];
  let file = '';
  let [line, left] = [0, 0];
  let lines: string[] = [];
  const flush = (): void => {
    if (lines.length > 0) blocks.push({ file, line, text: lines.join('\n') });
    lines = [];
  };
  for (const row of diff.split('\n')) {
    const hunk = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@/.exec(row);
    if (hunk !== null) {
      flush();
      line = Number(hunk[1]);
      left = Number(hunk[2] ?? 1);
    } else if (left > 0 && row.startsWith('+')) {
      lines.push(row.slice(1));
      left -= 1;
    } else if (row.startsWith('+++ ')) {
      flush();
      file = row
        .slice(4)
        .replace(/^"?b\//, '')
        .replace(/"$/, '')
        .trim();
    }
  }
  flush();
  return blocks;
}

/**
 * Finds secrets in staged changes, or in lines added by the commits of a range.
 *
 * @throws {GateError} `GATE_INPUT_INVALID` for an invalid range, or a folder that is not a git repository.
 */
export async function scanGit(
  { services, signal }: ExecutorInput,
  what: { readonly staged: boolean; readonly range?: string | undefined },
  threshold: number,
): Promise<{
  readonly blocks: number;
  readonly findings: readonly FoundSecret[];
  readonly diff: Uint8Array;
}> {
  const { range } = what;
  if (range !== undefined && !RANGE.test(range)) {
    throw new GateError('GATE_INPUT_INVALID', 'expected a git range such as main..HEAD');
  }
  const form = ['--unified=0', '--no-color', '--no-ext-diff', '--no-textconv', '--no-renames'];
  // Starts nothing that the repository configures, and prints names unquoted.
  const git = ['git', '-c', 'core.fsmonitor=false', '-c', 'core.quotePath=false'];
  const command =
    range === undefined
      ? [...git, 'diff', '--cached', ...form, '--']
      : [
          // Every commit, including those of merged branches: a line that was added and removed
          // again is still in the history.
          ...[...git, 'log', '--patch', '--format=', '--diff-merges=first-parent', ...form],
          ...['--end-of-options', range, '--'],
        ];
  const { exitCode, stdout } = await services.runCommand(command, { cwd: services.root, signal });
  if (exitCode !== 0)
    throw new GateError(
      'GATE_INPUT_INVALID',
      `git exited with ${exitCode}: check that this is a repository and has the named revisions`,
    );
  const blocks = addedLines(Buffer.from(stdout).toString('utf8'));
  const findings = blocks.flatMap(({ file, line, text }) =>
    scanText(text, file, { threshold, firstLine: line }),
  );
  return { blocks: blocks.length, findings, diff: stdout };
}
