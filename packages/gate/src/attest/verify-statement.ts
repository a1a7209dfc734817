import {
  canonicalize,
  parseEnvelope,
  parseStatement,
  SigningError,
  STATEMENT_PAYLOAD_TYPE,
  type StatementSubject,
  type VerificationKey,
} from '@spanforge/core-signing';
import type { GateExecutor } from '../executor.js';
import { builtinExecutors } from '../executors.js';
import { checkSignatures } from '../signatures/check-signatures.js';
import { assess, NOT_GATHERED } from '../verdict/assess.js';
import { concludeGate, concludeRun } from '../verdict/conclude.js';
import {
  type GateFactsWire,
  type GatePredicate,
  type GateRunWire,
  predicateSchema,
  resultOf,
  subjectsOf,
  VSA_PREDICATE_TYPE,
} from './predicate.js';

const MAX_BYTES = 64 * 1024 * 1024;

/** The result of verifying a statement. */
export interface StatementReport {
  readonly status: 'valid' | 'invalid' | 'incomplete' | 'untrusted';
  /** 0 valid, 1 invalid, 3 untrusted, or with gates that only their host can recompute. */
  readonly exitCode: 0 | 1 | 3;
  /** The run's verdict, as recomputed. */
  readonly verdict?: GateRunWire['verdict'];
  readonly runId?: string;
  readonly projectId?: string;
  /** Thumbprints of the trusted keys that signed. */
  readonly signers: readonly string[];
  readonly gates: readonly {
    readonly gateId: string;
    readonly verdict: GateRunWire['verdict'];
    readonly check: 'recomputed' | 'stated' | 'unsupported' | 'contradicted';
  }[];
  /** The problems found, each a sentence. */
  readonly problems: readonly string[];
  readonly subjects: readonly StatementSubject[];
}

const same = (left: unknown, right: unknown): boolean => canonicalize(left) === canonicalize(right);

function checkGate(
  stated: GateFactsWire,
  executor: GateExecutor | undefined,
  problems: string[],
): StatementReport['gates'][number] {
  const { gate_id: gateId, verdict } = stated;
  const before = problems.length;
  const untold = Object.hasOwn(stated.facts, NOT_GATHERED);
  if (executor === undefined && !untold && stated.metric_types === undefined) {
    return { gateId, verdict, check: 'unsupported' };
  }
  const opaque = stated.metric_types !== undefined;
  const judge = opaque ? opaqueJudge : executor;
  const concluded = concludeGate(assess(judge, stated.facts), {
    onFail: stated.on_fail,
    metrics: stated.metric_types ?? executor?.metrics ?? {},
    ...(stated.pass_condition === undefined ? {} : { passCondition: stated.pass_condition }),
  });
  for (const [name, found, said] of [
    ['verdict', concluded.verdict, stated.verdict],
    ['blocking', concluded.blocking, stated.blocking],
    ['reason_code', concluded.reasonCode, stated.reason_code],
    ['metrics', concluded.metrics, stated.metrics],
  ] as const) {
    if (same(found, said)) continue;
    const told =
      name === 'metrics' ? '' : `: stated ${String(said)}, the facts give ${String(found)}`;
    problems.push(`gate ${gateId}: its facts do not entail its ${name}${told}`);
  }
  const contradicted = problems.length > before;
  const check = contradicted ? 'contradicted' : opaque ? 'stated' : 'recomputed';
  return { gateId, verdict: concluded.verdict, check };
}

/** A type that only its host can judge contains its result. */
const opaqueJudge: Pick<GateExecutor, 'judge'> = {
  judge: (facts) => {
    const { result, firm, reason_code: reasonCode, reason, metrics } = facts;
    return { result, firm, reasonCode, reason, metrics } as ReturnType<GateExecutor['judge']>;
  },
};

