import { formatTime, type RecordDraft } from '@spanforge/core-events';
import { makeArtifact } from '../artifact/make-artifact.js';
import type { GateArtifact } from '../model/artifact.js';
import { TRUST } from '../pipeline/throw-blocked.js';
import { draftVerdict } from '../record.js';
import { trustResultOf } from '../trust/executor.js';
import type { EvaluatedGate } from '../verdict/assess.js';
import { artifactStore, type GateParts } from './gate-parts.js';

/** An evaluated gate with its artifact. */
export interface FinishedGate {
  readonly evaluated: EvaluatedGate;
  readonly artifact: GateArtifact;
  /** SHA-256 of the artifact's file, hex; absent if none was written. */
  readonly sha256?: string;
}

/**
 * Makes the artifact of an evaluated gate, and writes it if `write` is true.
 *
 * @throws {GateError} `GATE_ARTIFACT_UNWRITABLE`.
 */
export async function finishGate(
  parts: GateParts,
  evaluated: EvaluatedGate,
  { projectId, write }: { readonly projectId: string | undefined; readonly write: boolean },
): Promise<FinishedGate> {
  const artifact = makeArtifact(evaluated, formatTime(parts.clock()), projectId);
  if (!write) return { evaluated, artifact };
  const attachments = evaluated.gathered.attachments ?? [];
  const written = await artifactStore(parts).write(artifact, parts.ids(), attachments);
  return { evaluated, ...written };
}

/** The record of a finished gate's verdict; none without a context. */
export function verdictDrafts(
  { options: { context } }: GateParts,
  { artifact, evaluated, sha256 }: FinishedGate,
  runId?: string,
): readonly RecordDraft[] {
  if (context === undefined) return [];
  const { inputs = [], facts } = evaluated.gathered;
  const number = (name: string) =>
    typeof facts[name] === 'number' ? Number(facts[name]) : undefined;
  const verdict = draftVerdict(context, artifact, runId, {
    artifactSha256: sha256,
    inputSha256: inputs.length === 1 ? inputs[0]?.sha256 : undefined,
    decisions: number('decisions'),
    decisionsAllowed: number('decisions_allowed'),
  });
  return [verdict];
}

/** Calls `onAlert` if this is a trust gate that did not pass. */
export async function alertTrust(
  { options: { onAlert } }: GateParts,
  artifact: GateArtifact,
): Promise<void> {
  if (artifact.type !== TRUST || artifact.verdict === 'PASS' || onAlert === undefined) return;
  const { gateId, projectId } = artifact;
  try {
    await onAlert({
      ...{ level: 'CRITICAL', gateId, trust: trustResultOf(artifact) },
      ...(projectId === undefined ? {} : { projectId }),
    });
  } catch {
    // The release is stopped whether or not the alert was delivered.
  }
}
