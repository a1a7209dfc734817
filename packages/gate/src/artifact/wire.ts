import { z } from 'zod';
import type { GateArtifact } from '../model/artifact.js';
import { GATE_ID } from '../model/definition.js';
import { SEVERITIES } from '../model/finding.js';
import { ON_FAIL } from '../model/verdict.js';

const text = z.string().max(4096);

const finding = z.strictObject({
  rule: text,
  severity: z.enum(SEVERITIES),
  message: text,
  file: text.optional(),
  line: z.number().optional(),
  column: z.number().optional(),
  fingerprint: text,
  engines: z.array(text),
  aliases: z.array(text).optional(),
  component: text.optional(),
  suppressed: z.boolean().optional(),
});

/** An artifact as stored in its file. */
export const artifactSchema = z.strictObject({
  gate_id: z.string().regex(GATE_ID),
  name: text,
  verdict: z.enum(['PASS', 'WARN', 'FAIL', 'SKIPPED', 'INCONCLUSIVE']),
  metrics: z.record(
    z.string(),
    z.union([z.number(), z.boolean(), z.string(), z.array(z.string())]),
  ),
  timestamp: z.iso.datetime(),
  duration_ms: z.number().min(0),
  artifact_path: text.optional(),
  project_id: text.optional(),
  type: text,
  on_fail: z.enum(ON_FAIL),
  blocking: z.boolean(),
  reason: text,
  reason_code: text,
  findings: z.array(finding),
  finding_count: z.int().min(0),
});

/** An artifact on the wire. */
export type ArtifactWire = z.infer<typeof artifactSchema>;

/** Converts an artifact to its wire form. */
export function artifactToWire(artifact: GateArtifact): ArtifactWire {
  const { gateId, name, verdict, metrics, timestamp, durationMs, artifactPath, projectId } =
    artifact;
  const { type, onFail, blocking, reason, reasonCode, findings, findingCount } = artifact;
  return {
    ...{ gate_id: gateId, name, verdict },
    metrics: { ...metrics } as ArtifactWire['metrics'],
    ...{ timestamp, duration_ms: durationMs },
    ...(artifactPath === undefined ? {} : { artifact_path: artifactPath }),
    ...(projectId === undefined ? {} : { project_id: projectId }),
    ...{ type, on_fail: onFail, blocking, reason, reason_code: reasonCode },
    findings: findings.map((one) => ({ ...one }) as ArtifactWire['findings'][number]),
    finding_count: findingCount,
  };
}

/** Converts an artifact from its wire form. */
export function artifactFromWire(wire: ArtifactWire): GateArtifact {
  return {
    ...{ gateId: wire.gate_id, name: wire.name, verdict: wire.verdict, metrics: wire.metrics },
    ...{ timestamp: wire.timestamp, durationMs: wire.duration_ms },
    ...(wire.artifact_path === undefined ? {} : { artifactPath: wire.artifact_path }),
    ...(wire.project_id === undefined ? {} : { projectId: wire.project_id }),
    ...{ type: wire.type, onFail: wire.on_fail, blocking: wire.blocking },
    ...{ reason: wire.reason, reasonCode: wire.reason_code },
    findings: wire.findings as GateArtifact['findings'],
    findingCount: wire.finding_count,
  };
}
