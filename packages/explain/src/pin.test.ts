import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ExplainErrorCode } from './error.js';
import * as explain from './index.js';

const CODES: Record<ExplainErrorCode, true> = {
  EXPLAIN_EVIDENCE_UNAVAILABLE: true,
  EXPLAIN_OPTIONS_INVALID: true,
  EXPLAIN_RECORD_UNKNOWN: true,
  EXPLAIN_REQUEST_INVALID: true,
};

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('the public surface', () => {
  it('exports exactly this', () => {
    expect(Object.keys(explain).sort()).toEqual([
      'ExplainError',
      'assessArticles',
      'createExplain',
      'deriveFactors',
    ]);
  });

  it.each(Object.keys(CODES))('documents %s', (code) => {
    expect(readme).toContain(`\`${code}\``);
  });
});
