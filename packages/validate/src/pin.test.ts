import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { ValidateErrorCode } from './error.js';
import * as root from './index.js';
import * as node from './node.js';

const CODES: Readonly<Record<ValidateErrorCode, true>> = {
  VALIDATE_OPTIONS_INVALID: true,
  VALIDATE_EVENT_INVALID: true,
  VALIDATE_SCHEMA_INVALID: true,
  VALIDATE_INPUT_UNREADABLE: true,
  VALIDATE_INPUT_BINARY: true,
  VALIDATE_INPUT_TOO_LARGE: true,
  VALIDATE_REPORT_INVALID: true,
  VALIDATE_EVIDENCE_UNAVAILABLE: true,
};

it('exports exactly this', () => {
  expect(Object.keys(root).sort()).toEqual([
    'CLAUSE_LIMITS',
    'EnforcementMode',
    'REPORT_VERSION',
    'ValidateError',
    'checkEvent',
    'compileSchema',
    'correctEvent',
    'createValidate',
    'enforceEvent',
    'jsonSchemas',
    'reportDigest',
    'reportFromWire',
    'reportSubject',
    'reportToWire',
    'scanDataset',
    'scanDatasetCompliance',
    'signEventHmac',
    'signReport',
    'validationResultToWire',
    'verifyEventHmac',
    'verifyReport',
  ]);
  expect(Object.keys(node)).toEqual(['openDataset']);
});

it('has exactly these modes and limits', () => {
  expect(root.EnforcementMode).toEqual({
    ...{ STRICT: 'strict', LENIENT: 'lenient', WARN: 'warn', CORRECT: 'correct' },
  });
  expect(root.CLAUSE_LIMITS).toEqual({
    ...{ maxPiiPer1000Tokens: 1, minConsent: 0.8, minProvenance: 0.8 },
  });
  expect(root.REPORT_VERSION).toBe('spanforge.dataset.report.v1');
});

it('lists its codes in the README', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  for (const code of Object.keys(CODES)) expect(readme).toContain(`\`${code}\``);
});

it('knows its errors across copies', () => {
  const error = new root.ValidateError('VALIDATE_OPTIONS_INVALID', 'x', { details: { a: 1 } });
  expect([root.ValidateError.is(error), error.name, error.details]).toEqual([
    ...[true, 'ValidateError'],
    { a: 1 },
  ]);
  expect(root.ValidateError.is({ [Symbol.for('spanforge.validate.error')]: true })).toBe(true);
  for (const other of [undefined, null, 'x', new Error('x')]) {
    expect(root.ValidateError.is(other)).toBe(false);
  }
});
