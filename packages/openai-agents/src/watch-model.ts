import type { Model } from '@openai/agents';
import type { CallContext, Governor } from '@spanforge/govern';
import { type CallerSource, type Gate, openGate, resolveCaller } from '@spanforge/govern/adapters';
import type { AgentsCall } from './options.js';
import { outsideCallError } from './outside-call.js';
import { parseInput } from './sdk.js';

/** What watching a model needs. */
export interface WatchOptions {
  readonly governor: Governor;
  /** Identity from the host; it is asked without a run context. */
  readonly context: CallerSource<AgentsCall>;
}

type Request = Parameters<Model['getResponse']>[0];

interface Item {
  readonly type?: string;
  readonly name?: string;
  readonly callId?: string;
  readonly id?: string;
  readonly arguments?: string;
}

/** Calls that governed tools answer, or that nobody answers. */
const CALL = 'function_call';
/** Calls that run at the provider or elsewhere outside of this package. */
const ELSEWHERE = ['hosted_tool_call', 'computer_call', 'shell_call', 'apply_patch_call'];
const MAX_NAME = 400;

/**
 * A model whose calls of unknown tools are recorded as blocked, and whose calls of tools that run
 * elsewhere are recorded as shadows. It stops no call itself. It hands the response on when the
 * records are durable.
 */
export function watchModel(model: Model, { governor, context }: WatchOptions): Model {
  const gates = new Map<string, Gate>();
  const gateFor = (name: string): Gate => {
    const gate =
      gates.get(name) ??
      openGate(governor, { name, mode: 'shadow', action: 'ungoverned' }, outsideCallError);
    gates.set(name, gate);
    return gate;
  };
  const contextOf = async (toolName: string, callId: string | undefined): Promise<CallContext> => {
    const caller = await resolveCaller(context, { toolName, callId, runContext: undefined });
    return callId === undefined ? caller : { ...caller, callId };
  };
  const watch = async (request: Request, items: readonly Item[]): Promise<void> => {
    const offered = new Set([
      ...request.tools.map((tool) => ('name' in tool ? tool.name : '')),
      ...request.handoffs.map(({ toolName }) => toolName),
    ]);
    for (const { type = '', name = type, callId, id, arguments: text = '' } of items) {
      const known = name.slice(0, MAX_NAME);
      if (type === CALL && !offered.has(name)) {
        const called = `${known} (unknown)`;
        await governor.call(called, parseInput(text), await contextOf(name, callId ?? id));
      }
      if (ELSEWHERE.includes(type)) {
        const mine = await contextOf(name, callId ?? id);
        await gateFor(`${known} (elsewhere)`).start(parseInput(text), mine, () => ({
          governed: false,
        }));
      }
    }
  };
  const { getRetryAdvice } = model;
  return {
    async getResponse(request) {
      const response = await model.getResponse(request);
      await watch(request, response.output as readonly Item[]);
      return response;
    },
    async *getStreamedResponse(request) {
      for await (const event of model.getStreamedResponse(request)) {
        if (event.type === 'response_done') {
          await watch(request, event.response.output as readonly Item[]);
        }
        yield event;
      }
    },
    ...(getRetryAdvice ? { getRetryAdvice: getRetryAdvice.bind(model) } : {}),
  };
}
