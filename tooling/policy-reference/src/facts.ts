import { typeOfSchema } from '@spanforge/condition';
import type { PastCall, PolicyRequest } from '@spanforge/core-events';
import { parseJson } from '@spanforge/core-signing';
import { detectFields } from '@spanforge/detect';
import type { CallFact, DetectedFact, PolicyBundle } from '@spanforge/policy';
import { at, isList, isMap, isScalar } from './value.js';

/** The facts of a request: those that are given, and every other that can be known. */
export function factsOf(
  bundle: PolicyBundle,
  request: PolicyRequest,
  counted: Readonly<Record<string, number>>,
): unknown {
  const given: unknown = request.facts;
  if (given !== undefined && !isMap(given)) return given;
  const facts: Record<string, unknown> = { ...given };
  if (request.service === 'sf_govern' && request.control === 'tool_result') {
    const read = readAs(facts.result, bundle, request.tool);
    if (read !== undefined) facts.result = read;
  }
  const fill = (name: string): void => {
    const fact = bundle.facts[name];
    if (fact === undefined || facts[name] !== undefined) return;
    if (fact.kind === 'counted') {
      const sum = Object.hasOwn(counted, name) ? counted[name] : undefined;
      if (Number.isFinite(sum)) facts[name] = sum;
      return;
    }
    const paths =
      fact.kind === 'detected'
        ? [fact.path]
        : fact.for.map((match) => ('path' in match ? match.path : ''));
    for (const path of paths) if (path.startsWith('facts.')) fill(path.split('.')[1] ?? '');
    const seen = { ...request, facts };
    const value = fact.kind === 'calls' ? fromCalls(fact, bundle, seen) : detected(fact, seen);
    if (value !== undefined) facts[name] = value;
  };
  for (const name of Object.keys(bundle.facts)) fill(name);
  return given === undefined && Object.keys(facts).length === 0 ? undefined : facts;
}

function fromCalls(fact: CallFact, bundle: PolicyBundle, request: PolicyRequest): unknown {
  const calls: unknown = request.calls;
  if (!isList(calls) || !calls.every((call) => isMap(call) && 'tool' in call)) return undefined;
  const wanted = fact.for.map((match) => ('path' in match ? at(request, match.path) : match.value));
  if (!wanted.every(isScalar)) return undefined;
  const found = (calls as readonly PastCall[]).filter(({ tool, args, result }) => {
    if (!fact.from.includes(tool)) return false;
    const declared = bundle.tools[tool];
    const failure = declared?.output === 'trusted' ? declared.failureStartsWith : undefined;
    if (failure !== undefined && typeof result === 'string' && result.startsWith(failure)) {
      return false;
    }
    return fact.for.every((match, index) => at(args, match.argument) === wanted[index]);
  });
  const values = found.map(({ tool, result }) => {
    const read = readAs(result, bundle, tool);
    return fact.pick === undefined ? read : at(read, fact.pick);
  });
  if (fact.take === 'latest') return values[values.length - 1];
  return values.some((value) => value === undefined) ? undefined : values;
}

/** A result as its tool declares it. */
function readAs(result: unknown, bundle: PolicyBundle, tool: string | undefined): unknown {
  const schema = bundle.tools[tool ?? '']?.result;
  const declared = schema === undefined ? 'dyn' : typeOfSchema(schema).kind;
  if (typeof result !== 'string' || declared === 'dyn' || declared === 'string') return result;
  try {
    const read: unknown = parseJson(result, { maxBytes: 1_048_576, integers: 'safe' });
    const kind = read === null ? 'null' : isList(read) ? 'list' : typeof read;
    return kind === declared ? read : undefined;
  } catch {
    return undefined;
  }
}

function detected({ path, types }: DetectedFact, request: PolicyRequest): unknown {
  const value = at(request, path);
  if (value === undefined) return undefined;
  const name = path.includes('.') ? path.slice(path.lastIndexOf('.') + 1) : undefined;
  const text = name === undefined ? value : Object.fromEntries([[name, value]]);
  try {
    const found = detectFields(text, types === undefined ? {} : { types });
    const inside = found.filter((finding) => name === undefined || finding.path.length > 0);
    return [...new Set(inside.map(({ type }) => type))].sort();
  } catch {
    return undefined;
  }
}
