import type { JsonValue } from '@spanforge/core-signing';
import { z } from 'zod';
import { GATE_ID } from '../model/definition.js';
import type { SuppressionUse } from '../model/suppressions.js';
import { ON_FAIL } from '../model/verdict.js';
import type { EvaluatedGate } from '../verdict/assess.js';
import { concludeRun } from '../verdict/conclude.js';

/** The predicate type of a run's statement: SLSA's verification summary. */
export const VSA_PREDICATE_TYPE = 'https://slsa.dev/verification_summary/v1';

const verdict = z.enum(['PASS', 'WARN', 'FAIL', 'SKIPPED', 'INCONCLUSIVE']);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);
const metricValue = z.union([z.number(), z.boolean(), z.string(), z.array(z.string())]);

const gate = z.strictObject({
  gate_id: z.string().regex(GATE_ID),
  name: z.string(),
  type: z.string(),
  on_fail: z.enum(ON_FAIL),
  pass_condition: z.string().optional(),
  verdict,
  blocking: z.boolean(),
  reason: z.string(),
  reason_code: z.string(),
  metrics: z.record(z.string(), metricValue),
  /** For a type that only its host knows: the types of its metrics. */
  metric_types: z.record(z.string(), z.enum(['number', 'boolean', 'string', 'strings'])).optional(),
  /** The facts from which the verdict follows. */
  facts: z.record(z.string(), z.unknown()),
  engines: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.enum(['builtin', 'tool', 'report']),
      version: z.string(),
      exit_code: z.number().optional(),
      age_ms: z.number().optional(),
      sha256: z.string().optional(),
      findings: count,
    }),
  ),
  inputs: z.array(z.strictObject({ name: z.string(), sha256: digest })),
  finding_count: count,
  artifact: z.strictObject({ name: z.string(), sha256: digest }).optional(),
});

/** SpanForge's part of the statement: everything from which the verdicts follow. */
export const gateRunSchema = z.strictObject({
  v: z.literal('spanforge.gate-run.v1'),
  run_id: z.string(),
  pipeline: z.strictObject({ name: z.string(), sha256: digest }),
  project_id: z.string().optional(),
  verdict,
  passed: count,
  failed: count,
  warned: count,
  skipped: count,
  reported: count,
  failed_gates: z.array(z.string()),
  gates: z.array(gate).min(1),
  suppressions: z.strictObject({
    sha256: digest.optional(),
    uses: z.array(
      z.strictObject({
        fingerprint: z.string(),
        owner: z.string(),
        reason: z.string(),
        expires: z.string(),
        used: count,
      }),
    ),
  }),
});

/** SpanForge's part of the statement, on the wire. */
export type GateRunWire = z.infer<typeof gateRunSchema>;
/** One gate of a statement. */
export type GateFactsWire = GateRunWire['gates'][number];

/** SLSA's part, and SpanForge's part beside it. */
export const predicateSchema = z.strictObject({
  verifier: z.strictObject({ id: z.string(), version: z.record(z.string(), z.string()) }),
  timeVerified: z.iso.datetime(),
  resourceUri: z.string(),
  policy: z.strictObject({ uri: z.string(), digest: z.strictObject({ sha256: digest }) }),
  inputAttestations: z.array(
    z.strictObject({ uri: z.string(), digest: z.strictObject({ sha256: digest }) }),
  ),
  verificationResult: z.enum(['PASSED', 'FAILED']),
  verifiedLevels: z.array(z.string()),
  spanforge_gate_run: gateRunSchema,
});

/** The predicate of a run's statement, on the wire. */
export type GatePredicate = z.infer<typeof predicateSchema>;

/** The parts of a run from which its predicate is made. */
export interface RunFacts {
  readonly runId: string;
  readonly pipeline: { readonly name: string; readonly sha256: string };
  readonly projectId?: string;
  readonly time: string;
  readonly source: string;
  readonly gates: readonly {
    readonly evaluated: EvaluatedGate;
    readonly artifact?: { readonly name: string; readonly sha256: string };
  }[];
  readonly suppressions: { readonly sha256?: string; readonly uses: readonly SuppressionUse[] };
}

