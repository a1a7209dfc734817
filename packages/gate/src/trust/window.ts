import { type EvidenceRecord, eachRecord } from '@spanforge/core-events';
import { GateError } from '../error.js';
import type { ExecutorInput } from '../executor.js';

/**
 * Reads the records of a project in a window; only live records count.
 *
 * @throws {GateError} `GATE_EVIDENCE_UNAVAILABLE` without a log or a project, and when it cannot be
 *   read.
 */
export async function* logWindow(
  { services, signal }: ExecutorInput,
  types: readonly string[],
  windowMs: number,
  endMs?: number,
): AsyncGenerator<EvidenceRecord, void, undefined> {
  const { reader, projectId, context } = services;
  const unavailableError = (why: string, cause?: unknown): GateError =>
    new GateError('GATE_EVIDENCE_UNAVAILABLE', why, { cause });
  if (reader === undefined) throw unavailableError('there is no evidence log to read');
  if (projectId === undefined) throw unavailableError('no project was named');
  const query = {
    ...{ types, project: projectId, fromTimeMs: (endMs ?? services.clock()) - windowMs },
    // A window that ends now has no upper limit, so that records of a fast clock are not left out.
    ...(endMs === undefined ? {} : { toTimeMs: endMs }),
    ...(context === undefined ? {} : { tenant: context.tenant }),
  };
  try {
    for await (const record of eachRecord(reader, query)) {
      signal.throwIfAborted();
      if (record.mode === 'live') yield record;
    }
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw unavailableError('the evidence log could not be read', cause);
  }
}
