import { MAC_BYTES, MAX_ROW_BYTES } from './packet.js';
import { MAX_ROW_RECORDS } from './row.js';

/** The most bytes that each column can have: nothing longer was written by this code. */
export const MOST_BYTES = {
  members: MAX_ROW_RECORDS * 2,
  ends: MAX_ROW_RECORDS * 4,
  times: MAX_ROW_RECORDS * 8,
  leaves: MAX_ROW_RECORDS * 32,
  macs: MAX_ROW_RECORDS * MAC_BYTES,
  kids: 1024 * 1024,
  bytes: MAX_ROW_BYTES,
  entries: 16 * 1024 * 1024,
  value: 64 * 1024 * 1024,
} as const;

/** A column as SQL; in place of one that is longer than it can be, which SQLite then does not read, `instead`. */
export const bounded = (column: keyof typeof MOST_BYTES, instead = "x'00'"): string =>
  `CASE WHEN octet_length(${column}) > ${MOST_BYTES[column]} THEN ${instead} ELSE ${column} END`;
