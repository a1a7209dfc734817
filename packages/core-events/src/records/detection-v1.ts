import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

const count = z.int().min(0);

const detection = z.strictObject({
  subject: z.enum(['event', 'output', 'dataset']),
  /** Type, place and count of findings; never the found text, nor anything derived from it. */
  findings: z.array(
    z.strictObject({
      type: name,
      place: z.string().max(512),
      count,
      /** The highest confidence among them, 0 to 1. */
      confidence: z.number().min(0).max(1),
    }),
  ),
  /** The number of all findings, including those that are not listed. */
  finding_count: count,
  /** The number of findings that always block. */
  always_blocking: count,
});

/** Personal data was found. */
export const detectionPiiV1 = defineRecordType('spanforge.detection.pii.v1', detection);

/** Secrets were found. */
export const detectionSecretsV1 = defineRecordType('spanforge.detection.secrets.v1', detection);

/** The payload of `spanforge.detection.pii.v1` and `spanforge.detection.secrets.v1`, with names in camelCase. */
export type DetectionBody = RecordBody<typeof detectionPiiV1>;
