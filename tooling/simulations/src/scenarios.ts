import { type CanaryRules, parseCanaryRules } from '@spanforge/policy-rollout';
import type { Traffic } from './simulate.js';

/** One line of the report. */
export interface Scenario {
  readonly name: string;
  /** Whether the arms are the same, so that every rollback is a false one. */
  readonly isNull: boolean;
  readonly rules: CanaryRules;
  readonly traffic: Traffic;
}

/**
 * Two kinds of canary: one with the three steps, and one that stays at 10 percent as long as there
 * is traffic, so that the time until an effect is found is not cut off by a step that ends.
 */
export function scenarios(alpha: number, units: number, stepUnits: number): readonly Scenario[] {
  const steps = parseCanaryRules({ alpha, advance: { minCandidateUnits: stepUnits } });
  const stays = parseCanaryRules({ alpha, advance: { minCandidateUnits: units + 1 } });
  const same = (name: string, rules: CanaryRules, part: Partial<Traffic>): Scenario => {
    return { name, isNull: true, rules, traffic: { ...base(units), ...part } };
  };
  const other = (name: string, part: Partial<Traffic>): Scenario => {
    return { name, isNull: false, rules: stays, traffic: { ...base(units), ...part } };
  };
  return [
    same('A/A 5 %, steps 10/50/100', steps, {}),
    same('A/A 5 %, stays at 10', stays, {}),
    same('A/A 5 % swinging by 80 %, steps', steps, { swing: 0.8 }),
    other('5 % -> 8 %', { candidateRate: 0.08 }),
    other('5 % -> 10 %', { candidateRate: 0.1 }),
    other('5 % -> 20 %', { candidateRate: 0.2 }),
    other('5 % -> 2 %', { candidateRate: 0.02 }),
    other('overturned 10 % -> 40 %', { candidateOverturned: 0.4 }),
  ];
}

function base(units: number): Traffic {
  return {
    baselineRate: 0.05,
    candidateRate: 0.05,
    reviewedShare: 0.5,
    baselineOverturned: 0.1,
    candidateOverturned: 0.1,
    swing: 0,
    period: 5000,
    units,
  };
}
