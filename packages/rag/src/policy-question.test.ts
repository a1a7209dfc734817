import { policyQuestionContract } from '@spanforge/core-events/testing';
import { describe, expect, it } from 'vitest';
import { createRag } from './rag.js';

const CLAIM = 'The excess is 250 dollars.';
const REQUEST = { answer: CLAIM, sources: [{ id: 's', text: CLAIM }] };

policyQuestionContract({
  ...{ describe, it, expect, service: 'sf_rag', control: 'grounding_threshold' },
  heedsSay: true,
  hasMode: true,
  open({ log, policy }) {
    const rag = createRag({ recorder: log, reader: log, policy });
    return {
      ask: async (call) => (await rag.assessGroundingWithPolicy(REQUEST, call)).policyDecisionId,
      decideAlone: (call) => rag.assessGrounding(REQUEST, call),
    };
  },
});
