import {
  type EvidenceReader,
  type EvidenceRecord,
  readRecords,
  readValues,
  type TraceListOptions,
} from '@spanforge/core-events';
import { isPlainObject, openDisclosure } from '@spanforge/core-signing';
import { ExplainError } from './error.js';

/** The records of a trace, in log order. @throws {ExplainError} `EXPLAIN_EVIDENCE_UNAVAILABLE`. */
export async function readTrace(
  reader: EvidenceReader,
  where: TraceListOptions & { readonly traceId: string; readonly types?: readonly string[] },
): Promise<readonly EvidenceRecord[]> {
  try {
    return await readRecords(reader, where);
  } catch (cause) {
    throw new ExplainError('EXPLAIN_EVIDENCE_UNAVAILABLE', 'the trace cannot be read', { cause });
  }
}

/** The question to the policy, if it is still disclosed. */
export async function requestOf(
  reader: EvidenceReader,
  record: EvidenceRecord,
): Promise<{ readonly request: unknown } | undefined> {
  const disclosures = await reader.disclosures(record.index);
  const found = disclosures.find(({ name }) => name === 'request');
  if (found === undefined) return undefined;
  const request: unknown = openDisclosure(found.encoded).value;
  const { values } = record.body as { values?: Readonly<Record<string, string>> };
  if (!isPlainObject(request) || (values?.args ?? values?.result) === undefined) return { request };
  const stored = await readValues(reader, [record]);
  const openValue = (digest: string | undefined) => {
    const disclosure = digest === undefined ? undefined : stored.get(digest);
    return disclosure && { value: openDisclosure(disclosure.encoded).value };
  };
  const args = openValue(values?.args);
  const result = openValue(values?.result);
  const isWhole = [values?.args, values?.result].every((one) => !one || stored.has(one));
  if (!isWhole) return undefined;
  const facts = isPlainObject(request.facts) ? request.facts : {};
  return {
    request: {
      ...request,
      ...(args && { args: args.value }),
      ...(result && { facts: { result: result.value, ...facts } }),
    },
  };
}
