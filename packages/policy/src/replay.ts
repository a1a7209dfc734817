export { type Change, changeBetween, type Ruling } from './replay/change.js';
export type {
  Breakdown,
  ChangeCounts,
  OutcomeCounts,
  ReplayVerdict,
} from './replay/counts.js';
export { decisionsOfLog, type LogSource, type LogSourceOptions } from './replay/from-log.js';
export { decisionsOfRun, type Run, type RunCall, type RunSetting } from './replay/from-runs.js';
export { renderDiff } from './replay/html/render.js';
export type { JudgeOptions } from './replay/judge.js';
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
export type { DecisionPlace, ReplayedDecision, ReplayReport } from './replay/report.js';
export {
  type SimulatedDecision,
  type SimulateOptions,
  type SimulationReport,
  simulate,
} from './replay/simulate.js';
