import { resolve } from 'node:path';
import { createIds, formatTime, type RecordDraft, systemClock } from '@spanforge/core-events';
import { toVerificationKey } from '@spanforge/core-signing';
import { makeArtifact } from './artifact/make-artifact.js';
import { createArtifactStore } from './artifact/store.js';
import { makePredicate } from './attest/predicate.js';
import { writeStatement } from './attest/write-statement.js';
import { concludeRun } from './conclude.js';
import { GateError, SFGateTrustFailedError } from './error.js';
import type { GateServices } from './executor.js';
import { builtinExecutors } from './executors.js';
import type { GateArtifact, GateRun } from './model/artifact.js';
import { updateBaseline } from './performance/update-baseline.js';
import { defineGate } from './pipeline/define-gate.js';
import type { GateDefinition, Pipeline } from './pipeline/definition.js';
import { type EvaluatedGate, evaluateGate } from './pipeline/evaluate-gate.js';
import { loadPipeline } from './pipeline/load-pipeline.js';
import { readBook, readPipeline } from './pipeline/read-inputs.js';
import { runGates } from './pipeline/run-gates.js';
import { TRUST, throwBlocked } from './pipeline/throw-blocked.js';
import { prriBand } from './prri/band.js';
import type { PrriRequest, PrriResult } from './prri/types.js';
import { draftAct, draftRun, draftVerdict } from './record.js';
import { typeOfGate } from './resolve-gate.js';
import { type GateSettings, resolveSettings } from './settings.js';
import { emptyBook, type SuppressionBook } from './suppress/book.js';
import { judgeSuppressions, SUPPRESSIONS_GATE } from './suppress/suppressions-gate.js';
import { trustResultOf } from './trust/executor.js';
import type { EvaluateOptions, GateOptions, GateStatus, ReleaseGate, RunOptions } from './types.js';
import { SOURCE } from './version.js';

const DAY_MS = 86_400_000;

interface Finished {
  readonly evaluated: EvaluatedGate;
  readonly artifact: GateArtifact;
  readonly sha256?: string;
}

/**
 * Creates a gate service. Nothing is read, written or started before it is asked.
 *
 * @throws {GateError} `GATE_OPTIONS_INVALID` for a setting that cannot be used.
 */
