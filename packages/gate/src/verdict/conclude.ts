import type { Assessment } from '../executor.js';
import type { GateMetrics, GateVerdict, MetricType, OnFail } from '../model/verdict.js';
import { compilePassCondition } from './condition.js';

/** The final verdict of a gate. */
export interface GateConclusion {
  readonly verdict: GateVerdict;
  /** True when the gate stops the release. */
  readonly blocking: boolean;
  readonly reasonCode: string;
  readonly reason: string;
  readonly metrics: GateMetrics;
}

/** The pipeline's settings for a gate. */
export interface GateTerms {
  readonly onFail: OnFail;
  readonly passCondition?: string;
  /** Metrics that the condition may name; without them it cannot be decided. */
  readonly metrics: Readonly<Record<string, MetricType>>;
}

/** A failure that no condition can change: something could not be checked. */
export function failure(reasonCode: string, reason: string): Assessment {
  return { result: 'fail', firm: true, reasonCode, reason, metrics: {} };
}

/**
 * An inconclusive result that no condition can change: the evidence does not answer the question.
 */
export function inconclusive(
  reasonCode: string,
  reason: string,
  metrics: GateMetrics = {},
): Assessment {
  return { result: 'inconclusive', firm: true, reasonCode, reason, metrics };
}

function applyCondition(assessment: Assessment, terms: GateTerms): Assessment {
  const { passCondition } = terms;
  if (passCondition === undefined || assessment.firm) return assessment;
  const { metrics } = assessment;
  let decided: ReturnType<ReturnType<typeof compilePassCondition>['evaluate']>;
  try {
    decided = compilePassCondition(passCondition, terms.metrics).evaluate(metrics);
  } catch {
    return { ...failure('pass_condition_invalid', 'the pass condition cannot be read'), metrics };
  }
  if (decided.value === true) {
    const reason = `the pass condition holds: ${passCondition}`;
    return assessment.result === 'pass'
      ? assessment
      : { ...assessment, result: 'pass', reasonCode: 'pass_condition_met', reason };
  }
  const why =
    decided.value === false
      ? `the pass condition does not hold: ${passCondition}`
      : `the pass condition cannot be decided (${decided.reason}${decided.path === undefined ? '' : `: ${decided.path}`}): ${passCondition}`;
  const code = decided.value === false ? 'pass_condition_not_met' : 'pass_condition_indeterminate';
  return { ...failure(code, why), metrics };
}

/**
 * Computes the verdict of a gate from its own rule, its `pass_condition` and its `on_fail`. Pure:
 * the same facts give the same verdict anywhere.
 *
 * A failure is FAIL under `block`, WARN under `warn`, and a FAIL that stops nothing under `report`.
 * INCONCLUSIVE keeps its name and is treated the same way.
 */
export function concludeGate(assessment: Assessment, terms: GateTerms): GateConclusion {
  const { result, reasonCode, reason, metrics } = applyCondition(assessment, terms);
  const rest = { reasonCode, reason, metrics };
  const blocks = terms.onFail === 'block';
  switch (result) {
    case 'pass':
      return { verdict: 'PASS', blocking: false, ...rest };
    case 'warn':
      return { verdict: 'WARN', blocking: false, ...rest };
    case 'skipped':
      return { verdict: 'SKIPPED', blocking: false, ...rest };
    case 'inconclusive':
      return { verdict: 'INCONCLUSIVE', blocking: blocks, ...rest };
    case 'fail':
      return { verdict: terms.onFail === 'warn' ? 'WARN' : 'FAIL', blocking: blocks, ...rest };
  }
}

/** The parts of a gate that the run's verdict needs. */
export interface Concluded {
  readonly gateId: string;
  readonly verdict: GateVerdict;
  readonly onFail: OnFail;
  readonly blocking: boolean;
}

/** The verdict of a run, and how many gates have which verdict. */
export interface RunConclusion {
  readonly verdict: GateVerdict;
  readonly passed: number;
  readonly failed: number;
  readonly warned: number;
  readonly skipped: number;
  readonly reported: number;
  readonly failedGates: readonly string[];
}

/** Computes the verdict of a run. A run in which nothing was checked does not pass. Pure. */
export function concludeRun(gates: readonly Concluded[]): RunConclusion {
  const count = (holds: (gate: Concluded) => boolean): number => gates.filter(holds).length;
  const failedGates = gates.filter(({ blocking }) => blocking).map(({ gateId }) => gateId);
  const counts = {
    passed: count(({ verdict }) => verdict === 'PASS'),
    failed: failedGates.length,
    warned: count(
      ({ verdict, onFail }) =>
        verdict === 'WARN' || (verdict === 'INCONCLUSIVE' && onFail === 'warn'),
    ),
    skipped: count(({ verdict }) => verdict === 'SKIPPED'),
    reported: count(
      ({ verdict, onFail }) =>
        (verdict === 'FAIL' || verdict === 'INCONCLUSIVE') && onFail === 'report',
    ),
    failedGates,
  };
  if (failedGates.length > 0) return { verdict: 'FAIL', ...counts };
  if (counts.skipped === gates.length) return { verdict: 'INCONCLUSIVE', ...counts };
  return { verdict: counts.warned > 0 ? 'WARN' : 'PASS', ...counts };
}
