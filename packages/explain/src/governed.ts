import type { EvidenceContext } from '@spanforge/core-events';
import { followStream } from './streams.js';
import type {
  Governed,
  GovernedFunction,
  GovernedOptions,
  ModelType,
  OutputContext,
} from './types.js';

type AnyFunction = (...args: never[]) => unknown;

/** Starts an explanation and does not wait for it; never throws. */
export type StartExplaining = (output: unknown, described: () => GovernedOutput) => void;

/** What is known about an output, and its context if the wrapper has one. */
export interface GovernedOutput {
  readonly about: OutputContext;
  readonly context?: EvidenceContext;
}

/** Makes the wrapper: `governed(fn)` and `governed(options)(fn)`. */
export function createGoverned(start: StartExplaining): Governed {
  const wrap = <Fn extends AnyFunction>(fn: Fn, options: GovernedOptions): GovernedFunction<Fn> => {
    function governed(this: unknown, ...args: readonly unknown[]): unknown {
      return follow(fn.apply(this, args as never), (output) => {
        start(output, () => ({
          about: describe(options, output, args),
          ...(options.context === undefined ? {} : { context: options.context }),
        }));
      });
    }
    return Object.defineProperties(governed, {
      name: { value: fn.name, configurable: true },
      length: { value: fn.length, configurable: true },
      original: { value: fn },
    }) as unknown as GovernedFunction<Fn>;
  };
  return ((first: AnyFunction | GovernedOptions) =>
    typeof first === 'function'
      ? wrap(first, {})
      : (fn: AnyFunction) => wrap(fn, first)) as Governed;
}

/** Returns what the function returned, and reports the output once it is known. */
function follow(value: unknown, said: (output: unknown) => void): unknown {
  if (value instanceof Promise) {
    return value.then((settled: unknown) => follow(settled, said));
  }
  const stream = followStream(value, said);
  if (stream !== undefined) return stream;
  said(value);
  return value;
}

const MODEL_TYPES: readonly string[] = ['llm', 'rag', 'multi_agent', 'classifier', 'embedding'];

function describe(
  { agentId = 'governed', confidenceThreshold = 0.7, describe: told }: GovernedOptions,
  output: unknown,
  args: readonly unknown[],
): OutputContext {
  const defaults = { agentId, confidenceThreshold };
  return { ...defaults, ...(told ? told(output, args) : fromLastArgument(args.at(-1))) };
}

/** The documented keywords, read from the last argument if that is an object. */
function fromLastArgument(last: unknown): OutputContext {
  if (typeof last !== 'object' || last === null) return {};
  const { modelOutputType, confidenceScore, traceId } = last as Record<string, unknown>;
  const known = typeof modelOutputType === 'string' && MODEL_TYPES.includes(modelOutputType);
  return {
    ...(known ? { modelOutputType: modelOutputType as ModelType } : {}),
    ...(typeof confidenceScore === 'number' ? { confidenceScore } : {}),
    ...(typeof traceId === 'string' ? { traceId } : {}),
  };
}
