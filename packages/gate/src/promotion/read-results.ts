import { fromUtf8, parseJson } from '@spanforge/core-signing';
import { z } from 'zod';
import { GateError } from '../error.js';

const MAX_BYTES = 256 * 1024 * 1024;

type Members = Readonly<Record<string, unknown>>;

/** One run of one case. Texts are not kept. */
export interface GoldenResult {
  readonly caseId: string;
  readonly passed: boolean;
  readonly score?: number;
  readonly latencyMs?: number;
  readonly cost?: number;
  readonly tokens?: number;
  readonly error: boolean;
  readonly userId?: string;
  readonly scope?: string;
  readonly tool?: string;
}

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const list = (value: unknown): readonly Members[] =>
  Array.isArray(value) ? value.filter(isMembers) : [];
const members = (value: unknown): Members => (isMembers(value) ? value : {});
const number = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value.slice(0, 256) : undefined;

const row = z.looseObject({
  case_id: z.union([z.string().min(1).max(256), z.number()]),
  passed: z.boolean(),
});

function build(caseId: string, passed: boolean, rest: Partial<GoldenResult>): GoldenResult {
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  return { error: false, ...Object.fromEntries(given), caseId, passed };
}

/** Our own format, one JSON object a line. */
function fromLine(value: unknown, where: string): GoldenResult {
  const parsed = row.safeParse(value);
  if (!parsed.success) {
    throw new GateError('GATE_INPUT_INVALID', `${where}: expected case_id and passed`);
  }
  const { case_id: id, passed, ...rest } = parsed.data;
  return build(String(id), passed, {
    score: number(rest.score),
    latencyMs: number(rest.latency_ms),
    cost: number(rest.cost),
    tokens: number(rest.tokens),
    error: rest.error === true || typeof rest.error === 'string',
    userId: text(rest.user_id),
    scope: text(rest.scope),
    tool: text(rest.tool),
  } as Partial<GoldenResult>);
}

/** promptfoo: `results.results[]`. */
function fromPromptfoo(entries: readonly Members[]): readonly GoldenResult[] {
  return entries.map((entry, at) => {
    const response = members(entry.response);
    const variables = members(entry.vars);
    return build(
      text(entry.testIdx) ??
        String(entry.testIdx ?? text(members(entry.testCase).description) ?? at),
      entry.success === true,
      {
        score: number(entry.score),
        latencyMs: number(entry.latencyMs),
        cost: number(entry.cost),
        tokens: number(members(response.tokenUsage).total),
        error: typeof entry.error === 'string' && entry.error !== '' && entry.success !== true,
        userId: text(variables.user_id),
        scope: text(variables.scope),
      } as Partial<GoldenResult>,
    );
  });
}

/** inspect_ai: `samples[]` with `scores`; `C` and 1 are correct. */
function fromInspect(samples: readonly Members[]): readonly GoldenResult[] {
  return samples.map((sample) => {
    const scores = Object.values(members(sample.scores)).map((one) => members(one).value);
    const passed =
      scores.length > 0 && scores.every((one) => one === 'C' || one === 1 || one === true);
    const usage = Object.values(members(sample.model_usage)).map(
      (one) => number(members(one).total_tokens) ?? 0,
    );
    const seconds = number(sample.total_time);
    const metadata = members(sample.metadata);
    return build(String(sample.id), passed, {
      latencyMs: seconds === undefined ? undefined : seconds * 1000,
      tokens: usage.length === 0 ? undefined : usage.reduce((sum, one) => sum + one, 0),
      error: isMembers(sample.error),
      userId: text(metadata.user_id),
      scope: text(metadata.scope),
    } as Partial<GoldenResult>);
  });
}

/** deepeval: `testCases[]` or `test_results[]`. */
function fromDeepeval(cases: readonly Members[]): readonly GoldenResult[] {
  return cases.map((one, at) => {
    const seconds = number(one.runDuration) ?? number(one.completionTime);
    const metadata = members(one.additionalMetadata ?? one.additional_metadata);
    return build(text(one.name) ?? String(at), one.success === true, {
      latencyMs: seconds === undefined ? undefined : seconds * 1000,
      cost: number(one.evaluationCost) ?? number(one.tokenCost),
      userId: text(metadata.user_id),
      scope: text(metadata.scope),
    } as Partial<GoldenResult>);
  });
}

function fromDocument(value: unknown): readonly GoldenResult[] | undefined {
  if (Array.isArray(value)) return value.map((one, at) => fromLine(one, `[${at}]`));
  if (!isMembers(value)) return undefined;
  const results = value.results;
  if (isMembers(results) && Array.isArray(results.results))
    return fromPromptfoo(list(results.results));
  if (Array.isArray(value.samples)) return fromInspect(list(value.samples));
  const cases = value.testCases ?? value.test_results ?? value.testResults;
  return Array.isArray(cases) ? fromDeepeval(list(cases)) : undefined;
}

/**
 * Reads results of a golden set: JSONL of `{case_id, passed, …}`, or the JSON of promptfoo,
 * inspect_ai and deepeval.
 *
 * @throws {GateError} `GATE_INPUT_INVALID`.
 */
export function readResults(bytes: Uint8Array, name: string): readonly GoldenResult[] {
  const source = fromUtf8(bytes);
  const parse = (one: string, where: string): unknown => {
    try {
      return parseJson(one, { maxBytes: MAX_BYTES });
    } catch (cause) {
      throw new GateError('GATE_INPUT_INVALID', `${where}: not JSON`, { cause });
    }
  };
  if (/\.(jsonl|ndjson)$/i.test(name)) {
    return source.split('\n').flatMap((one, at) => {
      const where = `${name}:${at + 1}`;
      return one.trim() === '' ? [] : [fromLine(parse(one, where), where)];
    });
  }
  const found = fromDocument(parse(source, name));
  if (found !== undefined) return found;
  throw new GateError('GATE_INPUT_INVALID', `${name}: unknown format of results`);
}
