import { toHex } from '@spanforge/core-signing';
import type { ExportRecord } from './sink.js';
import { type RecordSummary, type SiemSeverity, summarize } from './summary.js';

/** The device fields of a CEF line. */
export interface CefOptions {
  /** `SpanForge` when absent. */
  readonly vendor?: string;
  /** `spanforge` when absent. */
  readonly product?: string;
  /** `1` when absent. */
  readonly version?: string;
}

/** CEF's severity, 0 to 10. */
const SEVERITY: Readonly<Record<SiemSeverity, number>> = {
  info: 1,
  low: 3,
  medium: 5,
  high: 8,
  critical: 10,
};

/** Longest value of an extension; ArcSight cuts `msg` and custom strings at 1023 and 4000. */
const MAX_VALUE = 1023;

/** Line breaks and control characters: C0, DEL, C1, U+2028, U+2029. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to go.
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

function visible(text: string): string {
  return text.replace(CONTROL, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${code}`;
  });
}

/** CEF header: backslash and pipe are escaped, line breaks are replaced. */
function header(text: string): string {
  return text.replace(/[\\|]/g, '\\$&').replace(CONTROL, ' ');
}

/** CEF extension value: backslash and equals sign are escaped, line breaks become `\n`. */
function extension(text: string): string {
  const cut = text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE - 1)}…` : text;
  const lines = cut.toWellFormed().split(/\r\n|\r|\n/);
  return lines.map((line) => visible(line.replace(/[\\=]/g, '\\$&'))).join('\\n');
}

const ACTION: Readonly<Record<string, string>> = {
  allow: 'allowed',
  'allow+log': 'allowed',
  redact: 'redacted',
  human_review: 'held',
  block: 'blocked',
};

/**
 * One record as one line of the Common Event Format (CEF:0). Names and values are escaped: text of
 * an agent cannot begin a field or a line.
 */
export function toCef(exported: ExportRecord, options: CefOptions = {}): string {
  const { vendor = 'SpanForge', product = 'spanforge', version = '1' } = options;
  const summary = summarize(exported.record);
  const head = [vendor, product, version, exported.record.type, summary.title].map(header);
  const fields = Object.entries(extensions(exported, summary)).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${extension(value)}`],
  );
  return `CEF:0|${head.join('|')}|${SEVERITY[summary.severity]}|${fields.join(' ')}`;
}

function extensions(
  { record, values }: ExportRecord,
  summary: RecordSummary,
): Readonly<Record<string, string | undefined>> {
  const { context } = record;
  const labelled = (number: number, label: string, value: string | undefined) =>
    value === undefined ? {} : { [`cs${number}Label`]: label, [`cs${number}`]: value };
  return {
    rt: String(Date.parse(record.time)),
    externalId: record.id,
    cat: record.type,
    suser: context.actor,
    sproc: context.agent,
    act: summary.outcome === undefined ? undefined : ACTION[summary.outcome],
    outcome: summary.status,
    reason: summary.reasonCode,
    msg: summary.reason,
    request: summary.resource,
    ...labelled(1, 'trace', context.traceId),
    ...labelled(2, 'tenant', context.tenant),
    ...labelled(3, 'tool', summary.tool),
    ...labelled(4, 'leaf', toHex(record.leaf)),
    ...labelled(5, 'environment', context.env),
    ...labelled(6, 'values', values.length === 0 ? undefined : JSON.stringify(values)),
    cn1Label: 'index',
    cn1: String(record.index),
  };
}
