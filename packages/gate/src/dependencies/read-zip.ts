import { inflateRawSync } from 'node:zlib';
import { GateError } from '../error.js';

const END = 0x0605_4b50;
const ENTRY = 0x0201_4b50;
const MAX_ENTRY = 16 * 1024 * 1024;

const invalidError = (why: string): GateError => new GateError('GATE_INPUT_INVALID', `zip: ${why}`);

/** One file of an archive. */
export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Reads the files of a zip archive in memory, one after the other. Stops with an error if an entry
 * unpacks to more than 16 MiB, or all of them to more than `maxTotal`. Names are never used as
 * paths.
 *
 * @throws {GateError} `GATE_INPUT_INVALID`.
 */
export function* readZip(archive: Uint8Array, maxTotal: number): Generator<ZipEntry> {
  const view = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  let end = view.length - 22;
  while (end >= 0 && end > view.length - 65_558 && view.readUInt32LE(end) !== END) end -= 1;
  if (end < 0 || view.readUInt32LE(end) !== END) throw invalidError('no central directory');
  const count = view.readUInt16LE(end + 10);
  let at = view.readUInt32LE(end + 16);
  if (count === 0xffff || at === 0xffff_ffff)
    throw invalidError('zip64 is not supported; unpack it to a folder');
  let total = 0;
  for (let entry = 0; entry < count; entry += 1) {
    if (at + 46 > view.length || view.readUInt32LE(at) !== ENTRY)
      throw invalidError('broken directory');
    const method = view.readUInt16LE(at + 10);
    const packed = view.readUInt32LE(at + 20);
    const nameLength = view.readUInt16LE(at + 28);
    const local = view.readUInt32LE(at + 42);
    const name = view.toString('utf8', at + 46, at + 46 + nameLength);
    at += 46 + nameLength + view.readUInt16LE(at + 30) + view.readUInt16LE(at + 32);
    if (name.endsWith('/')) continue;
    if (local + 30 > view.length) throw invalidError('an entry lies outside the archive');
    const start = local + 30 + view.readUInt16LE(local + 26) + view.readUInt16LE(local + 28);
    if (start + packed > view.length) throw invalidError('an entry lies outside the archive');
    const bytes = unfold(view.subarray(start, start + packed), method);
    total += bytes.length;
    if (total > maxTotal) throw invalidError(`more than ${maxTotal} bytes`);
    yield { name, bytes };
  }
}

function unfold(packed: Buffer, method: number): Uint8Array {
  if (method === 0 && packed.length <= MAX_ENTRY) return packed;
  if (method !== 8)
    throw invalidError('an entry is too large, or is compressed by a method that is not supported');
  try {
    return inflateRawSync(packed, { maxOutputLength: MAX_ENTRY });
  } catch {
    throw invalidError('could not unpack an entry, or the entry is too large');
  }
}
