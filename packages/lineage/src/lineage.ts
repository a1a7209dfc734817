import {
  askPolicy,
  type EvidenceContext,
  type HeardPolicy,
  policyHasSay,
  type RecordDraft,
  systemClock,
  type TraceListOptions,
} from '@spanforge/core-events';
import { checkAgainstLog } from './check-against-log.js';
import { checkEntry, declassificationDraft, entryDraft, policySubject } from './entry.js';
import { LineageError } from './error.js';
import { createLattice } from './labels/lattice.js';
import { createStepReader, type StepReader } from './step-reader.js';
import type {
  DataReference,
  Declassification,
  Lineage,
  LineageCall,
  LineageEntry,
  LineageOptions,
  RecordedStep,
  Walk,
  WalkOptions,
} from './types.js';

/** The policy, and the record of its decision, that an entry was recorded under. */
function decidedBy(heard: HeardPolicy | undefined) {
  const digest = heard?.verdict.policy?.digest;
  return {
    ...(digest === undefined ? {} : { policyDigest: digest }),
    ...(heard?.decisionId === undefined ? {} : { policyDecisionId: heard.decisionId }),
  };
}

/** What came of some data, or of everything that was recorded under a policy. */
async function impactOf(
  { readBy, walkFrom }: StepReader,
  of: { readonly data: string } | { readonly policyDigest: string },
  limits: WalkOptions = {},
): Promise<Walk> {
  if ('data' in of) return walkFrom([of.data], 'descendants', limits);
  const touched = await readBy({ subject: policySubject(of.policyDigest) }, limits);
  const first = [...new Set(touched.flatMap(({ outputs }) => idsOf(outputs)))];
  const further = await walkFrom(first, 'descendants', limits);
  const records = new Map([...touched, ...further.records].map((one) => [one.recordId, one]));
  return {
    data: [...first, ...further.data],
    records: [...records.values()].sort((a, b) => a.index - b.index),
    truncated: further.truncated,
  };
}

/** Creates a lineage service over an evidence log. Creating it reads and writes nothing. */
export function createLineage(options: LineageOptions): Lineage {
  const { reader, policy, policyTimeoutMs = 1000 } = options;
  let troubled = false;
  const clock = options.clock ?? systemClock;
  const lattice = options.lattice ?? createLattice();
  const steps = createStepReader(reader);
  const { readBy, walkFrom } = steps;

  async function append(
    draft: RecordDraft,
    { recorder = options.recorder }: LineageCall,
    outputs: readonly DataReference[],
  ): Promise<RecordedStep> {
    try {
      // The log answers when the record is durable, a stage when the record will go with the next
      // commit.
      const [recordId = ''] = (await recorder.append([draft])).ids;
      troubled = false;
      return { recordId, outputs };
    } catch (cause) {
      troubled = true;
      const message = 'the step could not be recorded';
      throw new LineageError('LINEAGE_EVIDENCE_UNAVAILABLE', message, { cause });
    }
  }

  async function record(entry: LineageEntry, call: LineageCall): Promise<RecordedStep> {
    const checked = checkEntry(entry, lattice);
    await checkAgainstLog(checked, call.context, steps);
    return append(entryDraft(checked, call.context), call, checked.outputs);
  }

  async function ask(
    entry: LineageEntry,
    { context, recorder = options.recorder }: LineageCall,
  ): Promise<HeardPolicy | undefined> {
    if (!policyHasSay(policy, { ...LINEAGE_QUESTION, context })) return undefined;
    return askPolicy(policy, question(entry, context, clock()), {
      timeoutMs: policyTimeoutMs,
      scope: { recorder, context },
    });
  }

  return Object.freeze({
    record,
    async recordWithPolicy(entry: LineageEntry, call: LineageCall) {
      const heard = await ask(entry, call);
      const known = { ...entry, ...decidedBy(heard) };
      return { record: await record(known, call), verdict: heard?.verdict };
    },
    async declassify(step: Declassification, call: LineageCall) {
      const { context } = call;
      checkDeclassification(step, context, clock());
      const { draft, output } = declassificationDraft(step, context, lattice);
      return append(draft, call, [output]);
    },
    ancestors: (data: string, limits?: WalkOptions) => walkFrom([data], 'ancestors', limits),
    descendants: (data: string, limits?: WalkOptions) => walkFrom([data], 'descendants', limits),
    impact: (of: { data: string } | { policyDigest: string }, limits?: WalkOptions) =>
      impactOf(steps, of, limits),
    listForTrace: (traceId: string, where?: TraceListOptions) => readBy({ traceId }, where),
    listForSubject: (subject: string, where?: TraceListOptions) => readBy({ subject }, where),
    async getStatus() {
      const size = await reader.size().catch(() => undefined);
      if (size === undefined) return { status: 'unavailable' as const };
      return { status: troubled ? ('degraded' as const) : ('ok' as const) };
    },
  } satisfies Lineage);
}

/** The names under which the policy is asked. */
const LINEAGE_QUESTION = Object.freeze({ service: 'sf_lineage', control: 'lineage_capture' });

const idsOf = (data: readonly { readonly id: string }[]): readonly string[] =>
  data.map(({ id }) => id);

function question(entry: LineageEntry, context: EvidenceContext, time: number) {
  const labels = [...(entry.inputs ?? []), ...(entry.outputs ?? [])].flatMap(
    (one) => one.labels ?? [],
  );
  return {
    ...LINEAGE_QUESTION,
    ...{ action: entry.activity, time },
    ...{ actor: { id: context.actor }, agent: { id: context.agent }, env: context.env, labels },
  };
}

/** @throws {LineageError} `LINEAGE_RECORD_INVALID`. */
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
