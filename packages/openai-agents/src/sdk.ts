// The parts of the SDK that are used, by shape.

/** What the SDK tells a tool about one call of it. */
export interface CallDetails {
  readonly toolCall?: { readonly callId?: string };
  readonly signal?: AbortSignal;
}

/** What an input guardrail is given. */
export interface GuardrailData {
  readonly context: unknown;
  readonly agent: { readonly name: string };
  readonly toolCall: { readonly callId: string };
}

/** A function tool of the SDK. */
export interface AgentsTool {
  readonly type: string;
  readonly name: string;
  readonly description?: string;
  readonly parameters?: unknown;
  readonly inputGuardrails?: readonly object[];
  /** Only agents as tools have it. */
  readonly on?: unknown;
  readonly invoke?: (runContext: unknown, input: string, details?: CallDetails) => Promise<unknown>;
  readonly needsApproval?: (
    runContext: unknown,
    input: unknown,
    callId?: string,
  ) => Promise<boolean>;
}

/** A handoff of the SDK. */
export interface AgentsHandoff {
  readonly toolName: string;
  readonly agentName: string;
  readonly onInvokeHandoff: (runContext: never, input: string) => unknown;
}

/** An agent as a tool: the SDK finds its agent by the identity of the tool. */
export function isAgentTool({ on }: AgentsTool): boolean {
  return typeof on === 'function';
}

/** The arguments as the model gave them. Text that is not JSON is one argument. */
export function parseInput(input: string): unknown {
  if (input === '') return {};
  try {
    return JSON.parse(input);
  } catch {
    return input;
  }
}

/** The arguments that the tool gets: those that were decided about, not those the model gave. */
export function formatInput(given: unknown): string {
  return typeof given === 'string' ? given : JSON.stringify(given);
}

/** The same object with some members replaced; its prototype and hidden members are kept. */
export function replaceMembers<Of extends object>(of: Of, members: object): Of {
  const replaced = Object.entries(members).map(([name, value]) => [
    name,
    { value, enumerable: true, configurable: true, writable: true },
  ]);
  return Object.create(Object.getPrototypeOf(of), {
    ...Object.getOwnPropertyDescriptors(of),
    ...Object.fromEntries(replaced),
  });
}
