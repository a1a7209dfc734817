import type { LanguageModel } from 'ai';
import { MockLanguageModelV3, simulateReadableStream } from 'ai/test';

type Model = Exclude<LanguageModel, string> & { readonly specificationVersion: 'v3' };
type Generated = Awaited<ReturnType<Model['doGenerate']>>;
type Content = Generated['content'][number];
type Streamed =
  Awaited<ReturnType<Model['doStream']>>['stream'] extends ReadableStream<infer Part>
    ? Part
    : never;

/** A turn of the scripted model: what it calls, or what it says. */
export type Turn = string | readonly ScriptedCall[];

export interface ScriptedCall {
  readonly id: string;
  readonly tool: string;
  readonly input: unknown;
  /** The provider runs it, and this is what it answers. */
  readonly provider?: unknown;
}

const count = { total: 1, noCache: undefined, cacheRead: undefined, cacheWrite: undefined };
const usage = { inputTokens: count, outputTokens: { total: 1, text: 1, reasoning: undefined } };

function contentOf(turn: Turn): Content[] {
  if (typeof turn === 'string') return [{ type: 'text', text: turn }];
  return turn.flatMap(({ id, tool, input, provider }): Content[] => {
    const text = typeof input === 'string' ? input : JSON.stringify(input);
    const call = { type: 'tool-call', toolCallId: id, toolName: tool, input: text } as const;
    if (provider === undefined) return [call];
    const result = { toolCallId: id, toolName: tool, result: provider as never };
    return [
      { ...call, providerExecuted: true },
      { type: 'tool-result', ...result },
    ];
  });
}

function partsOf(turn: Turn): Streamed[] {
  const { unified } = reasonOf(turn);
  const body = contentOf(turn).flatMap((part): Streamed[] =>
    part.type === 'text'
      ? [
          { type: 'text-start', id: 't' },
          { type: 'text-delta', id: 't', delta: part.text },
          { type: 'text-end', id: 't' },
        ]
      : [part as Streamed],
  );
  return [
    { type: 'stream-start', warnings: [] },
    ...body,
    { type: 'finish', finishReason: { unified, raw: undefined }, usage },
  ];
}

function reasonOf(turn: Turn) {
  const unified = typeof turn === 'string' ? ('stop' as const) : ('tool-calls' as const);
  return { unified, raw: undefined };
}

/** A model that says its turns in order, and remembers what it was told. */
export function scripted(...turns: readonly Turn[]): MockLanguageModelV3 {
  let at = 0;
  const next = (): Turn => turns[at++] ?? 'done';
  return new MockLanguageModelV3({
    doGenerate: async () => {
      const turn = next();
      return { content: contentOf(turn), finishReason: reasonOf(turn), usage, warnings: [] };
    },
    doStream: async () => ({ stream: simulateReadableStream({ chunks: partsOf(next()) }) }),
  });
}
