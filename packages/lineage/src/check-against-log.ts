import type { EvidenceContext } from '@spanforge/core-events';
import { type CheckedEntry, cycleError } from './entry.js';
import { LineageError } from './error.js';
import type { StepReader } from './step-reader.js';

/** Parents are steps that made or used data of this entry, or that belong to its trace. */
async function possibleParents(
  { inputs, outputs }: CheckedEntry,
  { tenant, traceId }: EvidenceContext,
  { readBy }: StepReader,
): Promise<ReadonlySet<string>> {
  const keys = [...inputs, ...outputs].map(({ id }) => ({ subject: id }));
  const lists = await Promise.all([...keys, { traceId }].map((key) => readBy(key, { tenant })));
  return new Set(lists.flat().map(({ recordId }) => recordId));
}

/**
 * The checks of an entry that need the log: no input was made from one of its outputs, and its parents
 * are on record.
 *
 * @throws {LineageError} `LINEAGE_CYCLE`, `LINEAGE_PARENT_UNKNOWN`, `LINEAGE_EVIDENCE_UNAVAILABLE`.
 */
export async function checkAgainstLog(
  entry: CheckedEntry,
  context: EvidenceContext,
  steps: StepReader,
): Promise<void> {
  const { tenant } = context;
  const inputs = entry.inputs.map(({ id }) => id);
  const behind = new Set((await steps.walkFrom(inputs, 'ancestors', { tenant })).data);
  const own = entry.outputs.find(({ id }) => behind.has(id));
  if (own !== undefined) throw cycleError(own.id);
  if (entry.parents === undefined || entry.parents.length === 0) return;
  const known = await possibleParents(entry, context, steps);
  const parent = entry.parents.find((id) => !known.has(id));
  if (parent === undefined) return;
  const message = 'a parent step is not on record in this trace';
  throw new LineageError('LINEAGE_PARENT_UNKNOWN', message, { details: { parent } });
}
