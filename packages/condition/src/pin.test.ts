import { expect, expectTypeOf, it } from 'vitest';
import * as condition from './index.js';

it('exports exactly this', () => {
  expect(Object.keys(condition).sort()).toEqual([
    'ConditionError',
    'DYN',
    'FIXED_TYPES',
    'compileCondition',
    'compileNamedCondition',
    'declaredAt',
    'isOfType',
    'joinTypes',
    'typeOfSchema',
  ]);
});

it('has exactly these codes and reasons', () => {
  expectTypeOf<condition.ConditionErrorCode>().toEqualTypeOf<
    | 'CONDITION_TOO_LONG'
    | 'CONDITION_TOO_COMPLEX'
    | 'CONDITION_SYNTAX'
    | 'CONDITION_UNSUPPORTED'
    | 'CONDITION_REGEX'
    | 'CONDITION_NUMBER'
    | 'CONDITION_UNKNOWN_NAME'
    | 'CONDITION_UNKNOWN_FIELD'
    | 'CONDITION_TYPE_MISMATCH'
    | 'CONDITION_NOT_BOOLEAN'
    | 'CONDITION_SCHEMA'
  >();
  expectTypeOf<condition.IndeterminateReason>().toEqualTypeOf<
    'missing_value' | 'type_error' | 'arithmetic' | 'cost' | 'unreadable'
  >();
});

it('brands its errors across copies', () => {
  expect(condition.ConditionError.is(new condition.ConditionError('CONDITION_SYNTAX', 'x'))).toBe(
    true,
  );
  expect(condition.ConditionError.is(new Error('x'))).toBe(false);
});
