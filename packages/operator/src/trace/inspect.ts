import type { EvidenceRecord } from '@spanforge/core-events';
import type { SignedCheckpoint } from '@spanforge/core-events/log';
import type { NoteVerifier } from '@spanforge/core-signing';
import type { OperatorLog } from '../log-state.js';
import { textOf } from './body.js';
import { checkChain, type RecordState } from './chain.js';
import { findInRecords } from './completeness.js';
import { decisionIn, effectOf } from './decisions.js';
import { outcomeOf, strictestOf } from './outcome.js';
import type { Selection } from './read-trace.js';
import type { TimelineEntry, TraceReport } from './report.js';
import { describeChain, summarise } from './summary.js';
import { findWriterHoles } from './writer-holes.js';

/** What an inspection needs beside the records. */
export interface InspectionParts {
  readonly log: OperatorLog;
  readonly checkpoint: SignedCheckpoint | undefined;
  readonly logKey: NoteVerifier | undefined;
  readonly maxWriterScan: number;
  /** Whether the selection is of whole traces; true when absent. */
  readonly whole?: boolean;
}

function subjectOf({ body }: EvidenceRecord): string {
  const [tool, resource, action] = ['tool', 'resource', 'action'].map((name) => textOf(body, name));
  if (tool !== undefined) return tool;
  return [action, resource].filter((part) => part !== undefined).join(' ');
}

function entryOf(record: EvidenceRecord, state: RecordState): TimelineEntry {
  const { index, id, time, type, mode, context } = record;
  const outcome = effectOf(record);
  return {
    index,
    id,
    time,
    type,
    mode,
    agent: context.agent,
    actor: context.actor,
    subject: subjectOf(record),
    ...(outcome === undefined ? {} : { outcome }),
    reason: textOf(record.body, 'reason') ?? '',
    state,
  };
}

/**
 * Reports everything about the records of one trace except disclosed values, because the report goes
 * into packages.
 */
export async function inspectSelection(
  traceId: string,
  selection: Selection,
  { log, checkpoint, logKey, maxWriterScan, whole = true }: InspectionParts,
): Promise<Omit<TraceReport, 'services' | 'boundary'>> {
  const { records, broken } = selection;
  const { report: chain, states } = await checkChain(log, selection, checkpoint, logKey);
  const lost = records.length === 0 && broken.length > 0;
  const outcome = lost ? 'undecided' : outcomeOf(records);
  const controls = records.flatMap((record) => decisionIn(record) ?? []);
  return {
    traceId,
    origin: log.origin,
    status: outcome === 'no_evidence' ? 'no_evidence' : 'found',
    outcome,
    strictest: lost ? 'undecided' : strictestOf(records),
    summary: summarise(records, outcome, describeChain(chain)),
    timeline: records.map((record) => entryOf(record, states.get(record.index) ?? 'broken')),
    controls,
    chain,
    completeness: [
      ...findInRecords(records, whole),
      ...(await findWriterHoles(log, records, maxWriterScan)),
    ],
  };
}
