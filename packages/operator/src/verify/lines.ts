import { MAX_RECORD_BYTES } from '@spanforge/core-events/records';
import { type IndexLine, parseIndexLine } from '../package/index-lines.js';
import { type EvidencePackage, MEMBER } from '../package/members.js';
import type { VerificationLedger } from './report.js';

/** A record as it stands in the package, not verified yet. */
export interface ShownRecord extends IndexLine {
  /** A view of the package's bytes. */
  readonly bytes: Uint8Array;
}

const NEWLINE = 0x0a;

/** Lines without their newlines; undefined when the last line has no newline or there are too many. */
export function splitLines(bytes: Uint8Array, maxLines: number): readonly Uint8Array[] | undefined {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end < 0 || lines.length >= maxLines) return undefined;
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

function linesOf(
  pkg: EvidencePackage,
  file: string,
  maxLines: number,
  ledger: VerificationLedger,
): readonly Uint8Array[] | undefined {
  const bytes = pkg.get(file);
  const lines = bytes && splitLines(bytes, maxLines);
  if (!lines) ledger.fail('invalid', 'lines', { file, reason: 'lines_malformed' });
  return lines;
}

/** Lines of a file as text, each no longer than it may be. */
export function textLines(
  pkg: EvidencePackage,
  file: string,
  maxLines: number,
  ledger: VerificationLedger,
): readonly string[] | undefined {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const lines = linesOf(pkg, file, maxLines, ledger);
  try {
    return lines?.map((line) => decoder.decode(line));
  } catch {
    ledger.fail('invalid', 'lines', { file, reason: 'not_utf8' });
    return undefined;
  }
}

/**
 * Pairs the lines of `records.jsonl` and `records.index`: equal numbers of lines, indexes strictly
 * ascending, no line empty or longer than a record may be.
 */
export function readLines(
  pkg: EvidencePackage,
  maxRecords: number,
  ledger: VerificationLedger,
): readonly ShownRecord[] | undefined {
  const records = linesOf(pkg, MEMBER.records, maxRecords, ledger);
  const index = textLines(pkg, MEMBER.index, maxRecords, ledger);
  if (!records || !index) return undefined;
  if (records.length !== index.length) {
    ledger.fail('invalid', 'lines', { file: MEMBER.index, reason: 'line_count_mismatch' });
    return undefined;
  }
  const shown: ShownRecord[] = [];
  let previous = -1;
  for (const [at, bytes] of records.entries()) {
    const line = parseIndexLine(index[at] ?? '');
    if (!line) {
      ledger.fail('invalid', 'lines', { file: MEMBER.index, reason: `line_${at + 1}_malformed` });
      return undefined;
    }
    if (line.index <= previous) {
      const reason = line.index === previous ? 'duplicate_record' : 'out_of_order';
      ledger.fail('invalid', 'lines', { index: line.index, reason });
      return undefined;
    }
    if (bytes.length === 0 || bytes.length > MAX_RECORD_BYTES) {
      ledger.fail('invalid', 'lines', { index: line.index, reason: 'record_length' });
      return undefined;
    }
    previous = line.index;
    shown.push({ ...line, bytes });
  }
  ledger.counts.records = shown.length;
  return shown;
}
