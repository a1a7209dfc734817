import type { CallContext, GovernedResult } from '@spanforge/govern';
import { type Gate, openGate, type RunTool } from '@spanforge/govern/adapters';
import { createFingerprints } from './fingerprint.js';
import type { GovernanceOptions, LangchainToolOptions } from './options.js';

/** Anything with a name that can be a tool. */
export interface NamedTool {
  readonly name: string;
  readonly description?: unknown;
  readonly schema?: unknown;
}

/** The tools of one governor. Each is registered once, however many agents have it. */
export interface ToolRegistry {
  declarationOf(name: string): LangchainToolOptions;
  /**
   * Calls a tool. If it is not the tool that was declared, the call goes to a name that the
   * governor does not know.
   */
  call(
    tool: NamedTool,
    args: unknown,
    context: CallContext,
    run: RunTool,
  ): Promise<GovernedResult<unknown>>;
  /** Records a call that is not allowed here. */
  refuse(name: string, args: unknown, context: CallContext): Promise<GovernedResult<unknown>>;
}

interface Known {
  readonly gate: Gate;
  description: string | undefined;
  fingerprint: string | undefined;
}

const UNDECLARED: LangchainToolOptions = {};
const MAX_NAME = 400;

/** Creates the registry; declared tools are registered at once. */
export function createToolRegistry(options: GovernanceOptions): ToolRegistry {
  const { governor, tools = {}, undeclared = 'govern' } = options;
  const fingerprints = createFingerprints();
  const known = new Map<string, Known>();
  const declarationOf = (name: string): LangchainToolOptions =>
    Object.hasOwn(tools, name) ? (tools[name] ?? UNDECLARED) : UNDECLARED;

  const register = (name: string): Known => {
    const { events, description, ...declared } = declarationOf(name);
    const gate = openGate(
      governor,
      { ...declared, name, stream: 'buffer' },
      () => new TypeError('no tool is behind this call'),
    );
    const entry: Known = { gate, description, fingerprint: undefined };
    known.set(name, entry);
    return entry;
  };
  const isSame = (entry: Known, tool: NamedTool): boolean => {
    if (entry.description !== undefined && entry.description !== tool.description) return false;
    const fingerprint = fingerprints.of(tool);
    entry.fingerprint ??= fingerprint;
    return entry.fingerprint === fingerprint;
  };
  const unknown = (kind: string, name: string, args: unknown, context: CallContext) =>
    governor.call(`${kind}:${name.slice(0, MAX_NAME)}`, args, context);
  for (const name of Object.keys(tools)) register(name);

  return {
    declarationOf,
    refuse: (name, args, context) => unknown('unknown', name, args, context),
    async call(tool, args, context, run) {
      const { name } = tool;
      const entry = known.get(name) ?? (undeclared === 'govern' ? register(name) : undefined);
      if (entry === undefined) return unknown('unknown', name, args, context);
      if (!isSame(entry, tool)) return unknown('changed', name, args, context);
      return entry.gate.start(args, context, run);
    },
  };
}