function checkRun(predicate: GatePredicate, problems: string[]): void {
  const run = predicate.spanforge_gate_run;
  const concluded = concludeRun(
    run.gates.map(({ gate_id: gateId, verdict, on_fail: onFail, blocking }) => {
      return { gateId, verdict, onFail, blocking };
    }),
  );
  const { failedGates, ...counts } = concluded;
  for (const [name, value] of Object.entries({ ...counts, failed_gates: failedGates })) {
    if (!same(value, run[name as keyof GateRunWire])) {
      problems.push(`run: ${name} is not what its gates give`);
    }
  }
  if (predicate.verificationResult !== resultOf(run.verdict)) {
    problems.push('run: verificationResult is not what its verdict gives');
  }
  if (predicate.policy.digest.sha256 !== run.pipeline.sha256) {
    problems.push('run: the pipeline has two digests');
  }
  if (new Set(run.gates.map(({ gate_id: id }) => id)).size < run.gates.length) {
    problems.push('run: a gate comes twice');
  }
}

const report = (
  status: StatementReport['status'],
  rest: Partial<StatementReport>,
): StatementReport => ({
  ...{ signers: [], gates: [], problems: [], subjects: [] },
  ...rest,
  status,
  exitCode: status === 'valid' ? 0 : status === 'invalid' ? 1 : 3,
});

/**
 * Verifies the statement of a run against keys from outside it, and recomputes every verdict from
 * the facts it contains: a statement whose facts do not give its verdict is invalid, whoever
 * signed.
 *
 * Without a trusted signature it is at best `untrusted`. With a signature in only one of two
 * trusted algorithms it is `invalid`, unless `threshold` asks for less. With gates of a type that
 * only its host knows it is `incomplete`. No input or output besides the cryptography; never
 * throws, whatever it is given.
 */
export async function verifyGateStatement(
  text: string | Uint8Array,
  options: {
    readonly keys: readonly VerificationKey[];
    /**
     * How many trusted keys must have signed, of whichever algorithm. Default: each algorithm of
     * the trusted keys must have signed.
     */
    readonly threshold?: number;
  },
): Promise<StatementReport> {
  const { keys, threshold } = options;
  let statement: ReturnType<typeof parseStatement>;
  let signers: readonly string[] = [];
  const problems: string[] = [];
  try {
    const envelope = parseEnvelope(text, { maxBytes: MAX_BYTES });
    if (envelope.payloadType !== STATEMENT_PAYLOAD_TYPE) {
      return report('invalid', { problems: ['not an in-toto statement'] });
    }
    const signed = await checkSignatures(envelope, keys, threshold);
    signers = signed.signers;
    if (signed.problem !== undefined) problems.push(signed.problem);
    const payload = Buffer.from(envelope.payload, 'base64');
    statement = parseStatement(payload, { maxBytes: MAX_BYTES });
    if (!Buffer.from(canonicalize(statement)).equals(payload)) {
      problems.push('the payload is not canonical JSON');
    }
  } catch (error) {
    if (!SigningError.is(error)) throw error;
    return report('invalid', { problems: [error.message] });
  }
  if (statement.predicateType !== VSA_PREDICATE_TYPE) {
    return report('invalid', { problems: ['another predicate type'], signers });
  }
  const parsed = predicateSchema.safeParse(statement.predicate);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = ['$', ...(issue?.path ?? [])].map(String).join('.');
    return report('invalid', { problems: [`predicate: ${path}: ${issue?.message}`], signers });
  }
  const predicate = parsed.data;
  const run = predicate.spanforge_gate_run;
  const executors = builtinExecutors();
  const gates = run.gates.map((gate) => checkGate(gate, executors.get(gate.type), problems));
  checkRun(predicate, problems);
  const subjects = subjectsOf(predicate).map(({ name, sha256 }) => ({ name, digest: { sha256 } }));
  if (!same(subjects, statement.subject)) problems.push('the subjects are not those of the run');
  const facts = {
    ...{ gates, problems, signers, subjects: statement.subject, runId: run.run_id },
    verdict: run.verdict,
    ...(run.project_id === undefined ? {} : { projectId: run.project_id }),
  };
  if (problems.length > 0) return report('invalid', facts);
  if (signers.length === 0) return report('untrusted', facts);
  const open = gates.some(({ check }) => check === 'stated' || check === 'unsupported');
  return report(open ? 'incomplete' : 'valid', facts);
}
