import { ulidToUuid } from '@spanforge/core-events';
import type { LineageRecord } from '../types.js';

const SCHEMA = 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent';
const PRODUCER = 'https://github.com/spanforge/spanforge-js';

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
      run: { runId: ulidToUuid(recordId) },
      job: { namespace, name: activity },
      inputs: inputs.map(dataset),
      outputs: outputs.map(dataset),
    };
  });
}
