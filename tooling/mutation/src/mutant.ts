import { readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { MutantResult } from '@stryker-mutator/api/core';

export type Fate = 'killed' | 'survived' | 'timed out';

/** One change of the code, named so that edits elsewhere in its file do not rename it. */
export interface Mutant {
  /** Seen from the folder of its package. */
  readonly file: string;
  readonly line: number;
  /** The line it begins on, without white space around it. */
  readonly at: string;
  readonly change: string;
  readonly fate: Fate;
}

const FATES: Readonly<Partial<Record<MutantResult['status'], Fate>>> = {
  Killed: 'killed',
  Survived: 'survived',
  NoCoverage: 'survived',
  Timeout: 'timed out',
};

/** The mutants that ran; one that cannot be loaded at all counts neither way. */
export function readMutants(
  root: string,
  folder: string,
  results: readonly MutantResult[],
): readonly Mutant[] {
  const sources = new Map<string, readonly string[]>();
  return results.flatMap(({ fileName, location, replacement, status }) => {
    const fate = FATES[status];
    if (fate === undefined) return [];
    const file = relative(join(root, folder), join(root, relative(root, fileName)))
      .split(sep)
      .join('/');
    const lines = sources.get(file) ?? readFileSync(join(root, folder, file), 'utf8').split('\n');
    sources.set(file, lines);
    const change = `${short(cut(lines, location))} → ${short(replacement ?? '')}`;
    const { line } = location.start;
    return [{ file, line, at: lines[line - 1]?.trim() ?? '', change, fate }];
  });
}

/** The code of a mutant: its lines and columns begin at 1, and the last column is not in it. */
function cut(lines: readonly string[], { start, end }: MutantResult['location']): string {
  const part = lines.slice(start.line - 1, end.line);
  const last = part.length - 1;
  return part
    .map((line, at) => {
      const to = at === last ? end.column - 1 : line.length;
      return line.slice(at === 0 ? start.column - 1 : 0, to);
    })
    .join('\n');
}

/** Code on one line, and of long code its beginning and end. */
function short(code: string): string {
  const line = code.replace(/\s+/g, ' ').trim();
  return line.length <= 100 ? line : `${line.slice(0, 60)} … ${line.slice(-38)}`;
}
