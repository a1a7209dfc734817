import { expect, expectTypeOf, it } from 'vitest';
import * as analysis from '../index.js';

it('exports exactly this', () => {
  expect(Object.keys(analysis).sort()).toEqual([
    'compareBundles',
    'explainDecision',
    'lintBundle',
    'strangersIn',
  ]);
});

it('has exactly these codes', () => {
  expectTypeOf<analysis.LintCode>().toEqualTypeOf<
    | 'unreachable'
    | 'shadowed'
    | 'conflicting'
    | 'always_true'
    | 'always_false'
    | 'duplicate_condition'
    | 'undeclared_tool'
    | 'unknown_argument'
    | 'impossible_value'
    | 'other_environment'
    | 'allow_without_effect'
    | 'tool_without_rule'
    | 'expired_shadow'
    | 'unknown'
  >();
  expectTypeOf<analysis.UnknownDifference['reason']>().toEqualTypeOf<
    'not_analysable' | 'too_large'
  >();
});
