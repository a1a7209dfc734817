import type { CanaryJudgement } from './judge.js';
import type { CanaryReport } from './report.js';
import type { CanaryProgress } from './state.js';
import { toStatus } from './status.js';

const HELD = {
  state_unavailable: 'How far the canary has come cannot be read.',
  evidence_unavailable: 'The look could not be recorded.',
  action_failed: 'What was decided could not be done yet.',
  contended: 'Other replicas were faster each time.',
} as const;

/** Why a look could not conclude. */
export type HeldCode = keyof typeof HELD;

/** The report of a look that could not conclude; the canary stays as it is. */
export function heldReport(
  id: string,
  code: HeldCode,
  progress: CanaryProgress | undefined,
  allRecorded: boolean,
): CanaryReport {
  const report = { verdict: 'hold', reasonCode: code, reason: HELD[code] } as const;
  const recorded = code !== 'evidence_unavailable' && allRecorded;
  return progress === undefined
    ? { ...report, recorded }
    : { ...report, recorded, status: toStatus(id, progress) };
}

/** The report of what the last record says. */
export function lastReport(id: string, progress: CanaryProgress): CanaryReport {
  const { verdict, reasonCode, reason } = progress.last;
  return { verdict, reasonCode, reason, recorded: true, status: toStatus(id, progress) };
}

/** The report of a judgement that could not be recorded. */
export function unrecordedReport(
  id: string,
  { verdict, reasonCode, reason }: CanaryJudgement,
  progress: CanaryProgress,
): CanaryReport {
  return { verdict, reasonCode, reason, recorded: false, status: toStatus(id, progress) };
}
