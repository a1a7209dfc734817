export { clopperPearson, type Interval } from './calibration/binomial.js';
export type { BoundMethod } from './calibration/evidence.js';
export type { LabelledObservation, ThresholdGoal } from './calibration/labelled.js';
export {
  type CalibrationRefusal,
  suggestThreshold,
  type ThresholdSuggestion,
} from './calibration/suggest-threshold.js';
export type { CanaryArm } from './canary/arm.js';
export { bucketOf, isCandidate } from './canary/bucket.js';
export {
  type CallObservation,
  type Canary,
  type CanaryAnswer,
  type CanaryReport,
  createCanary,
  type ReviewObservation,
} from './canary/canary.js';
export {
  type CanaryJudgement,
  type CanaryReasonCode,
  type CanaryVerdict,
  type CanaryView,
  judgeCanary,
} from './canary/judge.js';
export type { CanaryPhase } from './canary/ledger.js';
export {
  type CanaryCounts,
  type CanaryMetric,
  type CanaryMetricName,
  type Departure,
  findDeparture,
  measureCanary,
  type StepCounts,
} from './canary/metrics.js';
export type { LimitName, MinuteCounts } from './canary/minutes.js';
export type { CanaryOptions } from './canary/options.js';
export type { ArmCounts, Arms } from './canary/rate-difference.js';
export { type Rehearsal, type RehearsedUnit, rehearseCanary } from './canary/rehearse.js';
export { type CanaryRules, type CanaryRulesInput, parseCanaryRules } from './canary/rules.js';
export { type CanaryStatus, readCanary } from './canary/status.js';
export type { CanaryArmName } from './canary/tally.js';
export { type CanaryUnit, type UnitContext, unitKey } from './canary/units.js';
