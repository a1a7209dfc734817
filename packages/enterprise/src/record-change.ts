import type { RecordDraft, Recorder } from '@spanforge/core-events';
import { EnterpriseError } from './error.js';

/**
 * Records a change durably before it is made.
 *
 * @param unchanged The message of the error when the change cannot be recorded.
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
