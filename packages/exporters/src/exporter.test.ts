import type { EvidenceReader, EvidenceRecord } from '@spanforge/core-events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CursorStore, createMemoryCursor } from './cursor.js';
import { ExportError } from './error.js';
import { createExporter } from './exporter.js';
import type { ExportRecord, Sink } from './sink.js';
import { drafts, filledLog, openLog } from './test-log.js';

const quick = { retryMs: 0.01, maxRetryMs: 0.02, idleMs: 1 };

function keeping(fail: (attempt: number) => unknown = () => undefined) {
  const records: EvidenceRecord[] = [];
  const batches: (readonly ExportRecord[])[] = [];
  let attempt = 0;
  const sink: Sink = {
    name: 'test',
    async send(batch) {
      const failure = fail(attempt++);
      if (failure !== undefined) throw failure;
      batches.push(batch);
      records.push(...batch.map(({ record }) => record));
    },
  };
  return { sink, records, batches };
}

describe('exporting', () => {
  it('delivers every record once and in order, whatever fails how often', async () => {
    const log = await filledLog(4);
    const size = await log.size();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { maxLength: 30 }),
        fc.integer({ min: 1, max: 9 }),
        async (failures, batchRecords) => {
          const { sink, records } = keeping((n) => (failures[n] ? new Error('down') : undefined));
          const options = {
            reader: log,
            sink,
            cursor: createMemoryCursor(),
            batchRecords,
            ...quick,
          };
          const status = await createExporter(options).exportOnce();
          expect(records.map(({ index }) => index)).toEqual([...Array(size).keys()]);
          expect(status).toMatchObject({ state: 'idle', next: size, behind: 0, sent: size });
        },
      ),
      { numRuns: 50 },
    );
  });

  it('sends a batch again after a crash between delivery and cursor, and loses none', async () => {
    const log = await filledLog(3);
    const size = await log.size();
    const kept = createMemoryCursor();
    const { sink, records } = keeping();
    for (let crash = 0; ; crash += 1) {
      let saves = 0;
      const cursor: CursorStore = {
        load: () => kept.load(),
        async save(value) {
          if (crash < 4 && ++saves > crash) throw new Error('killed');
          await kept.save(value);
        },
      };
      const exporter = createExporter({ reader: log, sink, cursor, batchRecords: 3, ...quick });
      const done = await exporter.exportOnce().then(
        () => true,
        () => false,
      );
      if (done) break;
    }
    expect([...new Set(records.map(({ index }) => index))]).toEqual([...Array(size).keys()]);
  });

  it('stops before a record that the receiver refuses, and says so', async () => {
    const log = await filledLog();
    const { sink } = keeping((n) =>
      n === 1 ? new ExportError('EXPORT_SINK_REFUSED', 'no') : undefined,
    );
    const cursor = createMemoryCursor();
    const exporter = createExporter({ reader: log, sink, cursor, batchRecords: 2, ...quick });
    await expect(exporter.exportOnce()).rejects.toMatchObject({ code: 'EXPORT_SINK_REFUSED' });
    expect(exporter.status()).toMatchObject({ state: 'stopped', next: 2 });
    expect((await cursor.load())?.next).toBe(2);
    // Somebody looked at it: the same exporter goes on where it stood.
    await exporter.exportOnce();
    expect((await cursor.load())?.next).toBe(await log.size());
  });

  it('refuses a log that does not answer a record', async () => {
    const log = await filledLog();
    const reader: EvidenceReader = {
      size: () => log.size(),
      disclosures: (index) => log.disclosures(index),
      async query(query) {
        const page = await log.query(query);
        return { ...page, records: page.records.filter(({ index }) => index !== 3) };
      },
    };
    const { sink, records } = keeping();
    const exporter = createExporter({ reader, sink, cursor: createMemoryCursor(), ...quick });
    await expect(exporter.exportOnce()).rejects.toMatchObject({
      code: 'EXPORT_RECORDS_MISSING',
      details: { index: 3 },
    });
    expect(records).toEqual([]);
  });

  it('refuses a cursor of another log, and one of a log that was set back', async () => {
    const [one, other] = [await filledLog(2), await filledLog(1)];
    const cursor = createMemoryCursor();
    await createExporter({ reader: one, sink: keeping().sink, cursor, ...quick }).exportOnce();
    const exporter = createExporter({ reader: other, sink: keeping().sink, cursor, ...quick });
    await expect(exporter.exportOnce()).rejects.toMatchObject({ code: 'EXPORT_CURSOR_MISMATCH' });
  });

  it('moves over what a filter leaves out', async () => {
    const log = await openLog();
    await log.append(drafts('acme'));
    await log.append(drafts('other'));
    const { sink, records } = keeping();
    const filter = { tenants: ['other'], types: ['spanforge.gate.v1'] };
    const options = { reader: log, sink, cursor: createMemoryCursor(), filter, ...quick };
    const status = await createExporter(options).exportOnce();
    expect(records.map(({ type, context }) => [type, context.tenant])).toEqual([
      ['spanforge.gate.v1', 'other'],
    ]);
    expect(status).toMatchObject({ next: await log.size(), sent: 1 });
  });

  it('runs until it is stopped', async () => {
    const log = await filledLog();
    const { sink, records } = keeping();
    const stop = new AbortController();
    const running = createExporter({
      reader: log,
      sink,
      cursor: createMemoryCursor(),
      ...quick,
    }).run(stop.signal);
    await log.append(drafts());
    await expect.poll(() => records.length).toBe(await log.size());
    stop.abort();
    await running;
  });

  it('a receiver that stays down is waited for no longer than until it is stopped', async () => {
    const log = await filledLog();
    const { sink } = keeping(() => new Error('down'));
    const exporter = createExporter({ reader: log, sink, cursor: createMemoryCursor(), ...quick });
    await expect(exporter.exportOnce(AbortSignal.timeout(20))).rejects.toMatchObject({
      code: 'EXPORT_STOPPED',
    });
    expect(exporter.status().next).toBe(0);
  });
});

