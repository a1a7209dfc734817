import type { LineageRecord } from '../types.js';

const SCHEMA = 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent';
const PRODUCER = 'https://github.com/spanforge/spanforge-js';
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The steps as OpenLineage run events, one each, complete; runs are named by the record's ULID. */
export function toOpenLineage(
  records: readonly LineageRecord[],
): readonly Readonly<Record<string, unknown>>[] {
  return records.map(({ recordId, time, activity, context, inputs, outputs }) => {
    const namespace = `spanforge://${encodeURIComponent(context.tenant.toWellFormed())}`;
    const dataset = ({ id }: { readonly id: string }) => ({ namespace, name: id });
    return {
      eventType: 'COMPLETE',
      eventTime: time,
      producer: PRODUCER,
      schemaURL: SCHEMA,
      run: { runId: uuidOf(recordId) },
      job: { namespace, name: activity },
      inputs: inputs.map(dataset),
      outputs: outputs.map(dataset),
    };
  });
}

/** The 128 bits of a ULID in the writing of a UUID. */
function uuidOf(ulid: string): string {
  let bits = 0n;
  for (const letter of ulid) bits = bits * 32n + BigInt(Math.max(0, ALPHABET.indexOf(letter)));
  const hex = BigInt.asUintN(128, bits).toString(16).padStart(32, '0');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
