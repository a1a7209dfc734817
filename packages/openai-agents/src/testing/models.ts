import type { Model, ModelResponse, StreamEvent } from '@openai/agents';
import { Usage } from '@openai/agents';

/** A turn of the scripted model: what it calls, or what it says. */
export type AgentTurn = string | readonly ScriptedAgentCall[];

export interface ScriptedAgentCall {
  readonly id: string;
  readonly tool: string;
  readonly input: unknown;
  /** The provider runs it. */
  readonly hosted?: boolean;
}

type Output = Extract<StreamEvent, { readonly type: 'response_done' }>['response']['output'];

function outputOf(turn: AgentTurn): Output {
  if (typeof turn === 'string') {
    const content = [{ type: 'output_text' as const, text: turn }];
    return [{ type: 'message', role: 'assistant', status: 'completed', content }];
  }
  return turn.map(({ id, tool, input, hosted }) => {
    const text = typeof input === 'string' ? input : JSON.stringify(input);
    const call = { name: tool, arguments: text, status: 'completed' as const };
    return hosted
      ? { type: 'hosted_tool_call', id, ...call }
      : { type: 'function_call', callId: id, ...call };
  });
}

/** A model that says its turns in order, and remembers what it was given. */
export class ScriptedModel implements Model {
  readonly seen: string[] = [];
  readonly #turns: AgentTurn[];

  constructor(...turns: readonly AgentTurn[]) {
    this.#turns = [...turns];
  }

  #next(input: unknown): Output {
    this.seen.push(JSON.stringify(input));
    return outputOf(this.#turns.shift() ?? 'done');
  }

  async getResponse(request: { readonly input: unknown }): Promise<ModelResponse> {
    return { usage: new Usage(), output: this.#next(request.input) };
  }

  async *getStreamedResponse(request: { readonly input: unknown }): AsyncIterable<StreamEvent> {
    const output = this.#next(request.input);
    const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };
    yield { type: 'response_started' };
    yield { type: 'response_done', response: { id: 'r', usage, output } };
  }
}

export const scripted = (...turns: readonly AgentTurn[]): ScriptedModel =>
  new ScriptedModel(...turns);
