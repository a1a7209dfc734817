import type { CallContext } from '../model/call.js';
import { contextError, noContextError } from '../model/check-context.js';

/** Who calls, where and in which run; the id and the signal of a call are the framework's. */
export type CallerContext = Omit<CallContext, 'callId' | 'signal'>;

/**
 * Who calls: fixed, or a function that the host writes and that is asked for each call. A function
 * that throws stops the call.
 */
export type CallerSource<Call, Context extends CallerContext = CallerContext> =
  | Context
  | ((call: Call) => Context | Promise<Context>);

const REQUIRED = {
  tenant: 'the name of the tenant',
  project: 'the name of the project',
  env: 'the name of the environment, such as prod',
  run: 'the id of the run or conversation',
  traceId: 'the id of the trace',
  agent: 'the name of the agent',
  actor: 'the id of the person or service the agent acts for',
} as const;

type RequiredMember = keyof typeof REQUIRED;

const TEXTS = ['spanId', 'reviewId'] as const;
const LISTS = ['actorRoles', 'agentCapabilities', 'labels'] as const;

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/**
 * Checks that a context says who calls.
 *
 * @throws {GovernError} `GOVERN_CONTEXT_INVALID` with the path of what is missing.
 */
export function checkCaller<Context extends CallerContext>(
  context: Context,
  where = 'context',
): Context {
  if (typeof context !== 'object' || context === null) throw noContextError(where);
  const given: Partial<Record<string, unknown>> = { ...context };
  for (const key of Object.keys(REQUIRED) as RequiredMember[]) {
    if (!isText(given[key])) throw contextError(`${where}.${key}`, REQUIRED[key]);
  }
  return context;
}

/**
 * Asks for the context of one call.
 *
 * @throws {GovernError} `GOVERN_CONTEXT_INVALID`, and whatever the host's function throws.
 */
export async function resolveCaller<Call, Context extends CallerContext>(
  source: CallerSource<Call, Context>,
  call: Call,
): Promise<Context> {
  return checkCaller(typeof source === 'function' ? await source(call) : source);
}

/**
 * Completes what an application fixes for all calls with what the host says about one of them: its
 * own members of the same names. What is fixed cannot be replaced. The trace is the run where nobody
 * names one.
 *
 * @param where How the host's own value is called, for the error message.
 * @throws {GovernError} `GOVERN_CONTEXT_INVALID` with the path of what is missing.
 */
export function completeCaller(
  fixed: Partial<CallerContext>,
  given: unknown,
  where: string,
): CallerContext {
  const known: Record<string, unknown> = {};
  if (typeof given === 'object' && given !== null) {
    for (const [key, value] of Object.entries(given)) {
      const isList = (LISTS as readonly string[]).includes(key) && isTexts(value);
      const isName =
        (Object.hasOwn(REQUIRED, key) || (TEXTS as readonly string[]).includes(key)) &&
        isText(value);
      if (isList || isName) known[key] = value;
    }
  }
  const joined = { ...known, ...fixed } as CallerContext;
  return checkCaller({ ...joined, traceId: joined.traceId ?? joined.run }, where);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
