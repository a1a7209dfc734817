import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const DATA = resolve(ROOT, process.env.SPANFORGE_DATA ?? '../shared/data');

/** Access to a folder of foreign test data, which may be missing. */
export function testData(folder: string) {
  const base = resolve(DATA, folder);
  const there = existsSync(base);
  if (!there) console.warn(`No test data at ${folder}: set SPANFORGE_DATA. Skipped.`);
  return {
    there,
    bytes: (path: string): Uint8Array => new Uint8Array(readFileSync(resolve(base, path))),
    text: (path: string): string => readFileSync(resolve(base, path), 'utf8'),
  };
}
