import { closeSync, constants, openSync, readSync } from 'node:fs';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

function bytesAt(file: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, offset));
}

/** Whether the frame at a place belongs to what the log holds now: both headers carry two salts. */
function frameIsCurrent(file: number, place: number): boolean {
  const header = bytesAt(file, 0, HEADER_BYTES);
  if (header.length < HEADER_BYTES) return false;
  const frameBytes = FRAME_HEADER_BYTES + header.readUInt32BE(8);
  const before = Math.max(0, Math.floor((place - HEADER_BYTES) / frameBytes));
  const frame = bytesAt(file, HEADER_BYTES + before * frameBytes, FRAME_HEADER_BYTES);
  return frame.subarray(8, 16).equals(header.subarray(16, 24));
}

/**
 * Whether the write-ahead log holds this much, whoever wrote it. Its file is written over from the
 * start once it was folded, so that its size does not say (SQLite, "Database File Format", 4). A hint:
 * false as well when the file cannot be read.
 *
 * SQLite never locks this file; that is why it may be opened, and closed, besides SQLite.
 */
export function logReaches(path: string, bytes: number): boolean {
  let file: number | undefined;
  try {
    file = openSync(`${path}-wal`, constants.O_RDONLY | constants.O_NOFOLLOW);
    return frameIsCurrent(file, bytes);
  } catch {
    return false;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
