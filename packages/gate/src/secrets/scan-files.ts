import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { openRegular } from '../files/open-regular.js';
import { type FoundSecret, scanText } from './scan-text.js';

const CHUNK = 1024 * 1024;
/** Chunks overlap by this much, so that a secret at a border is whole in one of them. */
const OVERLAP = 16 * 1024;
const CONCURRENCY = 8;

/** The result of scanning files. */
export interface ScannedFiles {
  readonly scanned: number;
  readonly bytes: number;
  readonly binary: number;
  /** Files that could not be read, or not to their end. */
  readonly incomplete: readonly string[];
  readonly findings: readonly FoundSecret[];
  /** SHA-256 over names and contents, in the order of names. */
  readonly sha256: string;
}

interface ScannedFile {
  readonly state: 'scanned' | 'binary' | 'incomplete';
  readonly bytes: number;
  readonly digest: string;
  readonly findings: readonly FoundSecret[];
}

type Decoder = InstanceType<typeof TextDecoder>;

const isBinary = (bytes: Uint8Array): boolean => bytes.subarray(0, 8192).includes(0);

/** Text in UTF-16 contains zero bytes but is still text. */
function decoderFor(bytes: Uint8Array): Decoder {
  const [a, b] = bytes;
  if (a === 0xff && b === 0xfe) return new TextDecoder('utf-16le');
  return new TextDecoder(a === 0xfe && b === 0xff ? 'utf-16be' : 'utf-8');
}

async function scanFile(
  path: string,
  name: string,
  { threshold, maxBytes, signal }: ScanOptions,
  buffer: Uint8Array,
): Promise<ScannedFile> {
  const handle = await openRegular(path);
  const hash = createHash('sha256');
  try {
    const findings = new Map<string, FoundSecret>();
    let decoder: Decoder | undefined;
    let [bytes, line, kept] = [0, 1, ''];
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await handle.read(buffer, 0, CHUNK, null);
      if (bytesRead === 0) break;
      const chunk = buffer.subarray(0, bytesRead);
      hash.update(chunk);
      if (decoder === undefined) {
        decoder = decoderFor(chunk);
        if (decoder.encoding === 'utf-8' && isBinary(chunk)) {
          return { state: 'binary', bytes: bytesRead, digest: hash.digest('hex'), findings: [] };
        }
      }
      bytes += bytesRead;
      const text = kept + decoder.decode(chunk, { stream: true });
      for (const found of scanText(text, name, { threshold, firstLine: line })) {
        findings.set(`${found.rule}:${found.line}:${found.column}`, found);
      }
      if (bytes > maxBytes) {
        return {
          state: 'incomplete',
          bytes,
          digest: hash.digest('hex'),
          findings: [...findings.values()],
        };
      }
      const tail = text.lastIndexOf('\n', text.length - OVERLAP) + 1;
      const cut = text.length - tail > 4 * OVERLAP ? text.length - OVERLAP : tail;
      line += text.slice(0, cut).split('\n').length - 1;
      kept = text.slice(cut);
    }
    return {
      state: 'scanned',
      bytes,
      digest: hash.digest('hex'),
      findings: [...findings.values()],
    };
  } finally {
    await handle.close();
  }
}

interface ScanOptions {
  readonly threshold: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Scans files for secrets, several at a time; memory does not grow with their size. */
export async function scanFiles(
  root: string,
  names: readonly string[],
  options: ScanOptions,
): Promise<ScannedFiles> {
  const results: (ScannedFile | undefined)[] = names.map(() => undefined);
  let [next, done] = [0, 0];
  const work = async (): Promise<void> => {
    // One buffer for all files of this worker: most files are small, and zeroing takes longer than
    // reading.
    const buffer = new Uint8Array(CHUNK);
    for (let at = next++; at < names.length; at = next++) {
      const name = names[at] ?? '';
      try {
        results[at] = await scanFile(join(root, name), name, options, buffer);
      } catch (error) {
        if (options.signal.aborted) throw error;
        results[at] = { state: 'incomplete', bytes: 0, digest: '', findings: [] };
      }
      done += 1;
      options.onProgress?.(done, names.length);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  const hash = createHash('sha256');
  const of = (state: ScannedFile['state']) => names.filter((_, at) => results[at]?.state === state);
  for (const [at, name] of names.entries()) hash.update(`${name}\u0000${results[at]?.digest}\n`);
  return {
    scanned: of('scanned').length,
    bytes: results.reduce((sum, one) => sum + (one?.bytes ?? 0), 0),
    binary: of('binary').length,
    incomplete: of('incomplete'),
    findings: results.flatMap((one) => one?.findings ?? []),
    sha256: hash.digest('hex'),
  };
}
