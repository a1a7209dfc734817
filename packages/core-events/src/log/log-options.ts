import { EventsError } from '../error.js';
import { auditGapV1 } from '../records/audit-gap-v1.js';
import { logOpenedV1 } from '../records/log-opened-v1.js';
import { createRecordRegistry, type RecordRegistry } from '../records/registry.js';
import type { EvidenceLogOptions } from './types.js';

const DEFAULT_QUEUE_BYTES = 64 * 1024 * 1024;
const DEFAULT_BATCH_RECORDS = 4096;

/** Characters an origin or a writer may have: they stand in notes and in every record. */
const NAME = /^[\x21-\x7e]{1,128}$/;

/** Options with what was left out filled in. */
export interface CheckedLogOptions extends EvidenceLogOptions {
  readonly registry: RecordRegistry;
  readonly unsignedBelow: number;
  readonly limits: { readonly maxQueueBytes: number; readonly maxBatchRecords: number };
}

function invalid(path: string, expected: string): EventsError {
  return new EventsError('EVENTS_OPTIONS_INVALID', `${path}: expected ${expected}`, {
    details: { path: `$.${path}` },
  });
}

function checkName(path: string, value: unknown): void {
  if (typeof value === 'string' && NAME.test(value)) return;
  throw invalid(path, '1 to 128 ASCII characters without spaces');
}

/** Checks a count: a limit that is NaN would limit nothing. */
function checkCount(path: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw invalid(path, `an integer of at least ${least}`);
}

function checkRegistry(registry: RecordRegistry): RecordRegistry {
  for (const { key } of [auditGapV1, logOpenedV1]) {
    if (!registry.has(key))
      throw invalid('registry', `a type ${key}, as createRecordRegistry gives`);
  }
  return registry;
}

/** @throws {EventsError} `EVENTS_OPTIONS_INVALID`. */
export function checkLogOptions(options: EvidenceLogOptions): CheckedLogOptions {
  checkName('origin', options.origin);
  // A plus ends the name in a note: such a log could never be signed.
  if (options.origin.includes('+')) throw invalid('origin', 'no plus');
  checkName('writer', options.writer);
  const { maxQueueBytes = DEFAULT_QUEUE_BYTES, maxBatchRecords = DEFAULT_BATCH_RECORDS } = options;
  return {
    ...options,
    registry: checkRegistry(options.registry ?? createRecordRegistry()),
    unsignedBelow: checkCount('unsignedBelow', options.unsignedBelow ?? 0, 0),
    limits: {
      maxQueueBytes: checkCount('maxQueueBytes', maxQueueBytes, 1),
      maxBatchRecords: checkCount('maxBatchRecords', maxBatchRecords, 1),
    },
  };
}
