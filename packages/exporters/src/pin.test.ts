import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ExportErrorCode } from './error.js';
import * as exporters from './index.js';
import * as node from './node.js';
import * as otel from './otel.js';

const CODES: Record<ExportErrorCode, true> = {
  EXPORT_ARCHIVE_INVALID: true,
  EXPORT_CURSOR_INVALID: true,
  EXPORT_CURSOR_MISMATCH: true,
  EXPORT_EGRESS_DENIED: true,
  EXPORT_FILE_UNWRITABLE: true,
  EXPORT_LOG_UNREADABLE: true,
  EXPORT_OPTIONS_INVALID: true,
  EXPORT_RECORDS_MISSING: true,
  EXPORT_SINK_REFUSED: true,
  EXPORT_SINK_UNAVAILABLE: true,
  EXPORT_STOPPED: true,
};

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('the public surface', () => {
  it('exports exactly this', () => {
    expect(Object.keys(exporters).sort()).toEqual([
      'ExportError',
      'OCSF_VERSION',
      'createExporter',
      'createHecSink',
      'createHttpSink',
      'createMemoryCursor',
      'formatCursor',
      'hecEvent',
      'parseCursor',
      'toCef',
      'toOcsf',
    ]);
    expect(Object.keys(node).sort()).toEqual([
      'createArchiveSink',
      'createFileCursor',
      'createLinesSink',
      'createSyslogSink',
      'verifyArchive',
    ]);
    expect(Object.keys(otel).sort()).toEqual([
      'GEN_AI_CONVENTIONS',
      'createMetricSink',
      'createSpanSink',
      'spanOf',
      'watchMetricExport',
    ]);
    expect([exporters.OCSF_VERSION, otel.GEN_AI_CONVENTIONS]).toEqual(['1.9.0', '1.38.0']);
  });

  it.each(Object.keys(CODES))('documents %s', (code) => {
    expect(readme).toContain(`\`${code}\``);
  });
});
