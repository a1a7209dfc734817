import {
  type Clock,
  createIds,
  formatTime,
  type MakeId,
  systemClock,
} from '@spanforge/core-events';
import type { DetectOptions } from '@spanforge/detect';
import { CLAUSE_LIMITS, type ClauseLimits, type DesignChoices, judgeClauses } from './clauses.js';
import type { PersonalDataFinder } from './kinds.js';
import { readText } from './read-text.js';
import { type DatasetFormat, readRecords } from './records.js';
import { type DatasetComplianceReport, REPORT_VERSION } from './report.js';
import { createTally, type DatasetCounts } from './tally.js';

/** A data set that is read once, from its beginning. */
export interface Dataset {
  /** Its name in reports, such as the file name. */
  readonly name: string;
  readonly format: DatasetFormat;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** SHA-256 of all chunks, hex; available after they have all been read. */
  readonly sha256?: () => string;
}

/** How a data set is scanned. */
export interface ScanOptions extends DetectOptions {
  /** Finders of the host, besides the detectors. Names and addresses in texts need one. */
  readonly finders?: readonly PersonalDataFinder[];
  /** Called with the number of bytes that have been read. */
  readonly onProgress?: (bytes: number) => void;
}

/** The counts of a scan, and the data set they are of. */
export interface DatasetScan extends DatasetCounts {
  readonly name: string;
  readonly format: DatasetFormat;
  readonly bytes: number;
  readonly sha256?: string;
}

/** How a data set is judged. */
export interface ComplianceOptions extends ScanOptions {
  readonly limits?: Partial<ClauseLimits>;
  readonly design?: DesignChoices;
  readonly clock?: Clock;
  readonly ids?: MakeId;
}

/**
 * Reads a data set once, in fixed memory, and counts personal data, secrets, consent, origin and
 * labelled groups. Records that cannot be read are searched as text and counted as unreadable.
 *
 * @throws {ValidateError} `VALIDATE_INPUT_BINARY`, `VALIDATE_INPUT_TOO_LARGE`,
 *   `VALIDATE_INPUT_UNREADABLE` with the line of a CSV quote that is not closed.
 * @throws {DetectError} `DETECT_OPTION`.
 */
export async function scanDataset(
  { name, format, chunks, sha256 }: Dataset,
  { onProgress, finders = [], ...options }: ScanOptions = {},
): Promise<DatasetScan> {
  const tally = createTally(options, finders);
  let bytes = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      yield chunk;
      onProgress?.(bytes);
    }
  }
  for await (const record of readRecords(readText(counted()), format)) tally.add(record);
  const counts = tally.counts();
  return { name, format, bytes, ...(sha256 ? { sha256: sha256() } : {}), ...counts };
}

/**
 * Scans a data set and judges it by Article 10 of the EU AI Act. The report says what the data show
 * and no more: it is evidence for an assessment, not the assessment.
 *
 * @throws {ValidateError} `VALIDATE_INPUT_BINARY`, `VALIDATE_INPUT_TOO_LARGE`,
 *   `VALIDATE_INPUT_UNREADABLE` with the line of a CSV quote that is not closed.
 * @throws {DetectError} `DETECT_OPTION`.
 */
export async function scanDatasetCompliance(
  dataset: Dataset,
  options: ComplianceOptions = {},
): Promise<DatasetComplianceReport> {
  const { limits: given, design, clock = systemClock, ids, ...how } = options;
  const limits = { ...CLAUSE_LIMITS, ...given };
  const scan = await scanDataset(dataset, how);
  const clauses = judgeClauses(scan, limits, design);
  const is = (status: string) => clauses.some((clause) => clause.status === status);
  const { name, format, bytes, sha256, records, unreadable, tokens, findings } = scan;
  const { searched, formulaCells } = scan;
  return Object.freeze({
    v: REPORT_VERSION,
    reportId: (ids ?? createIds(clock))(),
    generatedAt: formatTime(clock()),
    regulation: 'Regulation (EU) 2024/1689, Article 10',
    dataset: {
      ...{ name, format, bytes, sha256: sha256 ?? null, records, unreadable, tokens },
      ...(format === 'csv' ? { formulaCells } : {}),
    },
    searched,
    status: is('failed') ? 'failed' : is('not_assessed') ? 'not_assessed' : 'passed',
    clauses,
    findings,
    limits,
    design: design ?? null,
  });
}