describe('content', () => {
  async function valuesWith(content: Parameters<typeof createExporter>[0]['content']) {
    const { sink, batches } = keeping();
    const reader = await filledLog();
    const options = { reader, sink, cursor: createMemoryCursor(), ...quick };
    await createExporter(content === undefined ? options : { ...options, content }).exportOnce();
    return batches.flat().flatMap(({ values }) => values);
  }

  it('stays in the log unless asked for', async () => {
    expect(await valuesWith(undefined)).toEqual([]);
    expect(await valuesWith('none')).toEqual([]);
  });

  it('leaves through the redaction, or as it is', async () => {
    expect(await valuesWith({ redact: () => '***' })).toEqual([{ name: 'args', value: '***' }]);
    expect(await valuesWith('unredacted')).toEqual([
      { name: 'args', value: { to: 'mallory@example.com', amount: 250 } },
    ]);
  });

  it('is withheld when the redaction fails', async () => {
    const redact = () => {
      throw new Error('no');
    };
    expect(await valuesWith({ redact })).toEqual([
      { name: 'args', value: '[could not be redacted]' },
    ]);
  });
});

describe('options', () => {
  it.each([
    [{ batchRecords: 0 }, 'batchRecords'],
    [{ filter: { types: [] } }, 'filter.types'],
    [{ contents: 'none' }, '(root)'],
    [{ content: { redact: 1 } }, 'content'],
  ])('refuses %j', async (wrong, path) => {
    const right = { reader: await openLog(), sink: keeping().sink, cursor: createMemoryCursor() };
    expect(() => createExporter({ ...right, ...wrong } as never)).toThrow(
      expect.objectContaining({ code: 'EXPORT_OPTIONS_INVALID', details: { path } }),
    );
  });
});
