import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** One answer that people have judged beside its source. */
export interface Sample {
  readonly id: string;
  /** What wrote the answer, such as `wow/t5`. */
  readonly group: string;
  readonly source: string;
  readonly answer: string;
  readonly grounded: boolean;
}

/** Where the shared data lies: `SPANFORGE_DATA`, else beside the repository. */
export function dataFolder(env: NodeJS.ProcessEnv): string {
  return resolve(
    env.SPANFORGE_DATA ?? resolve(import.meta.dirname, '../../../../shared/data'),
    'grounding',
  );
}

interface Line {
  readonly id: string;
  readonly group?: string;
  readonly dataset: string;
  readonly source: string;
  readonly answer: string;
  readonly grounded: 0 | 1;
}

/** Reads one of the public sets; undefined where it is not there. */
export function readSamples(folder: string, file: string): readonly Sample[] | undefined {
  const path = resolve(folder, file);
  if (!existsSync(path)) return undefined;
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const { id, group, dataset, source, answer, grounded } = JSON.parse(line) as Line;
      return { id, group: group ?? dataset, source, answer, grounded: grounded === 1 };
    });
}

/** A number from 0 to `count - 1` that depends on the source's text alone. */
export function bucket(sample: Sample, count: number, salt = ''): number {
  return (
    createHash('sha256')
      .update(salt + sample.source.toLowerCase())
      .digest()
      .readUInt32BE(0) % count
  );
}

/** A quarter of the sources, by their digest, is held out: nothing is fitted or looked at there. */
export const isHeldOut = (sample: Sample): boolean => bucket(sample, 4) === 0;
