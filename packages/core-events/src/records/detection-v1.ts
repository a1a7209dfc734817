import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

const count = z.int().min(0);

const detection = z.strictObject({
  subject: z.enum(['event', 'output', 'dataset']),
  /** What was found where and how often: never the thing itself, nor anything made from it. */
  findings: z.array(
    z.strictObject({
      type: name,
      place: z.string().max(512),
      count,
      /** The highest among them, 0 to 1. */
      confidence: z.number().min(0).max(1),
    }),
  ),
  /** All findings, those not listed included. */
  finding_count: count,
  /** Those that block by themselves. */
  always_blocking: count,
});

/** Personal data was found. */
export const detectionPiiV1 = defineRecordType('spanforge.detection.pii.v1', detection);

/** Secrets were found. */
export const detectionSecretsV1 = defineRecordType('spanforge.detection.secrets.v1', detection);

/** The payload of `spanforge.detection.pii.v1` and `spanforge.detection.secrets.v1` in code. */
export type DetectionBody = RecordBody<typeof detectionPiiV1>;
