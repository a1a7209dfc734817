import type { RecordDraft } from '@spanforge/core-events';
import { type EvidenceLog, openEvidenceLog } from '@spanforge/core-events/log';
import { lineageV1 } from '@spanforge/core-events/records';
import { openSqliteStore } from '@spanforge/store-sqlite';

/** Steps of one trace. */
export const STEPS = 20;
/** Steps about one subject, in as many traces, spread over the whole log. */
export const STEPS_OF_SUBJECT = 50;
/** Traces that are under way at the same time, so that no trace stands in one place. */
const TRACES_AT_ONCE = 32;
/** Records of one commit. */
const COMMIT = 64;

const HMAC = {
  kid: 'bench',
  secret: Uint8Array.from({ length: 32 }, (_, at) => (at * 89 + 41) % 256),
};

/** Where everything of this log belongs, apart from its trace. */
export const CONTEXT = {
  tenant: 'acme',
  project: 'claims',
  env: 'prod',
  run: 'bench',
  traceId: 'bench',
  agent: 'claims-agent',
  actor: 'case-worker-7',
  source: 'bench@1.0.0',
};

/** A log of lineage, and how many records its store has handed out. */
export interface LineageLog {
  readonly log: EvidenceLog;
  readonly rows: () => number;
}

/** Traces that are whole in a log of so many records. */
export function wholeTraces(records: number): number {
  return Math.floor(records / (STEPS * TRACES_AT_ONCE)) * TRACES_AT_ONCE;
}

/** Subjects in a log of so many records. */
export function subjectsIn(records: number): number {
  return Math.max(1, Math.floor(records / STEPS_OF_SUBJECT));
}

export const traceName = (trace: number): string => `trace-${trace}`;
export const subjectName = (subject: number): string => `person-${subject}`;
export const dataName = (trace: number, step: number): string => `s3://claims/${trace}/${step}`;

/** Opens a log in a file, behind a store that counts what it hands out. */
export async function openLineageLog(path: string): Promise<LineageLog> {
  const store = await openSqliteStore({ path });
  let rows = 0;
  const find: typeof store.find = async (query) => {
    const found = await store.find(query);
    rows += found.length;
    return found;
  };
  const read: typeof store.read = async (first, count) => {
    const found = await store.read(first, count);
    rows += found.length;
    return found;
  };
  const log = await openEvidenceLog({
    store: { ...store, find, read },
    origin: 'example.com/bench',
    writer: 'bench',
    hmac: HMAC,
  });
  return { log, rows: () => rows };
}

/** Step by step through a trace: each takes what the two before it made. */
function draftAt(at: number, subjects: number): RecordDraft {
  const block = Math.floor(at / (STEPS * TRACES_AT_ONCE));
  const within = at % (STEPS * TRACES_AT_ONCE);
  const trace = block * TRACES_AT_ONCE + (within % TRACES_AT_ONCE);
  const step = Math.floor(within / TRACES_AT_ONCE);
  const inputs = [step - 2, step - 1].filter((one) => one >= 0).map((one) => dataName(trace, one));
  const output = dataName(trace, step);
  const subject = subjectName(at % subjects);
  const body = lineageV1.toWire({
    activity: 'transform',
    kind: 'transform',
    inputs: inputs.map((id) => ({ id, labels: ['untrusted'] })),
    outputs: [{ id: output, labels: ['untrusted'] }],
    subjects: [...inputs, output, subject],
    subject,
  });
  const context = { ...CONTEXT, run: `run-${trace}`, traceId: traceName(trace) };
  return { type: lineageV1.key, context, body };
}

/**
 * Fills an empty log with steps, as the lineage service writes them: 64 records a commit. The service
 * itself would look behind every input first, which is not what is measured here.
 */
export async function fill(
  log: EvidenceLog,
  records: number,
  onProgress: (done: number) => void,
): Promise<void> {
  const subjects = subjectsIn(records);
  for (let from = 0; from < records; from += COMMIT) {
    const count = Math.min(COMMIT, records - from);
    await log.append(Array.from({ length: count }, (_, step) => draftAt(from + step, subjects)));
    onProgress(from + count);
  }
}
