import type { RecordDraft } from '@spanforge/core-events';
import { detectionPiiV1, detectionSecretsV1 } from '@spanforge/core-events/records';
import type { Detect, DetectedSpan } from '../model/detect.js';
import type { OpenCall } from '../model/open-call.js';

/** Collects what a detector finds while a value is masked by type. */
export interface Detections {
  /** The detector, watched. */
  readonly detect: Detect;
  /** One record for each family with findings: types and counts, never the found text. */
  drafts(call: OpenCall['call']): readonly RecordDraft[];
}

const MAX_LISTED = 50;

interface Tally {
  count: number;
  confidence: number;
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && value >= 0;

function bodyOf(spans: readonly DetectedSpan[]) {
  const byType = new Map<string, Tally>();
  for (const { type, confidence } of spans) {
    const before = byType.get(type) ?? { count: 0, confidence: 0 };
    const sure = isNumber(confidence) ? Math.min(1, confidence) : 1;
    byType.set(type, {
      count: before.count + 1,
      confidence: Math.max(before.confidence, sure),
    });
  }
  return {
    subject: 'output',
    findings: [...byType]
      .slice(0, MAX_LISTED)
      .map(([type, tally]) => ({ type, place: '$', ...tally })),
    findingCount: spans.length,
    alwaysBlocking: spans.filter(({ alwaysBlocking }) => alwaysBlocking === true).length,
  } as const;
}

/** Wraps a detector so that its findings can be recorded. */
export function watchDetections(detect: Detect): Detections {
  const found: DetectedSpan[] = [];
  return {
    detect(text, types) {
      const spans = detect(text, types);
      if (Array.isArray(spans)) found.push(...spans);
      return spans;
    },
    drafts: ({ context }) => {
      const secrets = found.filter(({ family }) => family === 'secret');
      const personal = found.filter(({ family }) => family !== 'secret');
      return [[detectionPiiV1, personal] as const, [detectionSecretsV1, secrets] as const].flatMap(
        ([type, spans]) =>
          spans.length === 0 ? [] : [{ type: type.key, context, body: type.toWire(bodyOf(spans)) }],
      );
    },
  };
}
