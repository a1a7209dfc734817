import { GateError, SFGateTrustFailedError } from '../error.js';
import type { GateArtifact, GateRun } from '../model/artifact.js';
import type { PrriRequest, PrriResult } from '../model/prri.js';
import { defineGate } from '../pipeline/define-gate.js';
import { evaluateGate } from '../pipeline/evaluate-gate.js';
import { readBook } from '../pipeline/read-inputs.js';
import { prriBand } from '../prri/band.js';
import { trustResultOf } from '../trust/executor.js';
import type { EvaluateOptions } from '../types.js';
import { concludeRun } from '../verdict/conclude.js';
import { alertTrust, finishGate, verdictDrafts } from './finish-gate.js';
import { type GateParts, projectOf, recordDrafts, servicesFor } from './gate-parts.js';

/** Evaluates one gate, writes its artifact and records it; see `ReleaseGate.evaluate`. */
export async function evaluateOne(
  parts: GateParts,
  gateId: string,
  payload?: unknown,
  given: EvaluateOptions = {},
): Promise<GateArtifact> {
  const { executors, monotonic, clock, options } = parts;
  const gate = defineGate(gateId, given, executors);
  const projectId = projectOf(parts, given.projectId);
  const book = await readBook(options.root, given.suppressions, clock());
  const evaluated = await evaluateGate(executors.get(gate.type), gate, {
    ...{ services: servicesFor(parts, book, projectId), monotonic },
    ...(payload === undefined ? {} : { payload }),
  });
  const finished = await finishGate(parts, evaluated, { projectId, write: given.dryRun !== true });
  const [recordId] = await recordDrafts(parts, verdictDrafts(parts, finished));
  await alertTrust(parts, finished.artifact);
  return recordId === undefined ? finished.artifact : { ...finished.artifact, recordId };
}

/** Judges a readiness score as a gate; see `ReleaseGate.evaluatePrri`. */
export async function evaluatePrri(
  parts: GateParts,
  score: number,
  request: PrriRequest = {},
): Promise<PrriResult> {
  const { framework = 'default', dimensionBreakdown = {}, projectId } = request;
  const verdict = prriBand(score, parts.settings.prriRedThreshold);
  if (verdict === undefined) {
    throw new GateError('GATE_OPTIONS_INVALID', 'prriScore: expected a number from 0 to 100', {
      details: { option: 'prriScore' },
    });
  }
  const project = projectOf(parts, projectId);
  await evaluateOne(parts, 'prri-check', undefined, {
    with: { score, dimensions: { ...dimensionBreakdown }, framework },
    ...(project === undefined ? {} : { projectId: project }),
  });
  return {
    ...{ verdict, allow: verdict !== 'RED', prriScore: score, framework, dimensionBreakdown },
    ...(project === undefined ? {} : { projectId: project }),
  };
}

/** Evaluates the trust gate, and throws if it blocks; see `ReleaseGate.trustGate`. */
export async function evaluateTrust(
  parts: GateParts,
  given: { readonly projectId?: string } = {},
): Promise<GateArtifact> {
  const artifact = await evaluateOne(parts, 'trust-gate', undefined, given);
  if (!artifact.blocking) return artifact;
  const run: GateRun = {
    ...{ runId: parts.ids(), pipeline: 'trust-gate', artifacts: [artifact] },
    ...concludeRun([artifact]),
    durationMs: artifact.durationMs,
  };
  throw new SFGateTrustFailedError(run, trustResultOf(artifact));
}
