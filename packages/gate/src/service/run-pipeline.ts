import { formatTime } from '@spanforge/core-events';
import { type GatePredicate, makePredicate } from '../attest/predicate.js';
import { writeStatement } from '../attest/write-statement.js';
import type { GateRun } from '../model/artifact.js';
import type { Pipeline } from '../model/definition.js';
import type { SuppressionBook } from '../model/suppressions.js';
import { evaluateGate } from '../pipeline/evaluate-gate.js';
import { loadPipeline } from '../pipeline/load-pipeline.js';
import { readBook, readPipeline } from '../pipeline/read-inputs.js';
import { runGates } from '../pipeline/run-gates.js';
import { throwBlocked } from '../pipeline/throw-blocked.js';
import { draftRun } from '../record.js';
import { judgeSuppressions, SUPPRESSIONS_GATE } from '../suppress/suppressions-gate.js';
import type { RunOptions } from '../types.js';
import type { EvaluatedGate } from '../verdict/assess.js';
import { concludeRun } from '../verdict/conclude.js';
import { alertTrust, type FinishedGate, finishGate, verdictDrafts } from './finish-gate.js';
import {
  artifactFolder,
  type GateParts,
  projectOf,
  recordDrafts,
  servicesFor,
} from './gate-parts.js';

/** A run whose gates are finished, before it is concluded. */
interface FinishedRun {
  readonly pipeline: Pipeline;
  readonly finished: readonly FinishedGate[];
  readonly projectId: string | undefined;
  readonly book: SuppressionBook;
  /** Start of the run by the monotonic clock. */
  readonly startedMs: number;
}

/**
 * One run of a pipeline: load, evaluate every gate, write artifacts, sign the statement, record,
 * alert. Throws as `ReleaseGate.runPipeline` says.
 */
export async function runPipeline(
  parts: GateParts,
  path: string,
  given: RunOptions = {},
): Promise<GateRun> {
  const startedMs = parts.monotonic();
  const { root } = parts.options;
  const pipeline = loadPipeline(await readPipeline(root, path), {
    ...{ source: path, executors: parts.executors },
    ...(given.vars === undefined ? {} : { vars: given.vars }),
  });
  const projectId = projectOf(parts, given.projectId ?? pipeline.projectId);
  const book = await readBook(root, pipeline.suppressions, parts.clock());
  const evaluated = await evaluateAll(parts, { pipeline, projectId, book }, given.payload);
  const finished = await Promise.all(
    evaluated.map((one) => {
      const write = one.gate.artifact && one.gate.id !== SUPPRESSIONS_GATE;
      return finishGate(parts, one, { projectId, write });
    }),
  );
  const run = await concludeAndSign(parts, { pipeline, finished, projectId, book, startedMs });
  for (const { artifact } of finished) await alertTrust(parts, artifact);
  return throwBlocked(run);
}

/** Evaluates the gates of a pipeline, then its suppressions, if it has any. */
async function evaluateAll(
  parts: GateParts,
  { pipeline, projectId, book }: Pick<FinishedRun, 'pipeline' | 'projectId' | 'book'>,
  payload: unknown,
): Promise<readonly EvaluatedGate[]> {
  const { executors, monotonic } = parts;
  const services = servicesFor(parts, book, projectId);
  const evaluated = await runGates(pipeline, (gate) =>
    evaluateGate(executors.get(gate.type), gate, {
      ...{ services, monotonic },
      ...(payload === undefined || gate.type !== 'schema_validation' ? {} : { payload }),
    }),
  );
  return book.size > 0 ? [...evaluated, judgeSuppressions(book)] : evaluated;
}

async function concludeAndSign(parts: GateParts, done: FinishedRun): Promise<GateRun> {
  const { keys, settings, monotonic, options } = parts;
  const { pipeline, finished, projectId, startedMs } = done;
  const runId = parts.ids();
  const artifacts = finished.map(({ artifact }) => artifact);
  const predicate = predicateOf(parts, done, runId);
  const folder = artifactFolder(parts);
  const { name, statement, sha256 } = await writeStatement(predicate, { folder, keys });
  const run: GateRun = {
    ...{ runId, pipeline: pipeline.name, artifacts },
    ...concludeRun(artifacts),
    durationMs: Math.round(monotonic() - startedMs),
    ...(projectId === undefined ? {} : { projectId }),
    ...(statement === undefined ? {} : { statement }),
    statementPath: `${settings.artifactDir}/${name}`,
  };
  const { context } = options;
  const ids = await recordDrafts(parts, [
    ...finished.flatMap((one) => verdictDrafts(parts, one, runId)),
    ...(context === undefined ? [] : [draftRun(context, run, sha256)]),
  ]);
  return {
    ...run,
    artifacts: artifacts.map((artifact, at) => {
      const recordId = ids[at];
      return recordId === undefined ? artifact : { ...artifact, recordId };
    }),
  };
}

function predicateOf(
  { clock, source }: GateParts,
  { pipeline, finished, projectId, book }: FinishedRun,
  runId: string,
): GatePredicate {
  return makePredicate({
    ...{ runId, time: formatTime(clock()), source },
    pipeline: { name: pipeline.name, sha256: pipeline.sha256 },
    ...(projectId === undefined ? {} : { projectId }),
    gates: finished.map(({ evaluated, artifact: { artifactPath }, sha256 }) => ({
      evaluated,
      ...(sha256 === undefined || artifactPath === undefined
        ? {}
        : { artifact: { name: artifactPath.split('/').at(-1) ?? '', sha256 } }),
    })),
    suppressions: {
      ...(book.sha256 === undefined ? {} : { sha256: book.sha256 }),
      uses: book.uses(),
    },
  });
}
