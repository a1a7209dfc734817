import type { EvidenceRecord } from '@spanforge/core-events';
import type { ExportedValue, ExportRecord } from '../sink.js';
import { type RecordSummary, summarize } from '../summary.js';

/** The OpenTelemetry semantic conventions whose GenAI names are written. */
export const GEN_AI_CONVENTIONS = '1.38.0';

/** The convention for attribute names. */
export type Conventions = 'gen_ai' | 'openinference';

type Attribute = string | number | boolean | string[];

/** A span, ready for a tracer. */
export interface TelemetrySpan {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly failed: boolean;
  /** Name of the error, never its message. */
  readonly errorType?: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

type Kind = 'tool' | 'model' | 'retrieval' | 'agent' | 'other' | 'decision' | 'evaluation';

const DECISIONS: ReadonlySet<string> = new Set([
  'spanforge.policy.decision.v1',
  'spanforge.scope.v1',
  'spanforge.rbac.v1',
]);
const EVALUATIONS: ReadonlySet<string> = new Set([
  'spanforge.grounding.v1',
  'spanforge.validate.v1',
]);

/** A tool call becomes one span, from its end; its `span` record has the times of the same call. */
function kindOf({ type, body }: EvidenceRecord): Kind | undefined {
  if (type === 'spanforge.execution.ended.v1') return 'tool';
  if (DECISIONS.has(type)) return 'decision';
  if (EVALUATIONS.has(type)) return 'evaluation';
  if (type !== 'spanforge.span.v1') return undefined;
  if (body.kind === 'tool' && body.call_id !== undefined) return undefined;
  return typeof body.kind === 'string' ? (body.kind as Kind) : 'other';
}

const OPERATION: Readonly<Partial<Record<Kind, string>>> = {
  tool: 'execute_tool',
  model: 'chat',
  agent: 'invoke_agent',
};

const SPAN_KIND: Readonly<Record<Kind, string>> = {
  tool: 'TOOL',
  model: 'LLM',
  retrieval: 'RETRIEVER',
  agent: 'AGENT',
  other: 'CHAIN',
  decision: 'GUARDRAIL',
  evaluation: 'EVALUATOR',
};

const FAILED: ReadonlySet<unknown> = new Set(['failed', 'timed_out', 'error']);

/** A record as a span; `undefined` for a record that is not a step of an agent. */
export function spanOf(
  exported: ExportRecord,
  conventions: Conventions,
): TelemetrySpan | undefined {
  const kind = kindOf(exported.record);
  if (kind === undefined) return undefined;
  const { record } = exported;
  const summary = summarize(record);
  const endMs = Date.parse(record.time);
  const failed = FAILED.has(record.body.status);
  const errorName = record.body.error_name ?? (failed ? record.body.status : undefined);
  const named = conventions === 'gen_ai' ? genAi : openInference;
  return {
    name: nameOf(kind, record, summary),
    startMs: endMs - (summary.durationMs ?? 0),
    endMs,
    failed,
    ...(typeof errorName === 'string' ? { errorType: errorName } : {}),
    attributes: defined({
      ...named(kind, exported, summary),
      ...governed(record, summary),
      'error.type': typeof errorName === 'string' ? errorName : undefined,
    }),
  };
}

function nameOf(kind: Kind, { body }: EvidenceRecord, { title, tool }: RecordSummary): string {
  const operation = OPERATION[kind];
  const subject = tool ?? (typeof body.name === 'string' ? body.name : undefined);
  return [operation ?? title, subject].filter(Boolean).join(' ');
}

function governed(record: EvidenceRecord, summary: RecordSummary) {
  return {
    'spanforge.record.id': record.id,
    'spanforge.record.type': record.type,
    'spanforge.log.index': record.index,
    'spanforge.outcome': summary.outcome,
    'spanforge.status': summary.status,
    'spanforge.reason.code': summary.reasonCode,
    'spanforge.tenant': record.context.tenant,
    'spanforge.project': record.context.project,
    'spanforge.mode': record.mode,
    'deployment.environment.name': record.context.env,
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function valueNamed(
  values: readonly ExportedValue[],
  names: readonly string[],
): string | undefined {
  const found = values.find(({ name }) => names.includes(name));
  if (found === undefined) return undefined;
  return typeof found.value === 'string' ? found.value : JSON.stringify(found.value);
}

function genAi(kind: Kind, { record, values }: ExportRecord, summary: RecordSummary) {
  const { body, context } = record;
  const tool = kind === 'tool';
  return {
    'gen_ai.operation.name': OPERATION[kind],
    'gen_ai.agent.id': context.agent,
    'gen_ai.agent.name': context.agent,
    'gen_ai.conversation.id': context.run,
    'gen_ai.tool.name': summary.tool,
    'gen_ai.tool.call.id': summary.callId,
    'gen_ai.tool.type': tool ? 'function' : undefined,
    'gen_ai.request.model': text(body.model),
    'gen_ai.usage.input_tokens': number(body.input_tokens),
    'gen_ai.usage.output_tokens': number(body.output_tokens),
    'gen_ai.tool.call.arguments': tool ? valueNamed(values, ['args']) : undefined,
    'gen_ai.tool.call.result': tool ? valueNamed(values, ['released', 'result']) : undefined,
    'enduser.id': context.actor,
  };
}

function openInference(kind: Kind, { record, values }: ExportRecord, summary: RecordSummary) {
  const { body, context } = record;
  const input = valueNamed(values, ['args', 'request', 'query']);
  const output = valueNamed(values, ['released', 'result', 'answer', 'output']);
  const [prompt, completion] = [number(body.input_tokens), number(body.output_tokens)];
  return {
    'openinference.span.kind': SPAN_KIND[kind],
    'session.id': context.run,
    'user.id': context.actor,
    'agent.name': context.agent,
    'tool.name': kind === 'tool' ? summary.tool : undefined,
    'tool.id': kind === 'tool' ? summary.callId : undefined,
    'llm.model_name': text(body.model),
    'llm.token_count.prompt': prompt,
    'llm.token_count.completion': completion,
    'llm.token_count.total':
      prompt === undefined || completion === undefined ? undefined : prompt + completion,
    'input.value': input,
    'input.mime_type': input === undefined ? undefined : mimeType(input),
    'output.value': output,
    'output.mime_type': output === undefined ? undefined : mimeType(output),
  };
}

function mimeType(value: string): string {
  return /^[[{"]/.test(value) ? 'application/json' : 'text/plain';
}

function defined(
  attributes: Readonly<Record<string, Attribute | undefined>>,
): Readonly<Record<string, Attribute>> {
  return Object.fromEntries(
    Object.entries(attributes).filter(
      (entry): entry is [string, Attribute] => entry[1] !== undefined,
    ),
  );
}
