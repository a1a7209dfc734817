import type { RecordDraft, Recorder } from '@spanforge/core-events';
import { EnterpriseError } from './error.js';

/**
 * Puts a change on record, durably, before it is made.
 *
 * @param unchanged What the error says when it cannot be recorded.
 * @returns The id of the record.
 * @throws {EnterpriseError} `ENTERPRISE_EVIDENCE_UNAVAILABLE`.
 */
export async function recordChange(
  recorder: Recorder,
  draft: RecordDraft,
  unchanged: string,
): Promise<string> {
  try {
    const { ids, receipts } = await recorder.append([draft]);
    await receipts;
    return ids[0] ?? '';
  } catch (cause) {
    throw new EnterpriseError('ENTERPRISE_EVIDENCE_UNAVAILABLE', unchanged, { cause });
  }
}
