import type { OperatorLog } from '../log-state.js';
import { type AuditOptions, createTraceAudit, type TraceAudit } from './audit-traces.js';
import { createValueAudit, type ValueAudit, type ValueAuditOptions } from './audit-values.js';
import { eachChunk } from './each-chunk.js';

/** What an audit of a whole log is told. */
export interface LogAuditOptions extends AuditOptions, Omit<ValueAuditOptions, 'traceId'> {}

/** What an audit of a whole log found. */
export interface LogAudit {
  readonly traces: TraceAudit;
  readonly values: ValueAudit;
}

/**
 * Looks for violations in every trace of a log, as `auditTraces` does, and for every value that records
 * commit to, as `auditValues` does, reading the log once.
 *
 * @throws as these do.
 */
export async function auditLog(log: OperatorLog, options: LogAuditOptions = {}): Promise<LogAudit> {
  const records = await log.size();
  const [traces, values] = [createTraceAudit(log, options), createValueAudit(log, options)];
  for await (const chunk of eachChunk(log, options.onProgress)) {
    await traces.add(chunk);
    await values.add(chunk);
  }
  return { traces: { records, ...(await traces.finish()) }, values: await values.finish() };
}
