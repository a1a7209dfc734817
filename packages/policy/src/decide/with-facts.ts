import type { PolicyRequest } from '@spanforge/core-events';
import type { FactPlan } from './fact-plan.js';
import { type JsonKind, readResult } from './tool-result.js';

type Facts = Record<string, unknown>;

/** The request with its facts filled in, as it is decided and recorded; the same request where there is nothing to do. */
export function fillFacts(
  request: PolicyRequest,
  plan: FactPlan,
  counted: Readonly<Record<string, number>>,
  kindOfResult: JsonKind | undefined,
): PolicyRequest {
  const given = request.facts;
  const result = readGiven(given, kindOfResult);
  const plain = request.calls === undefined && request.callId === undefined;
  if (plain && result === undefined && plan.computed.length + plan.counted.length === 0) {
    return request;
  }
  const { callId: _callId, ...asked } = request;
  if (given !== undefined && !isRecord(given)) {
    const { calls: _calls, ...rest } = asked;
    return rest;
  }
  const facts: Facts = Object.assign(Object.create(null), given, result);
  // Facts can be computed from each other: later ones see earlier ones.
  const seen = { ...asked, facts };
  for (const name of plan.counted) {
    const sum = Object.hasOwn(counted, name) ? counted[name] : undefined;
    if (facts[name] === undefined && Number.isFinite(sum)) facts[name] = sum;
  }
  for (const { name, compute } of plan.computed) {
    if (facts[name] !== undefined) continue;
    const value = compute(seen);
    if (value !== undefined) facts[name] = value;
  }
  const { calls: _calls, facts: _facts, ...rest } = seen;
  return Object.keys(facts).length === 0 && given === undefined
    ? rest
    : { ...rest, facts: { ...facts } };
}

/** The call's own result, parsed when it came as text and another kind is declared. */
function readGiven(given: PolicyRequest['facts'], kind: JsonKind | undefined): Facts | undefined {
  if (kind === undefined || !isRecord(given) || !Object.hasOwn(given, 'result')) return undefined;
  const { result } = given;
  if (typeof result !== 'string') return undefined;
  const read = readResult(result, kind);
  return read === undefined ? undefined : { result: read };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
