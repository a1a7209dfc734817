import { createDiscloser, createIds, systemClock } from '@spanforge/core-events';
import { openAction, type RegisteredTool, type Setup } from './action.js';
import { GovernError } from './error.js';
import type {
  GovernedTool,
  Governor,
  GovernorParts,
  Tool,
  ToolContext,
  ToolOptions,
} from './options.js';
import { createTraces, type Traces } from './past/traces.js';
import { performCall } from './perform.js';
import { questionsAfter, questionsBefore } from './questions.js';
import type { GovernedResult } from './result.js';
import { createReviews, DEFAULT_SOURCE } from './reviews.js';

const COMMIT_TIMEOUT_MS = 10_000;
const DAY_MS = 86_400_000;
/** Longer timers fire at once. */
const MAX_TIMER_MS = 2_147_483_647;
const MAX_NAME = 512;

function invalid(path: string, expected: string): never {
  throw new GovernError('GOVERN_OPTIONS_INVALID', `${path}: expected ${expected}`, {
    details: { path: `$.${path}` },
  });
}

function checkLimits(limits: Readonly<Record<string, number | undefined>>): void {
  for (const [path, value] of Object.entries(limits)) {
    if (value === undefined || (value > 0 && value <= MAX_TIMER_MS)) continue;
    invalid(path, 'milliseconds above 0 and below 2^31');
  }
}

function oneOf(path: string, value: string | undefined, allowed: readonly string[]): void {
  if (value !== undefined && !allowed.includes(value)) invalid(path, allowed.join(' or '));
}

function checkCounts(counts: Readonly<Record<string, number | undefined>>): void {
  for (const [path, value] of Object.entries(counts)) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
      invalid(path, 'a whole number above 0');
    }
  }
}

function tracesOf(parts: GovernorParts): Traces | undefined {
  const { facts, policy, labels, log } = parts;
  if (facts === false) {
    if (labels) invalid('facts', 'to be kept, where labels are tracked');
    return undefined;
  }
  if (facts === undefined && !policy && !labels) return undefined;
  const options = typeof facts === 'object' ? facts : {};
  const { maxCalls, maxBytes, maxTraces } = options;
  checkCounts({ maxCalls, maxBytes, maxTraces });
  return createTraces(log, options, parts.commitTimeoutMs ?? COMMIT_TIMEOUT_MS);
}

function createSetup(parts: GovernorParts): Setup {
  const { controlTimeoutMs, commitTimeoutMs, toolTimeoutMs, reviewTtlMs, log } = parts;
  checkLimits({ controlTimeoutMs, commitTimeoutMs, toolTimeoutMs });
  if (reviewTtlMs !== undefined && !(reviewTtlMs > 0)) invalid('reviewTtlMs', 'more than 0');
  oneOf('mode', parts.mode, ['enforce', 'shadow']);
  const { maxStreamItems, maxStreamBytes } = parts;
  checkCounts({ maxStreamItems, maxStreamBytes });
  const clock = parts.clock ?? systemClock;
  const source = parts.source ?? DEFAULT_SOURCE;
  return {
    log,
    reviews: createReviews({ log, clock, source }),
    before: questionsBefore(parts),
    after: questionsAfter(parts),
    mode: parts.mode ?? 'enforce',
    clock,
    ids: parts.ids ?? createIds(clock),
    disclose: parts.disclose ?? createDiscloser(),
    describe: parts.describe,
    traces: tracesOf(parts),
    labels: parts.labels,
    detect: parts.detect,
    observe: parts.observe,
    maxStreamItems: maxStreamItems ?? 100_000,
    maxStreamBytes: maxStreamBytes ?? 1_048_576,
    controlTimeoutMs: controlTimeoutMs ?? 5000,
    commitTimeoutMs: commitTimeoutMs ?? COMMIT_TIMEOUT_MS,
    toolTimeoutMs,
    reviewTtlMs: reviewTtlMs ?? DAY_MS,
    source,
  };
}

function checkTool(options: ToolOptions<never>): void {
  const { name, mode, effect, toolTimeoutMs, output, outputLabels, stream } = options;
  if (typeof name !== 'string' || name.length === 0 || name.length > MAX_NAME) {
    invalid('name', `1 to ${MAX_NAME} characters`);
  }
  oneOf('mode', mode, ['enforce', 'shadow']);
  oneOf('effect', effect, ['read', 'write']);
  oneOf('output', output, ['trusted', 'untrusted']);
  oneOf('stream', stream, ['buffer', 'pass_through']);
  const isLabel = (label: string): boolean =>
    typeof label === 'string' && label.length > 0 && label.length <= MAX_NAME;
  if (outputLabels !== undefined && !outputLabels.every(isLabel)) {
    invalid('outputLabels', `labels of 1 to ${MAX_NAME} characters`);
  }
  checkLimits({ toolTimeoutMs });
}

/**
 * Creates the policy enforcement point from the controls it is to ask and the log it writes.
 *
 * @throws {GovernError} `GOVERN_OPTIONS_INVALID`.
 */
export function createGovernor(parts: GovernorParts): Governor {
  const setup = createSetup(parts);
  const tools = new Map<string, RegisteredTool>();
  return Object.freeze({
    govern<Args, Result>(
      tool: Tool<Args, Result>,
      options: ToolOptions<Args>,
    ): GovernedTool<Args, Result> {
      checkTool(options);
      const { name } = options;
      if (tools.has(name)) {
        throw new GovernError('GOVERN_TOOL_DUPLICATE', 'a tool of that name is governed already', {
          details: { tool: name },
        });
      }
      const registered: RegisteredTool = {
        options: { ...options },
        run: tool as (args: unknown, context: ToolContext) => unknown,
      };
      tools.set(name, registered);
      return (args, context) =>
        performCall(() => openAction(setup, registered, args, context), setup.observe) as Promise<
          GovernedResult<Result>
        >;
    },
    call(name, args, context) {
      const tool = tools.get(name) ?? { options: { name, mode: 'enforce' as const } };
      return performCall(() => openAction(setup, tool, args, context), setup.observe);
    },
  } satisfies Governor);
}

/**
 * Puts one tool behind a governor's controls; see {@link Governor.govern}.
 *
 * @throws {GovernError} `GOVERN_TOOL_DUPLICATE`, `GOVERN_OPTIONS_INVALID`.
 */
export function govern<Args, Result>(
  tool: Tool<Args, Result>,
  { governor, ...options }: ToolOptions<Args> & { readonly governor: Governor },
): GovernedTool<Args, Result> {
  return governor.govern(tool, options);
}
