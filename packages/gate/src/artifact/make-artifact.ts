import type { GateArtifact } from '../model/artifact.js';
import { compareFindings } from '../model/finding.js';
import type { EvaluatedGate } from '../verdict/assess.js';

const MAX_LISTED = 1000;

/** Makes the artifact of one evaluation, before it is written. Pure. */
export function makeArtifact(
  { gate, gathered, conclusion, durationMs }: EvaluatedGate,
  timestamp: string,
  projectId: string | undefined,
): GateArtifact {
  const findings = [...(gathered.findings ?? [])].sort(compareFindings);
  return {
    ...{ gateId: gate.id, name: gate.name ?? gate.id, type: gate.type, onFail: gate.on_fail },
    ...conclusion,
    timestamp,
    durationMs: Math.round(durationMs * 1000) / 1000,
    ...(projectId === undefined ? {} : { projectId }),
    findings: findings.slice(0, MAX_LISTED),
    findingCount: gathered.findingCount ?? findings.length,
  };
}
