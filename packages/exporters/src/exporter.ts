import type { EvidenceReader, EvidenceRecord } from '@spanforge/core-events';
import { toHex } from '@spanforge/core-signing';
import { connectionReason } from './connection-reason.js';
import { type ContentOption, withContent } from './content.js';
import type { ExportCursor } from './cursor.js';
import { ExportError } from './error.js';
import type { ExporterOptions, ExporterStatus, ExportFilter } from './model.js';
import { checkExporterOptions } from './options.js';
import { type RetryTiming, retryDelayMs, wait } from './retry.js';
import type { ExportRecord, Sink } from './sink.js';

/** Sends the log to one sink. */
export interface Exporter {
  /**
   * Sends everything up to the present size of the log, with retries, and returns the status.
   *
   * @throws {ExportError} `EXPORT_SINK_REFUSED`, `EXPORT_EGRESS_DENIED`, `EXPORT_FILE_UNWRITABLE`,
   *   `EXPORT_SINK_UNAVAILABLE` after `maxAttempts`, `EXPORT_RECORDS_MISSING`,
   *   `EXPORT_LOG_UNREADABLE`, `EXPORT_CURSOR_INVALID`, `EXPORT_CURSOR_MISMATCH`; after an abort
   *   `EXPORT_STOPPED`. The cursor stays before the first record that was not delivered.
   */
  exportOnce(signal?: AbortSignal): Promise<ExporterStatus>;
  /**
   * Repeats {@link exportOnce} until aborted, then resolves. Throws what {@link exportOnce} throws.
   */
  run(signal: AbortSignal): Promise<void>;
  status(): ExporterStatus;
  /** Closes the sink. */
  close(): Promise<void>;
}

interface Batch {
  readonly records: readonly ExportRecord[];
  readonly cursor: ExportCursor;
}

/**
 * Creates an exporter. The log itself is the spool: records are read from the cursor on, delivered
 * in order, and the cursor moves only when the sink has them. So no record is ever dropped. If a
 * receiver is down, the export is late; if it refuses a record, the export stops; after a crash the
 * last batch may come twice (each record has its id).
 *
 * The log is read by position and not by its index, so that a missing index entry hides nothing.
 *
 * @throws {ExportError} `EXPORT_OPTIONS_INVALID`.
 */
export function createExporter(options: ExporterOptions): Exporter {
  const {
    reader,
    sink,
    cursor: store,
    content,
    batchRecords,
    idleMs,
    ...rest
  } = checkExporterOptions(options);
  let current: ExportCursor | undefined;
  let status: ExporterStatus = { state: 'idle', next: 0, behind: 0, sent: 0, attempts: 0 };

  function report(change: Partial<ExporterStatus>): void {
    const { error: _, ...before } = status;
    status = { ...before, ...change };
    try {
      rest.onProgress?.(status);
    } catch {
      // An error of an observer changes nothing.
    }
  }

  async function start(): Promise<ExportCursor> {
    if (current !== undefined) return current;
    const loaded = (await store.load()) ?? { next: 0 };
    await requireSameLog(reader, loaded);
    await sink.open?.(loaded.next);
    current = loaded;
    return loaded;
  }

  const onRetry = (attempts: number, error: ExportError): void =>
    report({ state: 'retrying', attempts, error });

  async function exportOnce(signal = new AbortController().signal): Promise<ExporterStatus> {
    try {
      let cursor = await start();
      const end = await readSize(reader);
      while (cursor.next < end) {
        throwIfStopped(signal);
        report({ state: 'sending', next: cursor.next, behind: end - cursor.next });
        const limit = Math.min(batchRecords, end - cursor.next);
        const batch = await readBatch({ reader, filter: rest.filter, content }, cursor, limit);
        await deliver(sink, batch.records, signal, { ...rest, onRetry });
        await store.save(batch.cursor);
        cursor = batch.cursor;
        current = cursor;
        const sent = status.sent + batch.records.length;
        report({ next: cursor.next, behind: end - cursor.next, sent, attempts: 0 });
      }
      report({ state: 'idle', next: cursor.next, behind: 0 });
      return status;
    } catch (cause) {
      const error = ExportError.is(cause) ? cause : unreadableError(cause);
      report({ state: error.code === 'EXPORT_STOPPED' ? 'idle' : 'stopped', error });
      throw error;
    }
  }

  return {
    exportOnce,
    async run(signal) {
      try {
        while (!signal.aborted) {
          await exportOnce(signal);
          await wait(idleMs, signal);
        }
      } catch (error) {
        if (!(ExportError.is(error) && error.code === 'EXPORT_STOPPED')) throw error;
      }
    },
    status: () => status,
    close: async () => sink.close?.(),
  };
}

