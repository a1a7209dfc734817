export { clopperPearson, type Interval } from './calibration/binomial.js';
export type { BoundMethod } from './calibration/evidence.js';
export type { ThresholdGoal } from './calibration/labelled.js';
export {
  type CalibrationRefusal,
  suggestThreshold,
  type ThresholdSuggestion,
} from './calibration/suggest-threshold.js';
export type { CanaryArm } from './canary/arm.js';
export { bucketOf, isCandidate } from './canary/bucket.js';
export {
  type Canary,
  type CanaryAnswer,
  type CanaryCall,
  type CanaryReview,
  createCanary,
} from './canary/canary.js';
export type { CanaryOptions } from './canary/config.js';
export {
  type CanaryJudgement,
  type CanaryReasonCode,
  type CanaryVerdict,
  type CanaryView,
  judgeCanary,
} from './canary/judge.js';
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
export type { ArmCounts, Arms } from './canary/rate-difference.js';
export { type Rehearsal, type RehearsedUnit, rehearseCanary } from './canary/rehearse.js';
export type { CanaryReport } from './canary/report.js';
export { type CanaryRules, type CanaryRulesInput, parseCanaryRules } from './canary/rules.js';
export type { CanaryPhase } from './canary/state.js';
export { type CanaryStatus, readCanary } from './canary/status.js';
export type { CanaryArmName } from './canary/tally.js';
export { type CanaryUnit, type UnitContext, unitKey } from './canary/units.js';
export { changeBetween, type DecisionChange, type Ruling } from './replay/change.js';
export type {
  Breakdown,
  ChangeCounts,
  CountEntries,
  NamedCountEntries,
  OutcomeCounts,
  ReplayVerdict,
} from './replay/counts.js';
export {
  decisionsOfLog,
  type LogRange,
  type LogSource,
  type LogSourceOptions,
} from './replay/from-log.js';
export {
  type AgentRun,
  type AgentRunCall,
  decisionsOfRun,
  type RunSetting,
} from './replay/from-runs.js';
export { renderDiff } from './replay/html/render.js';
export type { JudgeOptions } from './replay/judge.js';
export {
  type InRangesOptions,
  type RangeOptions,
  type RangeReplayer,
  type RangesReplay,
  type ReplayedRange,
  replayInRanges,
  replayRange,
} from './replay/ranges.js';
export {
  type RecordedTrial,
  type RunsReplay,
  recordReplay,
  recordRunsReplay,
  recordSimulation,
  type TrialScope,
} from './replay/record-trial.js';
export {
  type DecidedRule,
  type DecidedSide,
  type EarlierCall,
  NOT_REPLAYABLE,
  type NotReplayable,
  type NotReplayableReason,
  type RecordedDecision,
  type RecordedHistory,
  type RecordedVerdict,
} from './replay/recorded.js';
export {
  comparePolicies,
  type DecisionSource,
  type ReplayOptions,
  replay,
} from './replay/replay.js';
export type { DecisionPlace, ReplayedDecision, ReplayReport, ReportPart } from './replay/report.js';
export {
  type SimulatedDecision,
  type SimulateOptions,
  type SimulationReport,
  simulate,
} from './replay/simulate.js';
