import { expect, expectTypeOf, it } from 'vitest';
import * as canary from '../canary.js';

it('exports exactly this', () => {
  expect(Object.keys(canary).sort()).toEqual([
    'bucketOf',
    'clopperPearson',
    'createCanary',
    'findDeparture',
    'isCandidate',
    'judgeCanary',
    'measureCanary',
    'parseCanaryRules',
    'readCanary',
    'rehearseCanary',
    'suggestThreshold',
    'unitKey',
  ]);
});

it('has exactly these codes', () => {
  expectTypeOf<canary.CanaryVerdict>().toEqualTypeOf<
    'continue' | 'advance' | 'rollback' | 'hold'
  >();
  expectTypeOf<canary.CanaryReasonCode>().toEqualTypeOf<
    | 'block_rate_increase'
    | 'block_rate_decrease'
    | 'overturn_rate_increase'
    | 'error_rate'
    | 'latency'
    | 'collecting'
    | 'limit_exceeded_now'
    | 'ratio_not_proven'
    | 'step_passed'
    | 'finished'
  >();
  expectTypeOf<canary.CalibrationRefusal>().toEqualTypeOf<
    'no_observations' | 'sampling_unknown' | 'no_audit_sample'
  >();
});