function throwIfStopped(signal: AbortSignal): void {
  if (signal.aborted) throw new ExportError('EXPORT_STOPPED', 'the export was stopped');
}

/** Sends records until the sink has them. @throws {ExportError} unless it is only unavailable. */
async function deliver(
  sink: Sink,
  records: readonly ExportRecord[],
  signal: AbortSignal,
  how: RetryTiming & {
    readonly maxAttempts: number;
    readonly onRetry: (attempts: number, error: ExportError) => void;
  },
): Promise<void> {
  for (let attempts = 0; records.length > 0; ) {
    throwIfStopped(signal);
    try {
      return await sink.send(records, signal);
    } catch (cause) {
      const error = sinkError(sink, cause);
      if (error.code !== 'EXPORT_SINK_UNAVAILABLE') throw error;
      attempts += 1;
      if (attempts >= how.maxAttempts) throw error;
      how.onRetry(attempts, error);
    }
    await wait(retryDelayMs(attempts, how), signal);
  }
}

function sinkError(sink: Sink, cause: unknown): ExportError {
  if (ExportError.is(cause)) return cause;
  return new ExportError(
    'EXPORT_SINK_UNAVAILABLE',
    `${sink.name} could not take the records${connectionReason(cause)}`,
    {
      details: { sink: sink.name },
      cause,
    },
  );
}

function unreadableError(cause: unknown): ExportError {
  return new ExportError('EXPORT_LOG_UNREADABLE', 'the log or the cursor cannot be read', {
    cause,
  });
}

async function readSize(reader: EvidenceReader): Promise<number> {
  try {
    return await reader.size();
  } catch (cause) {
    throw unreadableError(cause);
  }
}

/**
 * @throws {ExportError} `EXPORT_CURSOR_MISMATCH` when the log is another one, or was restored to an
 *   earlier state.
 */
async function requireSameLog(reader: EvidenceReader, { next, leaf }: ExportCursor): Promise<void> {
  if (next === 0) return;
  const size = await readSize(reader);
  const [before] = next > size ? [] : (await reader.query({ cursor: next - 1, limit: 1 })).records;
  if (before?.index === next - 1 && toHex(before.leaf) === leaf) return;
  throw new ExportError(
    'EXPORT_CURSOR_MISMATCH',
    'the cursor belongs to another log, or this log was set back: check the log before you export',
    { details: { next, size } },
  );
}

interface BatchSource {
  readonly reader: EvidenceReader;
  readonly filter: ExportFilter | undefined;
  readonly content: ContentOption;
}

async function readBatch(source: BatchSource, from: ExportCursor, limit: number): Promise<Batch> {
  const { reader, filter, content } = source;
  const { records } = await reader.query({ cursor: from.next, limit });
  const last = records.at(-1);
  const gap = records.findIndex(({ index }, offset) => index !== from.next + offset);
  if (last === undefined || records.length < limit || gap >= 0) {
    const index = from.next + (gap >= 0 ? gap : records.length);
    throw new ExportError('EXPORT_RECORDS_MISSING', `the log does not return record ${index}`, {
      details: { index },
    });
  }
  const wanted = records.filter((record) => passes(record, filter));
  return {
    records: await withContent(reader, wanted, content),
    cursor: { next: last.index + 1, leaf: toHex(last.leaf) },
  };
}

function passes(record: EvidenceRecord, filter: ExportFilter | undefined): boolean {
  if (filter === undefined) return true;
  const { types, tenants, projects, modes } = filter;
  return (
    (types === undefined || types.includes(record.type)) &&
    (tenants === undefined || tenants.includes(record.context.tenant)) &&
    (projects === undefined || projects.includes(record.context.project)) &&
    (modes === undefined || modes.includes(record.mode))
  );
}