function gateWire({ evaluated, artifact }: RunFacts['gates'][number]): GateFactsWire {
  const { gate: definition, gathered, conclusion, metrics, opaque } = evaluated;
  const { facts, findings = [], findingCount, engines = [], inputs = [] } = gathered;
  return {
    ...{ gate_id: definition.id, name: definition.name ?? definition.id, type: definition.type },
    on_fail: definition.on_fail,
    ...(definition.pass_condition === undefined
      ? {}
      : { pass_condition: definition.pass_condition }),
    ...{ verdict: conclusion.verdict, blocking: conclusion.blocking },
    ...{ reason: conclusion.reason, reason_code: conclusion.reasonCode },
    metrics: { ...conclusion.metrics } as GateFactsWire['metrics'],
    ...(opaque ? { metric_types: { ...metrics } } : {}),
    facts: { ...facts },
    engines: engines.map(({ exitCode, ageMs, ...engine }) => ({
      ...engine,
      ...(exitCode === undefined ? {} : { exit_code: exitCode }),
      ...(ageMs === undefined ? {} : { age_ms: ageMs }),
    })),
    inputs: inputs.map(({ name, sha256 }) => ({ name, sha256 })),
    finding_count: findingCount ?? findings.length,
    ...(artifact === undefined ? {} : { artifact: { ...artifact } }),
  };
}

/** Makes the predicate of a run. Pure. */
export function makePredicate(run: RunFacts): GatePredicate {
  const { pipeline } = run;
  const concluded = run.gates.map(({ evaluated: { gate: definition, conclusion } }) => {
    const { verdict: came, blocking } = conclusion;
    return { gateId: definition.id, verdict: came, onFail: definition.on_fail, blocking };
  });
  const { failedGates, ...counts } = concludeRun(concluded);
  return {
    verifier: { id: 'https://spanforge.dev/gate', version: { 'spanforge-gate': run.source } },
    timeVerified: run.time,
    resourceUri: `urn:spanforge:project:${run.projectId ?? 'unnamed'}`,
    policy: { uri: `urn:spanforge:pipeline:${pipeline.name}`, digest: { sha256: pipeline.sha256 } },
    inputAttestations: [],
    verificationResult: resultOf(counts.verdict),
    verifiedLevels: [],
    spanforge_gate_run: {
      v: 'spanforge.gate-run.v1',
      run_id: run.runId,
      pipeline: { ...pipeline },
      ...(run.projectId === undefined ? {} : { project_id: run.projectId }),
      ...counts,
      failed_gates: [...failedGates],
      gates: run.gates.map(gateWire),
      suppressions: {
        ...(run.suppressions.sha256 === undefined ? {} : { sha256: run.suppressions.sha256 }),
        uses: run.suppressions.uses.map((use) => ({ ...use })),
      },
    },
  };
}

/** A run passes with warnings; one that is inconclusive does not. */
export function resultOf(came: GateRunWire['verdict']): 'PASSED' | 'FAILED' {
  return came === 'PASS' || came === 'WARN' ? 'PASSED' : 'FAILED';
}

/** The subjects of a statement: the pipeline, and every artifact and input, by name and digest. */
export function subjectsOf(
  predicate: GatePredicate,
): readonly { readonly name: string; readonly sha256: string }[] {
  const { pipeline, gates } = predicate.spanforge_gate_run;
  const subjects = new Map([[`pipeline:${pipeline.name}`, pipeline.sha256]]);
  for (const { gate_id: id, artifact, inputs } of gates) {
    if (artifact !== undefined) subjects.set(artifact.name, artifact.sha256);
    for (const { name, sha256 } of inputs) subjects.set(`${id}:${name}`, sha256);
  }
  return [...subjects].map(([name, sha256]) => ({ name, sha256 }));
}

/** A predicate is plain data, which its type does not show. */
export const asJson = (predicate: GatePredicate): JsonValue => predicate as unknown as JsonValue;
