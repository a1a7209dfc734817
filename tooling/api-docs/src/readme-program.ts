import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { firstCodeBlock, type WorkspacePackage } from '@spanforge-tooling/workspace';
import ts from 'typescript';

/** The program at the top of a package's README, as a module inside that package. */
export interface ReadmeProgram {
  /** Absolute path it is compiled at; no file stands there. */
  readonly path: string;
  readonly code: string;
  /** Line of the README on which the code begins. */
  readonly line: number;
}

/** The first block of the README when it is TypeScript; otherwise what is wrong, in words. */
export function readmeProgram({ directory }: WorkspacePackage): ReadmeProgram | string {
  const readme = join(directory, 'README.md');
  if (!existsSync(readme)) return 'there is no README.md';
  const block = firstCodeBlock(readFileSync(readme, 'utf8'));
  if (block === undefined) return 'the README has no code block';
  if (block.language !== 'ts') return `the first code block is "${block.language}", not "ts"`;
  return { path: join(directory, '__readme__.ts'), code: block.code, line: block.line };
}

/** Type-checks a README program; each problem as `README.md:line message`. */
export function readmeProblems(program: ts.Program, readme: ReadmeProgram): readonly string[] {
  const file = program.getSourceFile(readme.path);
  const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  return found.map(({ start, messageText }) => {
    const { line = 0 } = file?.getLineAndCharacterOfPosition(start ?? 0) ?? {};
    const message = ts.flattenDiagnosticMessageText(messageText, ' ');
    return `README.md:${readme.line + line} ${message}`;
  });
}
