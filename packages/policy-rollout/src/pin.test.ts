import { expect, expectTypeOf, it } from 'vitest';
import * as rollout from './index.js';

it('exports exactly this', () => {
  expect(Object.keys(rollout).sort()).toEqual([
    'NOT_REPLAYABLE',
    'bucketOf',
    'changeBetween',
    'clopperPearson',
    'comparePolicies',
    'createCanary',
    'decisionsOfLog',
    'decisionsOfRun',
    'findDeparture',
    'isCandidate',
    'judgeCanary',
    'measureCanary',
    'parseCanaryRules',
    'readCanary',
    'recordReplay',
    'recordRunsReplay',
    'recordSimulation',
    'rehearseCanary',
    'renderDiff',
    'replay',
    'replayInRanges',
    'replayRange',
    'simulate',
    'suggestThreshold',
    'unitKey',
  ]);
});

it('has exactly these codes', () => {
  expectTypeOf<rollout.CanaryVerdict>().toEqualTypeOf<
    'continue' | 'advance' | 'rollback' | 'hold'
  >();
  expectTypeOf<rollout.CanaryReasonCode>().toEqualTypeOf<
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
  expectTypeOf<rollout.CalibrationRefusal>().toEqualTypeOf<
    'no_observations' | 'sampling_unknown' | 'no_audit_sample'
  >();
});

it('has exactly these reasons', () => {
  expectTypeOf<rollout.NotReplayableReason>().toEqualTypeOf<
    | 'withheld'
    | 'not_recorded'
    | 'altered'
    | 'unreadable'
    | 'not_decided'
    | 'other_environment'
    | 'unknown_control'
    | 'facts_missing'
    | 'counted'
  >();
  expect(rollout.NOT_REPLAYABLE).toHaveLength(9);
  expectTypeOf<rollout.ReplayVerdict>().toEqualTypeOf<
    'same' | 'stricter' | 'looser' | 'not_replayable'
  >();
});
