import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { fromUtf8, parseJson, SigningError } from '@spanforge/core-signing';
import { GateError } from '../error.js';
import { readRegularFile } from '../files/open-regular.js';
import { walkFiles } from '../files/walk.js';
import { type OsvRecord, osvRecord } from './osv-record.js';
import { normaliseName } from './package.js';
import { readZip } from './read-zip.js';

const MAX_FILE = 512 * 1024 * 1024;
const MAX_TOTAL = 4 * 1024 * 1024 * 1024;
const MAX_FILES = 1_000_000;

/** Advisories by package, without withdrawn ones. */
export interface AdvisoryBook {
  find(ecosystem: string, name: string): readonly OsvRecord[];
  /** True when there is any advisory for this ecosystem. */
  covers(ecosystem: string): boolean;
  readonly records: number;
  readonly withdrawn: number;
  /** SHA-256 over everything that was read, hex. */
  readonly sha256: string;
}

/** Collects advisories; of several with one id, the newest is kept. */
export function createAdvisoryBook(nowMs: number) {
  const byId = new Map<string, OsvRecord>();
  const hash = createHash('sha256');
  const read = (value: unknown, source: string): void => {
    const parsed = osvRecord.safeParse(value);
    if (!parsed.success) {
      throw new GateError('GATE_INPUT_INVALID', `${source}: not an OSV record`, {
        cause: parsed.error,
      });
    }
    const { data } = parsed;
    const before = byId.get(data.id);
    if (before === undefined || (before.modified ?? '') <= (data.modified ?? ''))
      byId.set(data.id, data);
  };
  return {
    add(bytes: Uint8Array, source: string): void {
      hash.update(bytes);
      const json = (text: string | Uint8Array): unknown => parseJson(text, { maxBytes: MAX_FILE });
      try {
        if (!/\.(jsonl|ndjson)$/i.test(source)) {
          const value = json(bytes);
          for (const one of Array.isArray(value) ? value : [value]) read(one, source);
          return;
        }
        for (const [index, line] of fromUtf8(bytes).split('\n').entries()) {
          if (line.trim() !== '') read(json(line), `${source}:${index + 1}`);
        }
      } catch (cause) {
        if (!SigningError.is(cause)) throw cause;
        throw new GateError('GATE_INPUT_INVALID', `${source}: not JSON`, { cause });
      }
    },
    done(): AdvisoryBook {
      const index = new Map<string, OsvRecord[]>();
      const ecosystems = new Set<string>();
      let withdrawn = 0;
      for (const record of byId.values()) {
        if (isWithdrawn(record, nowMs)) {
          withdrawn += 1;
          continue;
        }
        const keys = record.affected.flatMap(({ package: named }) =>
          named === undefined ? [] : [keyOf(named.ecosystem, named.name)],
        );
        for (const { package: named } of record.affected) {
          if (named !== undefined) ecosystems.add(named.ecosystem);
        }
        for (const key of new Set(keys)) index.set(key, [...(index.get(key) ?? []), record]);
      }
      return {
        covers: (ecosystem) => ecosystems.has(ecosystem),
        find: (ecosystem, name) => index.get(keyOf(ecosystem, name)) ?? [],
        ...{ records: byId.size, withdrawn, sha256: hash.digest('hex') },
      };
    },
  };
}

const keyOf = (ecosystem: string, name: string): string =>
  `${ecosystem}\u0000${normaliseName(ecosystem, name)}`;

function isWithdrawn({ withdrawn }: OsvRecord, nowMs: number): boolean {
  if (withdrawn === undefined || withdrawn === null || withdrawn === '') return false;
  const at = Date.parse(withdrawn);
  return !(at > nowMs);
}

/**
 * Reads an offline export of OSV: a folder, a zip, or a JSON or JSONL file. One advisory that
 * cannot be read fails the whole export, since it might be the one that matters.
 *
 * @throws {GateError} `GATE_INPUT_UNREADABLE`, or `GATE_INPUT_INVALID` for a file that is not an
 * advisory.
 */
export async function readAdvisories(
  path: string,
  nowMs: number,
  signal: AbortSignal,
): Promise<AdvisoryBook> {
  const book = createAdvisoryBook(nowMs);
  const stat = await lstat(path).catch((cause) => {
    throw new GateError('GATE_INPUT_UNREADABLE', 'the advisories cannot be found', { cause });
  });
  if (stat.isDirectory()) {
    const { files, truncated, unreadable } = await walkFiles(path, MAX_FILES, signal);
    if (truncated || unreadable.length > 0) {
      throw new GateError('GATE_INPUT_UNREADABLE', 'not all advisories could be read');
    }
    for (const file of files.filter((name) => /\.(json|jsonl|ndjson|zip)$/i.test(name))) {
      addFile(book, await readRegularFile(join(path, file), MAX_FILE), file);
      signal.throwIfAborted();
    }
  } else {
    addFile(book, await readRegularFile(path, MAX_FILE), path.split('/').at(-1) ?? path);
  }
  return book.done();
}

function addFile(
  book: ReturnType<typeof createAdvisoryBook>,
  bytes: Uint8Array,
  name: string,
): void {
  if (!/\.zip$/i.test(name)) {
    book.add(bytes, name);
    return;
  }
  for (const entry of readZip(bytes, MAX_TOTAL)) {
    if (/\.(json|jsonl)$/i.test(entry.name)) book.add(entry.bytes, entry.name.slice(0, 256));
  }
}
