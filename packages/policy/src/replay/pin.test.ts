import { expect, expectTypeOf, it } from 'vitest';
import * as replay from '../replay.js';

it('exports exactly this', () => {
  expect(Object.keys(replay).sort()).toEqual([
    'NOT_REPLAYABLE',
    'changeBetween',
    'comparePolicies',
    'decisionsOfLog',
    'decisionsOfRun',
    'renderDiff',
    'replay',
    'simulate',
  ]);
});

it('has exactly these reasons', () => {
  expectTypeOf<replay.NotReplayableReason>().toEqualTypeOf<
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
  expect(replay.NOT_REPLAYABLE).toHaveLength(9);
  expectTypeOf<replay.ReplayVerdict>().toEqualTypeOf<
    'same' | 'stricter' | 'looser' | 'not_replayable'
  >();
});
