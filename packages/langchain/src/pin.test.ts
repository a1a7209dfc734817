import { createMemoryStore } from '@spanforge/core-events/log';
import { createGovernor } from '@spanforge/govern';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { LangchainErrorCode } from './error.js';
import { createFingerprints } from './fingerprint.js';
import * as entry from './index.js';
import { readAnswers } from './question.js';
import { CONTEXT, openLog } from './testing/fixtures.js';

const { createGovernance, LangchainError } = entry;

describe('what users rely on', () => {
  it('exports exactly this', () => {
    expect(Object.keys(entry).sort()).toEqual([
      'LangchainError',
      'callerContext',
      'createGovernance',
      'governTool',
      'governanceMiddleware',
      'pendingReviews',
    ]);
  });

  it('has these error codes', () => {
    const codes: Record<LangchainErrorCode, true> = {
      LANGCHAIN_OPTIONS_INVALID: true,
      LANGCHAIN_CONTEXT_UNAVAILABLE: true,
      LANGCHAIN_CALL_DENIED: true,
      LANGCHAIN_ANSWER_INVALID: true,
      LANGCHAIN_SERVER_TOOL: true,
      LANGCHAIN_TOOL_NOT_REACHED: true,
    };
    expect(Object.keys(codes)).toHaveLength(6);
  });

  it('knows its errors across copies of the package', () => {
    expect(LangchainError.is({ [Symbol.for('spanforge.langchain.error')]: true })).toBe(true);
    expect(LangchainError.is(new Error('other'))).toBe(false);
    expect(LangchainError.is(null)).toBe(false);
  });
});

it('refuses options it does not know', async () => {
  const log = await openLog(createMemoryStore());
  const base = { governor: createGovernor({ log }), context: CONTEXT };
  for (const wrong of [
    { governor: undefined },
    { context: undefined },
    { context: null },
    { held: 'sometimes' },
    { denied: 'quietly' },
    { undeclared: 'allow' },
    { ungoverned: 'maybe' },
    { middleware: [] },
    { tools: { pay: { effects: 'read' } } },
    { tools: { pay: { name: 'other' } } },
    { tools: { pay: { events: 'show' } } },
  ]) {
    const options = { ...base, ...wrong } as unknown as Parameters<typeof createGovernance>[0];
    expect(() => createGovernance(options)).toThrow(
      expect.objectContaining({ code: 'LANGCHAIN_OPTIONS_INVALID' }),
    );
  }
  const effect = { ...base, tools: { pay: { effect: 'maybe' } } } as never;
  expect(() => createGovernance(effect)).toThrow(
    expect.objectContaining({ code: 'GOVERN_OPTIONS_INVALID' }),
  );
  expect(() => createGovernance(base).middleware({ context: null as never })).toThrow(
    expect.objectContaining({ code: 'LANGCHAIN_OPTIONS_INVALID' }),
  );
});

const text = fc.string();
const answer = fc.record(
  {
    reviewId: text,
    resolution: fc.constantFrom('approved', 'rejected'),
    reviewer: text,
    note: text,
  },
  { requiredKeys: ['reviewId', 'resolution'] },
);

describe('an answer', () => {
  it('is read as it is, alone or in a list', () => {
    fc.assert(
      fc.property(answer, fc.array(answer), (one, many) => {
        expect(readAnswers(one)).toEqual([one]);
        expect(readAnswers(many)).toEqual(many);
      }),
    );
  });

  it('is nothing else', () => {
    const broken = fc.oneof(
      fc.anything().filter((value) => !Array.isArray(value)),
      fc
        .tuple(answer, text, fc.anything())
        .map(([one, key, value]) => ({ ...one, [`x${key}`]: value })),
      answer.map(({ reviewId: _, ...rest }) => rest),
      answer.map((one) => ({ ...one, resolution: 'approve' })),
      answer.map((one) => ({ ...one, reviewer: 5 })),
    );
    fc.assert(
      fc.property(broken, (value) => {
        expect(() => readAnswers(value)).toThrow(
          expect.objectContaining({ code: 'LANGCHAIN_ANSWER_INVALID' }),
        );
      }),
    );
  });
});

it('tools are told apart by what they say of themselves and what they take', () => {
  const { of } = createFingerprints();
  fc.assert(
    fc.property(
      text,
      text,
      fc.string({ minLength: 1 }),
      fc.string({ minLength: 1 }),
      (a, b, x, y) => {
        const tool = (description: string, name: string) => ({
          description,
          schema: z.object({ [`p${name}`]: z.string() }),
        });
        expect(of(tool(a, x)) === of(tool(b, y))).toBe(a === b && x === y);
      },
    ),
    { numRuns: 30 },
  );
});
