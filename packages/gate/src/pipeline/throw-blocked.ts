import { SFGatePipelineError, SFGateTrustFailedError } from '../error.js';
import type { GateRun } from '../model/artifact.js';
import { trustResultOf } from '../trust/executor.js';

/** The type of the composite trust gate. */
export const TRUST = 'halluccheck_trust';

/**
 * Returns a run that may go on.
 *
 * @throws {SFGateTrustFailedError} when the trust gate is among those that stop it.
 * @throws {SFGatePipelineError} when any other does, or when every gate was skipped.
 */
export function throwBlocked(run: GateRun): GateRun {
  const trust = run.artifacts.find(({ type, blocking }) => type === TRUST && blocking);
  if (trust !== undefined) throw new SFGateTrustFailedError(run, trustResultOf(trust));
  if (run.failed > 0 || run.verdict === 'INCONCLUSIVE') throw new SFGatePipelineError(run);
  return run;
}
