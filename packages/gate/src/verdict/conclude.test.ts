import { describe, expect, it } from 'vitest';
import type { Assessment } from '../executor.js';
import { type GateVerdict, ON_FAIL, type OnFail } from '../model/verdict.js';
import { prriBand } from '../prri/band.js';
import {
  type Concluded,
  concludeGate,
  concludeRun,
  failure,
  type GateTerms,
  inconclusive,
} from './conclude.js';

const RESULTS = ['pass', 'warn', 'fail', 'inconclusive', 'skipped'] as const;

const assessed = (
  result: Assessment['result'],
  metrics: Assessment['metrics'] = {},
  firm = false,
): Assessment => ({
  result,
  firm,
  reasonCode: `was_${result}`,
  reason: `It was ${result}.`,
  metrics,
});

const terms = (onFail: OnFail, passCondition?: string): GateTerms => ({
  onFail,
  metrics: { score: 'number', ready: 'boolean' },
  ...(passCondition === undefined ? {} : { passCondition }),
});

describe('the verdict of a gate', () => {
  it('follows from its own rule and from what a failure does', () => {
    const table: Readonly<Record<Assessment['result'], readonly [GateVerdict, boolean][]>> = {
      pass: Array(3).fill(['PASS', false]),
      warn: Array(3).fill(['WARN', false]),
      skipped: Array(3).fill(['SKIPPED', false]),
      fail: [
        ['FAIL', true],
        ['WARN', false],
        ['FAIL', false],
      ],
      inconclusive: [
        ['INCONCLUSIVE', true],
        ['INCONCLUSIVE', false],
        ['INCONCLUSIVE', false],
      ],
    };
    expect(ON_FAIL).toEqual(['block', 'warn', 'report']);
    for (const result of RESULTS) {
      for (const [at, onFail] of ON_FAIL.entries()) {
        const [verdict, blocking] = table[result][at] ?? [];
        expect(concludeGate(assessed(result, { score: 5 }), terms(onFail))).toEqual({
          ...{ verdict, blocking, reasonCode: `was_${result}`, reason: `It was ${result}.` },
          metrics: { score: 5 },
        });
      }
    }
  });

  it('is made better by a condition that holds', () => {
    for (const result of RESULTS) {
      const concluded = concludeGate(assessed(result, { score: 5 }), terms('block', 'score >= 5'));
      expect(concluded).toEqual({
        ...{ verdict: 'PASS', blocking: false, metrics: { score: 5 } },
        ...(result === 'pass'
          ? { reasonCode: 'was_pass', reason: 'It was pass.' }
          : {
              reasonCode: 'pass_condition_met',
              reason: 'the pass condition holds: score >= 5',
            }),
      });
    }
  });

  it.each([
    [
      'score > 5',
      { score: 5 },
      'pass_condition_not_met',
      'the pass condition does not hold: score > 5',
    ],
    [
      'score > 5',
      {},
      'pass_condition_indeterminate',
      'the pass condition cannot be decided (missing_value: score): score > 5',
    ],
    [
      '1 / (score - 5) > 0',
      { score: 5 },
      'pass_condition_indeterminate',
      'the pass condition cannot be decided (arithmetic): 1 / (score - 5) > 0',
    ],
    ['score >', { score: 5 }, 'pass_condition_invalid', 'the pass condition cannot be read'],
    ['unknown > 5', { score: 5 }, 'pass_condition_invalid', 'the pass condition cannot be read'],
  ] as const)(
    'is a failure where the condition %s does not hold for %j',
    (condition, metrics, reasonCode, reason) => {
      for (const result of RESULTS) {
        for (const onFail of ON_FAIL) {
          expect(concludeGate(assessed(result, metrics), terms(onFail, condition))).toEqual({
            verdict: onFail === 'warn' ? 'WARN' : 'FAIL',
            blocking: onFail === 'block',
            ...{ reasonCode, reason, metrics },
          });
        }
      }
    },
  );

  it('is not changed by a condition where something could not be looked at', () => {
    for (const condition of ['true', 'false', 'score >']) {
      for (const result of RESULTS) {
        const firm = assessed(result, {}, true);
        expect(concludeGate(firm, terms('block', condition))).toEqual(
          concludeGate(firm, terms('block')),
        );
      }
    }
    const failed = concludeGate(failure('gone', 'It is gone.'), terms('block', 'true'));
    expect(failed).toEqual({
      ...{ verdict: 'FAIL', blocking: true, reasonCode: 'gone', reason: 'It is gone.' },
      metrics: {},
    });
    const open = inconclusive('few', 'Too few.', { score: 5 });
    expect(concludeGate(open, terms('block', 'true'))).toEqual({
      ...{ verdict: 'INCONCLUSIVE', blocking: true, reasonCode: 'few', reason: 'Too few.' },
      metrics: { score: 5 },
    });
    expect(inconclusive('few', 'Too few.').metrics).toEqual({});
  });
});

