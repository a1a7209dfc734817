import type { Outcome } from '@spanforge/core-events';
import { roundBeside } from './derive-factors.js';
import type { Factor } from './types.js';

const SAID: Readonly<Record<Outcome, string>> = {
  allow: 'It was allowed.',
  'allow+log': 'It was allowed, to be looked at later.',
  redact: 'It was allowed with something redacted.',
  human_review: 'It was held for a person.',
  block: 'It was blocked.',
};

/** What people read. */
export interface Told {
  readonly outcome: Outcome | undefined;
  readonly factors: readonly Factor[];
  readonly counterfactuals: readonly string[];
  readonly confidence: number | undefined;
  readonly confidenceThreshold: number;
}

/**
 * Plain sentences, the most important first. The same explanation always gives the same sentences.
 */
export function tell({ outcome, factors, counterfactuals, ...sure }: Told): string {
  const against = factors.filter(({ contribution }) => contribution < 0);
  const forIt = factors.filter(({ contribution }) => contribution >= 0);
  const decisive =
    outcome === 'block' || outcome === 'human_review' ? against : [...against, ...forIt];
  const because = [...decisive]
    .sort((a, b) => b.weight - a.weight || (a.name < b.name ? -1 : 1))
    .map(({ name, text }) => text ?? `${name} had a say.`);
  return [
    outcome === undefined ? 'No decision is on record.' : SAID[outcome],
    ...new Set(because),
    ...counterfactuals.map((one) => `It would have been ${one}.`),
    ...confidenceSentence(sure),
  ].join(' ');
}

function confidenceSentence(
  sure: Pick<Told, 'confidence' | 'confidenceThreshold'>,
): readonly string[] {
  const { confidence, confidenceThreshold } = sure;
  if (confidence === undefined || confidence >= confidenceThreshold) return [];
  const shown = roundBeside(confidence, confidenceThreshold);
  return [`The confidence of ${shown} is under ${confidenceThreshold}: a person should look.`];
}
