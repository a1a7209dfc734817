import type { PastCall, PolicyRequest } from '@spanforge/core-events';
import type { CallFact, PolicyTool } from '../bundle/bundle.js';
import type { ComputeFact } from './compute-fact.js';
import { readPath } from './read-path.js';
import { readResult, resultKind } from './tool-result.js';

/** What an argument of an earlier call is compared with. */
type Wanted = (request: PolicyRequest) => unknown;

/**
 * Compiles a fact that is taken from earlier calls.
 *
 * It is missing when earlier calls are unknown, when a value to compare with is missing, and when a
 * matching result cannot be read: an unknown value is never reported as an empty one.
 */
export function compileCallFact(
  fact: CallFact,
  tools: Readonly<Record<string, PolicyTool>>,
): ComputeFact {
  const kinds = new Map(fact.from.map((tool) => [tool, resultKind(tools[tool]?.result)]));
  // Only results that others cannot write into may mark their call as failed.
  const failures = new Map(
    fact.from.map((tool) => {
      const declared = tools[tool];
      return [tool, declared?.output === 'trusted' ? declared.failureStartsWith : undefined];
    }),
  );
  const matches = fact.for.map((match) => ({
    keys: match.argument.split('.'),
    wanted: compileWanted(match),
  }));
  const pick = fact.pick?.split('.') ?? [];
  const partOf = ({ tool, result }: PastCall): unknown =>
    readPath(readResult(result, kinds.get(tool)), pick);

  return (request) => {
    const { calls } = request;
    if (!Array.isArray(calls) || !calls.every(isCall)) return undefined;
    const wanted = matches.map((match) => match.wanted(request));
    if (!wanted.every(isScalar)) return undefined;
    const counts = (call: PastCall): boolean =>
      kinds.has(call.tool) &&
      !failed(call.result, failures.get(call.tool)) &&
      matches.every(({ keys }, index) => readPath(call.args, keys) === wanted[index]);
    if (fact.take === 'latest') {
      const latest = calls.findLast(counts);
      return latest === undefined ? undefined : partOf(latest);
    }
    const values = calls.filter(counts).map(partOf);
    return values.includes(undefined) ? undefined : values;
  };
}

function compileWanted(match: CallFact['for'][number]): Wanted {
  if (!('path' in match)) return () => match.value;
  const keys = match.path.split('.');
  return (request) => readPath(request, keys);
}

function isCall(call: unknown): boolean {
  return typeof call === 'object' && call !== null && 'tool' in call;
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

function failed(result: unknown, startsWith: string | undefined): boolean {
  return startsWith !== undefined && typeof result === 'string' && result.startsWith(startsWith);
}
