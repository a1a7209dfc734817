import { readdir } from 'node:fs/promises';
import { errorCode } from '@spanforge/core-signing';
import { ExportError } from '../error.js';

/** `records-000000000000.jsonl`: the number is the index of the first record in it. */
const NAME = /^records-(\d{12})\.jsonl$/;

export interface ArchiveFile {
  readonly name: string;
  readonly first: number;
}

export function archiveFile(first: number): ArchiveFile {
  return { name: `records-${String(first).padStart(12, '0')}.jsonl`, first };
}

/** The files of an archive by their first record. A missing folder has none. */
export async function listArchiveFiles(folder: string): Promise<readonly ArchiveFile[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [] as string[];
    throw error;
  });
  return names
    .flatMap((name) => {
      const first = NAME.exec(name)?.[1];
      return first === undefined ? [] : [{ name, first: Number(first) }];
    })
    .sort((a, b) => a.first - b.first);
}

export function invalidArchiveError(reason: string, details: Record<string, string | number> = {}) {
  return new ExportError('EXPORT_ARCHIVE_INVALID', `the archive ${reason}`, { details });
}
