import { GateError } from '../error.js';
import { draftAct } from '../record.js';
import { typeOfGate } from '../resolve-gate.js';
import { emptyBook } from '../suppress/book.js';
import type { GateStatus, ReleaseGate } from '../types.js';
import {
  artifactStore,
  type GateParts,
  projectOf,
  recordDrafts,
  servicesFor,
} from './gate-parts.js';
import { updateBaseline } from './update-baseline.js';

const DAY_MS = 86_400_000;

/** Removes old artifacts and records it; see `ReleaseGate.purgeArtifacts`. */
export async function purgeArtifacts(
  parts: GateParts,
  { olderThanDays = parts.settings.artifactRetentionDays } = {},
): Promise<number> {
  const { legalHold, context } = parts.options;
  if (legalHold === true) {
    throw new GateError('GATE_OPTIONS_INVALID', 'nothing may be purged under a legal hold');
  }
  if (!(Number.isFinite(olderThanDays) && olderThanDays >= 0)) {
    throw new GateError('GATE_OPTIONS_INVALID', 'olderThanDays: expected a number of at least 0');
  }
  const removed = await artifactStore(parts).purge(parts.clock() - olderThanDays * DAY_MS);
  if (context !== undefined && removed.length > 0) {
    const act = draftAct(context, {
      ...{ kind: 'purge', gateId: 'artifacts', gateType: 'artifacts' },
      reason: `${removed.length} artifacts older than ${olderThanDays} days were removed`,
      metrics: { removed: removed.length, older_than_days: olderThanDays, names: removed },
    });
    await recordDrafts(parts, [act]);
  }
  return removed.length;
}

/** Measures and stores a baseline, and records it; see `ReleaseGate.updateBaseline`. */
export async function setBaseline(
  parts: GateParts,
  gateId: string,
  given: Parameters<ReleaseGate['updateBaseline']>[1] = {},
): ReturnType<ReleaseGate['updateBaseline']> {
  const services = servicesFor(parts, emptyBook(), projectOf(parts, given.projectId));
  const type = given.type ?? typeOfGate(gateId, parts.executors);
  const { draft, ...updated } = await updateBaseline(gateId, type, services, given);
  const { context } = parts.options;
  if (context !== undefined) await recordDrafts(parts, [draftAct(context, draft)]);
  return updated;
}

/** Checks the artifact folder and the log; see `ReleaseGate.getStatus`. */
export async function gateStatus(parts: GateParts): Promise<GateStatus> {
  const { options, executors, settings } = parts;
  const artifacts = artifactStore(parts);
  const writable = await artifacts.writable();
  let readable = true;
  try {
    await options.reader?.size();
  } catch {
    readable = false;
  }
  const missing = !writable ? 'artifact_dir_unwritable' : 'evidence_unavailable';
  const healthy = writable && readable;
  return {
    ...(healthy ? { status: 'ok' } : { status: 'unavailable', reasonCode: missing }),
    ...{ gateCount: executors.size, artifactCount: await artifacts.count() },
    ...{ artifactDir: settings.artifactDir, retentionDays: settings.artifactRetentionDays },
    healthy,
  };
}