describe('the verdict of a run', () => {
  const gate = (verdict: GateVerdict, onFail: OnFail = 'block', blocking = false): Concluded => ({
    ...{ gateId: `${verdict}-${onFail}`, verdict, onFail, blocking },
  });
  const none = { passed: 0, failed: 0, warned: 0, skipped: 0, reported: 0, failedGates: [] };

  it('is that it did not look at anything, without a gate or with skipped ones alone', () => {
    expect(concludeRun([])).toEqual({ verdict: 'INCONCLUSIVE', ...none });
    expect(concludeRun([gate('SKIPPED'), gate('SKIPPED')])).toEqual({
      ...{ verdict: 'INCONCLUSIVE', ...none, skipped: 2 },
    });
  });

  it('passes where one gate passed and none objects', () => {
    expect(concludeRun([gate('PASS'), gate('SKIPPED')])).toEqual({
      ...{ verdict: 'PASS', ...none, passed: 1, skipped: 1 },
    });
  });

  it('fails with every gate that blocks, whatever it came to', () => {
    const gates = [
      gate('PASS'),
      gate('FAIL', 'block', true),
      gate('INCONCLUSIVE', 'block', true),
      gate('WARN', 'warn'),
    ];
    expect(concludeRun(gates)).toEqual({
      ...{ verdict: 'FAIL', ...none, passed: 1, failed: 2, warned: 1 },
      failedGates: ['FAIL-block', 'INCONCLUSIVE-block'],
    });
  });

  it('warns for a warning and for an open question that warns', () => {
    for (const one of [gate('WARN'), gate('WARN', 'warn'), gate('INCONCLUSIVE', 'warn')]) {
      expect(concludeRun([gate('PASS'), one])).toEqual({
        ...{ verdict: 'WARN', ...none, passed: 1, warned: 1 },
      });
    }
  });

  it('only lists what is to be reported', () => {
    for (const verdict of ['FAIL', 'INCONCLUSIVE'] as const) {
      expect(concludeRun([gate('PASS'), gate(verdict, 'report')])).toEqual({
        ...{ verdict: 'PASS', ...none, passed: 1, reported: 1 },
      });
    }
    for (const onFail of ON_FAIL) {
      expect(concludeRun([gate('PASS', onFail), gate('SKIPPED', onFail)])).toEqual({
        ...{ verdict: 'PASS', ...none, passed: 1, skipped: 1 },
      });
    }
  });
});

describe('the band of a score', () => {
  it.each([
    [0, 'GREEN'],
    [29.9, 'GREEN'],
    [30, 'AMBER'],
    [69.9, 'AMBER'],
    [70, 'RED'],
    [100, 'RED'],
    [-0.1, undefined],
    [100.1, undefined],
    [Number.NaN, undefined],
  ])('of %d is %s', (score, band) => expect(prriBand(score, 70)).toBe(band));

  it('is RED from a low threshold on', () => {
    expect(prriBand(10, 10)).toBe('RED');
    expect(prriBand(9, 10)).toBe('GREEN');
  });
});
