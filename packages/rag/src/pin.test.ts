import { describe, expect, it } from 'vitest';
import * as calibration from './calibration.js';
import { RagError, type RagErrorCode } from './error.js';
import * as rag from './index.js';
import type { Cue } from './score/features.js';
import type { GroundingReasonCode } from './types.js';

describe('what users rely on', () => {
  it('exports exactly this', () => {
    expect(Object.keys(rag).sort()).toEqual([
      'DEFAULT_MODEL',
      'DEFAULT_THRESHOLD',
      'RagError',
      'assess',
      'conclude',
      'createRag',
      'judgeClaim',
    ]);
    expect(Object.keys(calibration).sort()).toEqual([
      'DEFAULT_MODEL',
      'answerOverlap',
      'answerScore',
      'examine',
      'probability',
    ]);
  });

  it('has these codes', () => {
    const errors: Record<RagErrorCode, true> = {
      RAG_OPTIONS_INVALID: true,
      RAG_INPUT_INVALID: true,
      RAG_SESSION_UNKNOWN: true,
      RAG_SESSION_ENDED: true,
      RAG_STATE_UNAVAILABLE: true,
      RAG_EVIDENCE_UNAVAILABLE: true,
    };
    const reasons: Record<GroundingReasonCode, true> = {
      grounded: true,
      partially_grounded: true,
      ungrounded: true,
      policy: true,
      request_invalid: true,
      policy_unavailable: true,
      evidence_unavailable: true,
    };
    const cues: Record<Cue, true> = {
      figure_missing: true,
      name_missing: true,
      names_swapped: true,
      opposite_found: true,
      negation_differs: true,
      actor_changed: true,
      qualifier_dropped: true,
      words_missing: true,
    };
    expect([errors, reasons, cues].map((one) => Object.keys(one).length)).toEqual([6, 7, 8]);
  });

  it('knows its errors across copies of the package', () => {
    expect(RagError.is({ [Symbol.for('spanforge.rag.error')]: true })).toBe(true);
    expect(RagError.is(new Error('other'))).toBe(false);
    expect(RagError.is(null)).toBe(false);
  });

  it('has this model', () => {
    expect(rag.DEFAULT_MODEL).toMatchObject({ name: 'spanforge-lexical', version: '1.2.0' });
  });
});