export function createGate(options: GateOptions): ReleaseGate {
  const { root, keys = [], clock = systemClock, monotonic = () => performance.now() } = options;
  const { recorder, context, source = SOURCE } = options;
  const ids = options.ids ?? createIds(clock);
  const verificationKeys = options.verificationKeys ?? keys.map(toVerificationKey);
  const own = (options.executors ?? []).map((executor) => [executor.type, executor] as const);
  const executors = new Map([...builtinExecutors(), ...own]);
  let settings = resolveSettings(options.settings ?? {});

  const store = () =>
    createArtifactStore({
      folder: resolve(root, settings.artifactDir),
      shownAs: settings.artifactDir,
      ...{ keys, verificationKeys },
    });

  function servicesFor(suppressions: SuppressionBook, projectId: string | undefined): GateServices {
    const { reader, policy, fetch, onProgress } = options;
    const refuse = () =>
      Promise.reject(
        new GateError(
          'GATE_INPUT_UNREADABLE',
          'this gate cannot run commands; give createGate runCommand',
        ),
      );
    return {
      ...{ root, settings, clock, monotonic, keys, verificationKeys, suppressions },
      runCommand: options.runCommand ?? refuse,
      ...(reader === undefined ? {} : { reader }),
      ...(recorder === undefined ? {} : { recorder }),
      ...(policy === undefined ? {} : { policy }),
      ...(context === undefined ? {} : { context }),
      ...(projectId === undefined ? {} : { projectId }),
      ...(fetch === undefined ? {} : { fetch }),
      ...(onProgress === undefined ? {} : { onProgress }),
    };
  }

  const projectOf = (given: string | undefined): string | undefined =>
    given ?? options.projectId ?? context?.project;

  async function finish(
    evaluated: EvaluatedGate,
    projectId: string | undefined,
    write: boolean,
  ): Promise<Finished> {
    const artifact = makeArtifact(evaluated, formatTime(clock()), projectId);
    if (!write) return { evaluated, artifact };
    const written = await store().write(artifact, ids(), evaluated.gathered.attachments ?? []);
    return { evaluated, ...written };
  }

  async function record(drafts: readonly RecordDraft[]): Promise<readonly string[]> {
    if (recorder === undefined || drafts.length === 0) return [];
    try {
      return (await recorder.append(drafts)).ids;
    } catch (cause) {
      throw new GateError('GATE_EVIDENCE_UNAVAILABLE', 'the verdict could not be recorded', {
        cause,
      });
    }
  }

  function draftOf({ artifact, evaluated, sha256: digest }: Finished, runId?: string) {
    const { inputs = [], facts } = evaluated.gathered;
    const number = (name: string) =>
      typeof facts[name] === 'number' ? Number(facts[name]) : undefined;
    return context === undefined
      ? []
      : [
          draftVerdict(context, artifact, runId, {
            artifactSha256: digest,
            inputSha256: inputs.length === 1 ? inputs[0]?.sha256 : undefined,
            decisions: number('decisions'),
            decisionsAllowed: number('decisions_allowed'),
          }),
        ];
  }

  async function alert(artifact: GateArtifact): Promise<void> {
    if (artifact.type !== TRUST || artifact.verdict === 'PASS' || options.onAlert === undefined)
      return;
    const { gateId, projectId } = artifact;
    try {
      await options.onAlert({
        ...{ level: 'CRITICAL', gateId, trust: trustResultOf(artifact) },
        ...(projectId === undefined ? {} : { projectId }),
      });
    } catch {
      // The release is stopped whether or not the alert was delivered.
    }
  }

  async function evaluateOne(
    gate: GateDefinition,
    payload: unknown,
    projectId: string | undefined,
    given: EvaluateOptions,
  ): Promise<GateArtifact> {
    const book = await readBook(root, given.suppressions, clock());
    const services = servicesFor(book, projectId);
    const evaluated = await evaluateGate(executors.get(gate.type), gate, {
      ...{ services, monotonic },
      ...(payload === undefined ? {} : { payload }),
    });
    const finished = await finish(evaluated, projectId, given.dryRun !== true);
    const [recordId] = await record(draftOf(finished));
    await alert(finished.artifact);
    return recordId === undefined ? finished.artifact : { ...finished.artifact, recordId };
  }

  async function runPipeline(path: string, given: RunOptions = {}): Promise<GateRun> {
    const started = monotonic();
    const pipeline = loadPipeline(await readPipeline(root, path), {
      ...{ source: path, executors },
      ...(given.vars === undefined ? {} : { vars: given.vars }),
    });
    const projectId = projectOf(given.projectId ?? pipeline.projectId);
    const book = await readBook(root, pipeline.suppressions, clock());
    const services = servicesFor(book, projectId);
    const { payload } = given;
    const evaluated = [
      ...(await runGates(pipeline, (gate) =>
        evaluateGate(executors.get(gate.type), gate, {
          ...{ services, monotonic },
          ...(payload === undefined || gate.type !== 'schema_validation' ? {} : { payload }),
        }),
      )),
    ];
    if (book.size > 0) evaluated.push(judgeSuppressions(book));
    const finished = await Promise.all(
      evaluated.map((one) =>
        finish(one, projectId, one.gate.artifact && one.gate.id !== SUPPRESSIONS_GATE),
      ),
    );
    const run = await concludeAndSign(pipeline, finished, { projectId, book, started });
    for (const { artifact } of finished) await alert(artifact);
    return throwBlocked(run);
  }

  async function concludeAndSign(
    pipeline: Pipeline,
    finished: readonly Finished[],
    about: {
      readonly projectId: string | undefined;
      readonly book: SuppressionBook;
      readonly started: number;
    },
  ): Promise<GateRun> {
    const { projectId, book } = about;
    const runId = ids();
    const artifacts = finished.map(({ artifact }) => artifact);
    const predicate = makePredicate({
      ...{ runId, time: formatTime(clock()), source },
      pipeline: { name: pipeline.name, sha256: pipeline.sha256 },
      ...(projectId === undefined ? {} : { projectId }),
      gates: finished.map(({ evaluated, artifact, sha256: digest }) => ({
        evaluated,
        ...(digest === undefined || artifact.artifactPath === undefined
          ? {}
          : { artifact: { name: artifact.artifactPath.split('/').at(-1) ?? '', sha256: digest } }),
      })),
      suppressions: {
        ...(book.sha256 === undefined ? {} : { sha256: book.sha256 }),
        uses: book.uses(),
      },
    });
    const { name, statement, sha256 } = await writeStatement(predicate, {
      folder: resolve(root, settings.artifactDir),
      keys,
    });
    const base: GateRun = {
      ...{ runId, pipeline: pipeline.name, artifacts },
      ...concludeRun(artifacts),
      durationMs: Math.round(monotonic() - about.started),
      ...(projectId === undefined ? {} : { projectId }),
      ...(statement === undefined ? {} : { statement }),
      statementPath: `${settings.artifactDir}/${name}`,
    };
    const drafts = context === undefined ? [] : [draftRun(context, base, sha256)];
    const recorded = await record([...finished.flatMap((one) => draftOf(one, runId)), ...drafts]);
    return {
      ...base,
      artifacts: artifacts.map((artifact, at) => {
        const recordId = recorded[at];
        return recordId === undefined ? artifact : { ...artifact, recordId };
      }),
    };
  }

  async function evaluate(
    gateId: string,
    payload?: unknown,
    given: EvaluateOptions = {},
  ): Promise<GateArtifact> {
    const gate = defineGate(gateId, given, executors);
    return evaluateOne(gate, payload, projectOf(given.projectId), given);
  }

  async function evaluatePrri(score: number, request: PrriRequest = {}): Promise<PrriResult> {
    const { framework = 'default', dimensionBreakdown = {}, projectId } = request;
    const verdict = prriBand(score, settings.prriRedThreshold);
    if (verdict === undefined) {
      throw new GateError('GATE_OPTIONS_INVALID', 'prriScore: expected a number from 0 to 100', {
        details: { option: 'prriScore' },
      });
    }
    const project = projectOf(projectId);
    await evaluate('prri-check', undefined, {
      with: { score, dimensions: { ...dimensionBreakdown }, framework },
      ...(project === undefined ? {} : { projectId: project }),
    });
    return {
      ...{ verdict, allow: verdict !== 'RED', prriScore: score, framework, dimensionBreakdown },
      ...(project === undefined ? {} : { projectId: project }),
    };
  }

  async function trustGate(given: { readonly projectId?: string } = {}): Promise<GateArtifact> {
    const artifact = await evaluate('trust-gate', undefined, given);
    if (!artifact.blocking) return artifact;
    const concluded = concludeRun([artifact]);
    const run: GateRun = {
      ...{ runId: ids(), pipeline: 'trust-gate', artifacts: [artifact] },
      ...concluded,
      durationMs: artifact.durationMs,
    };
    throw new SFGateTrustFailedError(run, trustResultOf(artifact));
  }

  async function purgeArtifacts({ olderThanDays = settings.artifactRetentionDays } = {}) {
    if (options.legalHold === true) {
      throw new GateError('GATE_OPTIONS_INVALID', 'nothing may be purged under a legal hold');
    }
    if (!(Number.isFinite(olderThanDays) && olderThanDays >= 0)) {
      throw new GateError('GATE_OPTIONS_INVALID', 'olderThanDays: expected a number of at least 0');
    }
    const removed = await store().purge(clock() - olderThanDays * DAY_MS);
    if (context !== undefined && removed.length > 0) {
      await record([
        draftAct(context, {
          ...{ kind: 'purge', gateId: 'artifacts', gateType: 'artifacts' },
          reason: `${removed.length} artifacts older than ${olderThanDays} days were removed`,
          metrics: { removed: removed.length, older_than_days: olderThanDays, names: removed },
        }),
      ]);
    }
    return removed.length;
  }

  async function getStatus(): Promise<GateStatus> {
    const artifacts = store();
    const writable = await artifacts.writable();
    let readable = true;
    try {
      await options.reader?.size();
    } catch {
      readable = false;
    }
    const status = !writable ? 'artifact_dir_unwritable' : readable ? 'ok' : 'evidence_unavailable';
    return {
      ...{ status, gateCount: executors.size, artifactCount: await artifacts.count() },
      ...{ artifactDir: settings.artifactDir, retentionDays: settings.artifactRetentionDays },
      healthy: status === 'ok',
    };
  }

  return Object.freeze({
    ...{ runPipeline, evaluate, evaluatePrri, trustGate, purgeArtifacts, getStatus },
    async updateBaseline(gateId, given = {}) {
      const services = servicesFor(emptyBook(), projectOf(given.projectId));
      const type = given.type ?? typeOfGate(gateId, executors);
      const { draft, ...updated } = await updateBaseline(gateId, type, services, given);
      if (context !== undefined) await record([draftAct(context, draft)]);
      return updated;
    },
    getArtifact: (gateId) => store().latest(gateId),
    listArtifacts: ({ projectId } = {}) => store().list(projectId),
    configure(change: Partial<GateSettings>) {
      settings = resolveSettings(change, settings);
    },
  } satisfies ReleaseGate);
}
