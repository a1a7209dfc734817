import type { PolicyRequest } from '@spanforge/core-events';
import type { CountedFact, CounterDimension, PolicyBundle } from '../bundle/bundle.js';
import { createMatcher } from '../pattern.js';
import { readPath } from './read-path.js';

/** A counter a request counts on, or reads. */
export interface CounterNeed {
  /** The fact the sum becomes. */
  readonly fact: string;
  /**
   * The part of the counter's key that comes from bundle and request: environment, policy and fact,
   * then each dimension with its value. A later version of the bundle uses the same counter.
   */
  readonly key: readonly string[];
  /** What the caller adds to the key from the call's context, beside the tenant. */
  readonly context: readonly ('run' | 'trace')[];
  /** 0 where the request only reads the counter. */
  readonly amount: number;
  readonly windowMs: number;
}

/** The counters of a request; `read` names those that rules read, whether it counts or not. */
export type FindCounters = (
  request: PolicyRequest,
  read: readonly string[],
) => readonly CounterNeed[];

/**
 * Compiles the counters of a bundle. A tool call counts on every counter of its tool; other requests,
 * and those about a result, only read. If the request lacks a counter's key or amount, the counter is
 * left out and its fact is missing.
 */
export function compileCounters(bundle: PolicyBundle): FindCounters {
  const counters = Object.entries(bundle.facts).flatMap(([name, fact]) =>
    fact.kind === 'counted' ? [compileCounter(name, fact, bundle)] : [],
  );
  return (request, read) => counters.flatMap((counter) => counter(request, read) ?? []);
}

function compileCounter(
  name: string,
  fact: CountedFact,
  { environment, policyId }: PolicyBundle,
): (request: PolicyRequest, read: readonly string[]) => CounterNeed | undefined {
  const matches = fact.tools === undefined ? () => true : createMatcher(fact.tools);
  const sum = fact.sum?.split('.');
  const head = [environment, policyId, name, fact.sum ?? 'calls'];
  const context = Object.freeze(fact.per.filter((one) => one === 'run' || one === 'trace'));
  return (request, read) => {
    const { service, control, tool } = request;
    const called = typeof tool === 'string' && matches(tool);
    const counts = called && service === 'sf_govern' && control === 'tool_call';
    if (!counts && !read.includes(name)) return undefined;
    const amount = !counts ? 0 : sum === undefined ? 1 : readPath(request, sum);
    if (typeof amount !== 'number' || !(amount >= 0 && amount < Number.POSITIVE_INFINITY))
      return undefined;
    const key = [...head];
    for (const dimension of fact.per) {
      if (dimension === 'run' || dimension === 'trace') continue;
      const value = DIMENSION[dimension](request);
      if (typeof value !== 'string') return undefined;
      key.push(dimension, value);
    }
    return { fact: name, key, context, amount, windowMs: fact.windowMs };
  };
}

const DIMENSION: Readonly<
  Record<Exclude<CounterDimension, 'run' | 'trace'>, (request: PolicyRequest) => unknown>
> = {
  agent: ({ agent }) => agent?.id,
  actor: ({ actor }) => actor?.id,
  tool: ({ tool }) => tool,
};
