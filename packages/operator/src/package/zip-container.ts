import { equalBytes, fromUtf8 } from '@spanforge/core-signing';
import { crc32 } from './crc32.js';
import {
  createMemberSink,
  DEFAULT_LIMITS,
  type EvidencePackage,
  malformedError,
  type PackageLimits,
  tooLargeError,
} from './members.js';
import { packageToZip, ZIP } from './zip-format.js';

interface Entry {
  readonly name: string;
  readonly size: number;
  readonly crc: number;
  readonly localOffset: number;
}

interface Directory {
  readonly offset: number;
  readonly count: number;
}

const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;

function readEnd(view: DataView): Directory {
  const at = view.byteLength - ZIP.endBytes;
  if (at < 0 || view.getUint32(at, true) !== ZIP.endSignature) throw malformedError('zip_end');
  const count = view.getUint16(at + 10, true);
  const size = view.getUint32(at + 12, true);
  const offset = view.getUint32(at + 16, true);
  if (count === 0xffff || size === 0xffffffff || offset === 0xffffffff)
    throw malformedError('zip64');
  if (view.getUint16(at + 8, true) !== count) throw malformedError('zip_disks');
  if (offset + size !== at) throw malformedError('zip_extra_bytes');
  return { offset, count };
}

function nameAt(bytes: Uint8Array, offset: number, length: number): string {
  if (offset + length > bytes.length) throw malformedError('zip_truncated');
  try {
    return fromUtf8(bytes.subarray(offset, offset + length));
  } catch (cause) {
    throw malformedError('unsafe_name', undefined, cause);
  }
}

/** Reads one central header, refusing whatever a package's zip never has. */
function readCentral(bytes: Uint8Array, view: DataView, at: number): Entry {
  if (at + ZIP.centralBytes > bytes.length) throw malformedError('zip_truncated');
  if (view.getUint32(at, true) !== ZIP.centralSignature) throw malformedError('zip_directory');
  const flags = view.getUint16(at + 8, true);
  const name = nameAt(bytes, at + ZIP.centralBytes, view.getUint16(at + 28, true));
  if (flags % 2 === 1) throw malformedError('zip_encrypted', name);
  if (view.getUint16(at + 10, true) !== 0) throw malformedError('zip_compressed', name);
  const [packed, size] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
  if (packed === 0xffffffff || size === 0xffffffff) throw malformedError('zip64', name);
  if (packed !== size) throw malformedError('zip_sizes', name);
  const mode = view.getUint32(at + 38, true) >>> 16;
  if (name.endsWith('/') || (mode & FILE_TYPE) !== REGULAR)
    throw malformedError('not_a_regular_file', name);
  if (view.getUint16(at + 30, true) !== 0 || view.getUint16(at + 32, true) !== 0) {
    throw malformedError('zip_extra_bytes', name);
  }
  const localOffset = view.getUint32(at + 42, true);
  return { name, size, crc: view.getUint32(at + 16, true), localOffset };
}

/** The fields that a local header must repeat exactly: version needed up to the extra length. */
function headersAgree(bytes: Uint8Array, central: number, local: number): boolean {
  const repeated = (from: number): Uint8Array => bytes.subarray(from, from + 26);
  return equalBytes(repeated(central + 6), repeated(local + 4));
}

function readContent(
  bytes: Uint8Array,
  view: DataView,
  entry: Entry,
  central: number,
  limit: number,
): Uint8Array {
  const { name, size, crc, localOffset } = entry;
  const start = localOffset + ZIP.localBytes + name.length;
  if (start + size > limit) throw malformedError('zip_truncated', name);
  if (view.getUint32(localOffset, true) !== ZIP.localSignature)
    throw malformedError('zip_header', name);
  const agrees = headersAgree(bytes, central, localOffset);
  if (!agrees || nameAt(bytes, localOffset + ZIP.localBytes, name.length) !== name) {
    throw malformedError('zip_header_mismatch', name);
  }
  const content = bytes.slice(start, start + size);
  if (crc32(content) !== crc) throw malformedError('zip_checksum', name);
  return content;
}

/**
 * Reads the zip form of a package. Every header is judged before any content is taken, and only the
 * exact bytes {@link packageToZip} writes are accepted: nothing compressed, encrypted, linked,
 * doubled, hidden between entries, before or behind them. A zip that was packed again by hand must
 * be unpacked and verified as a folder.
 *
 * @throws {OperatorError} `OPERATOR_PACKAGE_MALFORMED` with the reason, `OPERATOR_PACKAGE_TOO_LARGE`.
 */
export function packageFromZip(bytes: Uint8Array, limits: PackageLimits = {}): EvidencePackage {
  const maxBytes = limits.maxBytes ?? DEFAULT_LIMITS.maxBytes;
  if (bytes.length > maxBytes) throw tooLargeError('maxBytes', maxBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = readEnd(view);
  const sink = createMemberSink(limits);
  const entries: (readonly [Entry, number])[] = [];
  let at = directory.offset;
  for (let count = 0; count < directory.count; count += 1) {
    const entry = readCentral(bytes, view, at);
    sink.claim(entry.name, entry.size);
    entries.push([entry, at]);
    at += ZIP.centralBytes + entry.name.length;
  }
  for (const [entry, central] of entries) {
    sink.members.set(entry.name, readContent(bytes, view, entry, central, directory.offset));
  }
  if (!equalBytes(packageToZip(sink.members), bytes)) throw malformedError('not_deterministic');
  return sink.members;
}
