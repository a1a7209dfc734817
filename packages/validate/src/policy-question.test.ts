import { policyQuestionContract } from '@spanforge/core-events/testing';
import { describe, expect, it } from 'vitest';
import { createValidate } from './validate.js';

const REQUEST = { output: 'fine', confidence: 0.9 };

policyQuestionContract({
  ...{ describe, it, expect, service: 'sf_validate', control: 'output_validation' },
  heedsSay: true,
  hasMode: true,
  open({ log, policy }) {
    const validate = createValidate({ recorder: log, reader: log, policy });
    return {
      ask: async (call) =>
        (await validate.validateOutputWithPolicy(REQUEST, call)).policyDecisionId,
      decideAlone: (call) => validate.validateOutput(REQUEST, call),
    };
  },
});
