import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

const labels = z.array(name);

const data = z.strictObject({
  /** Names the data, such as `s3://claims/7`; an id, never the data. */
  id: name,
  labels: labels.optional(),
});

/** Data was derived from other data. */
export const lineageV1 = defineRecordType(
  'spanforge.lineage.v1',
  z.strictObject({
    activity: name,
    kind: z.enum(['transform', 'decision', 'retrieval', 'generation', 'tool', 'declassification']),
    inputs: z.array(data),
    outputs: z.array(data),
    /** Ids of the lineage records from which this one follows. */
    parents: z.array(z.string()).optional(),
    /** Search terms of the record: its data, the subject, the policy. */
    subjects: z.array(name),
    /** The person or thing that the data is about. */
    subject: name.optional(),
    /** How labels reached the outputs, and from which input or call. */
    propagation: z
      .array(z.strictObject({ mode: z.enum(['context', 'exact', 'partial']), from: name, labels }))
      .optional(),
    /** Labels that were removed, by whom, for what and until when. */
    declassified: z
      .strictObject({
        labels,
        approver: name,
        scope: z.enum(['data', 'trace', 'run']),
        expires_at: z.string(),
        reason: z.string().max(1024),
      })
      .optional(),
  }),
);

/** The payload of `spanforge.lineage.v1`, with names in camelCase. */
export type LineageBody = RecordBody<typeof lineageV1>;
