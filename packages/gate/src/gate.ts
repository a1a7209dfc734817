import { gateStatus, purgeArtifacts, setBaseline } from './service/administer.js';
import { evaluateOne, evaluatePrri, evaluateTrust } from './service/evaluate.js';
import { artifactStore, gateParts } from './service/gate-parts.js';
import { runPipeline } from './service/run-pipeline.js';
import { resolveSettings } from './settings.js';
import type { GateOptions, ReleaseGate } from './types.js';

/**
 * Creates a gate service. Nothing is read, written or started before a method is called.
 *
 * @throws {GateError} `GATE_OPTIONS_INVALID` for a setting that cannot be used.
 */
export function createGate(options: GateOptions): ReleaseGate {
  const parts = gateParts(options);
  return Object.freeze({
    runPipeline: (path, given) => runPipeline(parts, path, given),
    evaluate: (gateId, payload, given) => evaluateOne(parts, gateId, payload, given),
    evaluatePrri: (score, request) => evaluatePrri(parts, score, request),
    trustGate: (given) => evaluateTrust(parts, given),
    updateBaseline: (gateId, given) => setBaseline(parts, gateId, given),
    getArtifact: async (gateId) => artifactStore(parts).latest(gateId),
    listArtifacts: async ({ projectId } = {}) => artifactStore(parts).list(projectId),
    purgeArtifacts: (given) => purgeArtifacts(parts, given),
    configure(change) {
      parts.settings = resolveSettings(change, parts.settings);
    },
    getStatus: () => gateStatus(parts),
  } satisfies ReleaseGate);
}
