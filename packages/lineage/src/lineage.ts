import type { EvidenceContext, RecordDraft } from '@spanforge/core-events';
import { systemClock } from '@spanforge/core-events';
import {
  type CheckedEntry,
  checkEntry,
  cycle,
  declassificationDraft,
  entryDraft,
  policySubject,
} from './entry.js';
import { LineageError } from './error.js';
import { createLattice } from './labels/lattice.js';
import { readSteps } from './read-steps.js';
import type {
  DataReference,
  Declassification,
  Lineage,
  LineageCall,
  LineageEntry,
  LineageOptions,
  RecordedStep,
  WalkOptions,
} from './types.js';
import { type Direction, walk } from './walk.js';

/** Creates a lineage service over an evidence log. Nothing is read or written before it is asked. */
export function createLineage(options: LineageOptions): Lineage {
  const { reader, policy } = options;
  const { tenant } = options.context;
  const clock = options.clock ?? systemClock;
  const lattice = options.lattice ?? createLattice();
  const bySubject = (subject: string) => readSteps(reader, { tenant, subject });
  const walkFrom = (
    from: readonly string[],
    direction: Direction,
    { maxSteps }: WalkOptions = {},
  ) => walk(bySubject, from, direction, maxSteps);

  async function append(
    draft: RecordDraft,
    { recorder = options.recorder }: LineageCall,
    outputs: readonly DataReference[],
  ): Promise<RecordedStep> {
    try {
      // The log answers once the record is durable, a stage once it goes with the next commit.
      const [recordId = ''] = (await recorder.append([draft])).ids;
      return { recordId, outputs };
    } catch (cause) {
      const message = 'the step could not be recorded';
      throw new LineageError('LINEAGE_EVIDENCE_UNAVAILABLE', message, { cause });
    }
  }

  /** What only the log can tell: that no output lies behind an input, and that parents exist. */
  async function checkAgainstLog(entry: CheckedEntry, traceId: string): Promise<void> {
    const behind = new Set((await walkFrom(idsOf(entry.inputs), 'ancestors')).data);
    const own = entry.outputs.find(({ id }) => behind.has(id));
    if (own !== undefined) throw cycle(own.id);
    if (entry.parents === undefined || entry.parents.length === 0) return;
    const known = await parentsKnown(entry, traceId);
    const unknown = entry.parents.find((id) => !known.has(id));
    if (unknown === undefined) return;
    throw new LineageError('LINEAGE_PARENT_UNKNOWN', 'a parent is not on record here', {
      details: { parent: unknown },
    });
  }

  /** A parent made or took data of this step, or stands in its trace. */
  async function parentsKnown(entry: CheckedEntry, traceId: string): Promise<ReadonlySet<string>> {
    const lists = [...entry.inputs, ...entry.outputs].map(({ id }) => bySubject(id));
    lists.push(readSteps(reader, { tenant, traceId }));
    return new Set((await Promise.all(lists)).flat().map(({ recordId }) => recordId));
  }

  async function record(entry: LineageEntry, call: LineageCall = {}): Promise<RecordedStep> {
    const checked = checkEntry(entry, lattice);
    const context = call.context ?? options.context;
    await checkAgainstLog(checked, context.traceId);
    return append(entryDraft(checked, context), call, checked.outputs);
  }

  return Object.freeze({
    record,
    async recordWithPolicy(entry: LineageEntry, call: LineageCall = {}) {
      const context = call.context ?? options.context;
      const verdict = await policy
        ?.decide(question(entry, context, clock()))
        .catch(() => undefined);
      const digest = verdict?.policy?.digest;
      const known = digest === undefined ? entry : { ...entry, policyDigest: digest };
      return { record: await record(known, call), verdict };
    },
    async declassify(step: Declassification, call: LineageCall = {}) {
      const context = call.context ?? options.context;
      checkDeclassification(step, context, clock());
      const { draft, output } = declassificationDraft(step, context, lattice);
      return append(draft, call, [output]);
    },
    ancestors: (data: string, limits?: WalkOptions) => walkFrom([data], 'ancestors', limits),
    descendants: (data: string, limits?: WalkOptions) => walkFrom([data], 'descendants', limits),
    async impact(of: { data: string } | { policyDigest: string }, limits?: WalkOptions) {
      if ('data' in of) return walkFrom([of.data], 'descendants', limits);
      const touched = await bySubject(policySubject(of.policyDigest));
      const first = [...new Set(touched.flatMap(({ outputs }) => idsOf(outputs)))];
      const further = await walkFrom(first, 'descendants', limits);
      const records = new Map([...touched, ...further.records].map((one) => [one.recordId, one]));
      return {
        data: [...first, ...further.data],
        records: [...records.values()].sort((a, b) => a.index - b.index),
        truncated: further.truncated,
      };
    },
    listForTrace: (traceId: string) => readSteps(reader, { tenant, traceId }),
    listForSubject: bySubject,
    async getStatus() {
      const size = await reader.size().catch(() => undefined);
      return { status: size === undefined ? 'unavailable' : 'ok' } as const;
    },
  } satisfies Lineage);
}

const idsOf = (data: readonly { readonly id: string }[]): readonly string[] =>
  data.map(({ id }) => id);

function question(entry: LineageEntry, context: EvidenceContext, time: number) {
  const labels = [...(entry.inputs ?? []), ...(entry.outputs ?? [])].flatMap(
    (one) => one.labels ?? [],
  );
  return {
    ...{ service: 'sf_lineage', control: 'lineage_capture', action: entry.activity, time },
    ...{ actor: { id: context.actor }, agent: { id: context.agent }, env: context.env, labels },
  };
}

function checkDeclassification(
  { data, as, labels, approver, expiresAtMs, reason }: Declassification,
  context: EvidenceContext,
  nowMs: number,
): void {
  const held = new Set(data.labels ?? []);
  const faults: readonly (readonly [string, boolean])[] = [
    ['$.labels', labels.length === 0 || !labels.every((label) => held.has(label))],
    ['$.as', as === '' || as === data.id],
    ['$.approver', approver === '' || approver === context.agent],
    ['$.expiresAtMs', !(expiresAtMs > nowMs)],
    ['$.reason', reason === ''],
  ];
  const path = faults.find(([, wrong]) => wrong)?.[0];
  if (path === undefined) return;
  throw new LineageError('LINEAGE_RECORD_INVALID', `${path}: not a declassification`, {
    details: { path },
  });
}
