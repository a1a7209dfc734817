import type { EvidenceRecord } from '@spanforge/core-events';
import { expect, it } from 'vitest';
import { outcomeOf } from './outcome.js';

let index = 0;
const record = (type: string, body: object): EvidenceRecord =>
  ({
    index: index++,
    id: `id-${index}`,
    type: `spanforge.${type}`,
    mode: 'live',
    context: { agent: 'a', actor: 'b' },
    body,
  }) as unknown as EvidenceRecord;

const REVIEW = { review_id: 'r', binding: 'x', tool: 'pay', call_id: 'c' };
const requested = record('review.requested.v1', { ...REVIEW, decisions: [] });
const held = record('execution.ended.v1', {
  ...{ call_id: 'c', tool: 'pay', status: 'held', executed: false, review_id: 'r' },
  ...{ outcome: 'human_review', decisions: [] },
});
const vote = (resolution: string, decided: boolean): EvidenceRecord =>
  record('review.resolved.v2', { ...REVIEW, resolution, decided, vote: 1, required: 2 });
const started = record('execution.started.v1', {
  ...{ call_id: 'c', tool: 'pay', outcome: 'human_review', review_id: 'r', decisions: [] },
});

it.each<[string, readonly EvidenceRecord[], string]>([
  ['one of two has approved', [vote('approved', false)], 'human_review'],
  [
    'one of two has approved and it ran all the same',
    [vote('approved', false), started],
    'human_review',
  ],
  ['the last has approved and it ran', [vote('approved', true), started], 'allow'],
  ['one has rejected', [vote('approved', false), vote('rejected', true)], 'block'],
  ['a rejection that decides nothing', [vote('rejected', false)], 'human_review'],
])('what a trace comes to where %s', (_what, later, outcome) => {
  expect(outcomeOf([requested, held, ...later])).toBe(outcome);
});
