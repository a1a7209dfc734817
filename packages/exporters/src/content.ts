import { type EvidenceReader, type EvidenceRecord, readValues } from '@spanforge/core-events';
import { type Disclosure, openDisclosure } from '@spanforge/core-signing';
import type { ExportedValue, ExportRecord } from './sink.js';

/**
 * The governed values that leave the log: `'none'` (records keep only digests), each after
 * `redact`, or all unchanged. A value on which `redact` fails is withheld.
 */
export type ContentOption =
  | 'none'
  | { readonly redact: (value: unknown, name: string) => unknown }
  | 'unredacted';

const WITHHELD = '[could not be redacted]';

function leaving(content: Exclude<ContentOption, 'none'>, name: string, value: unknown): unknown {
  if (content === 'unredacted') return value;
  try {
    return content.redact(value, name);
  } catch {
    return WITHHELD;
  }
}

function digests({ body }: EvidenceRecord): readonly (readonly [name: string, digest: unknown])[] {
  const { values } = body;
  return typeof values === 'object' && values !== null ? Object.entries(values) : [];
}

function valuesOf(
  record: EvidenceRecord,
  content: Exclude<ContentOption, 'none'>,
  found: ReadonlyMap<string, Disclosure>,
): readonly ExportedValue[] {
  return digests(record).flatMap(([name, digest]) => {
    const disclosure = found.get(String(digest));
    // A disclosure counts only under its own name.
    if (disclosure === undefined || disclosure.name !== name) return [];
    return [{ name, value: leaving(content, name, openDisclosure(disclosure.encoded).value) }];
  });
}

/** Records with those of their values that may leave. */
export async function withContent(
  reader: EvidenceReader,
  records: readonly EvidenceRecord[],
  content: ContentOption,
): Promise<readonly ExportRecord[]> {
  if (content === 'none') return records.map((record) => ({ record, values: [] }));
  const found = await readValues(reader, records);
  return records.map((record) => ({ record, values: valuesOf(record, content, found) }));
}
