import { policyQuestionContract } from '@spanforge/core-events/testing';
import { describe, expect, it } from 'vitest';
import { createExplain } from './explain.js';

policyQuestionContract({
  ...{ describe, it, expect, service: 'sf_explain', control: 'explanation_generation' },
  heedsSay: true,
  hasMode: false,
  open({ log, policy }) {
    const explain = createExplain({ recorder: log, reader: log, policy });
    return {
      ask: async (call) => (await explain.generateWithPolicy({}, call)).policyDecisionId,
      decideAlone: (call) => explain.generate({}, call),
    };
  },
});
