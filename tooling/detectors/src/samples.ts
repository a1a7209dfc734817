import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A text that holds a secret, or does not. */
export interface SecretSample {
  readonly text: string;
  readonly type: string;
  readonly label: 0 | 1;
}

/** A sentence, and where what stands in it. */
export interface PiiSample {
  readonly text: string;
  readonly spans: readonly {
    readonly type: string;
    readonly start: number;
    readonly end: number;
  }[];
}

const root = resolve(import.meta.dirname, '../../..');

/** The folder of the public samples: `SPANFORGE_DATA`, seen from the repository. */
export function dataFolder(env: NodeJS.ProcessEnv): string {
  return resolve(root, env.SPANFORGE_DATA ?? '../shared/data');
}

function readLines<Sample>(file: string): readonly Sample[] | undefined {
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Sample);
}

/** gitleaks' rule self-tests; undefined where they are not. */
export function readSecrets(folder: string): readonly SecretSample[] | undefined {
  return readLines(join(folder, 'secrets/gitleaks_public.jsonl'));
}

/** presidio-research's synthetic sentences; undefined where they are not. */
export function readPii(folder: string): readonly PiiSample[] | undefined {
  return readLines(join(folder, 'pii/presidio_synth_v2_public.jsonl'));
}

/** Real lock files; none where they are not. */
export function readLockFiles(folder: string): readonly string[] {
  const files = join(folder, 'deps/lockfiles');
  if (!existsSync(files)) return [];
  return readdirSync(files).map((name) => readFileSync(join(files, name), 'utf8'));
}
