import { AsyncLocalStorage } from 'node:async_hooks';
import type { CallContext, GovernedResult, ToolContext, ToolOptions } from '@spanforge/govern';
import { createFingerprints } from './fingerprint.js';
import type { GovernanceOptions, ToolDeclaration } from './options.js';

/** Anything with a name that can be a tool. */
export interface NamedTool {
  readonly name: string;
  readonly description?: unknown;
  readonly schema?: unknown;
}

/** Runs the tool behind one call, with what its controls left of the arguments. */
export type RunTool = (args: unknown, context: ToolContext) => unknown;

/** The tools of one governor, each known to it once, however many agents have it. */
export interface Registry {
  declarationOf(name: string): ToolDeclaration;
  /** Calls a tool: under a name that is unknown to the governor where it is not the tool that was declared. */
  call(
    tool: NamedTool,
    args: unknown,
    context: CallContext,
    run: RunTool,
  ): Promise<GovernedResult<unknown>>;
  /** Puts a call on record that nobody here may make. */
  refuse(name: string, args: unknown, context: CallContext): Promise<GovernedResult<unknown>>;
}

interface Known {
  readonly governed: (args: unknown, context: CallContext) => Promise<GovernedResult<unknown>>;
  description: string | undefined;
  fingerprint: string | undefined;
}

const UNDECLARED: ToolDeclaration = {};
const MAX_NAME = 400;

/** Creates the registry; what is declared is registered at once. */
export function createRegistry(options: GovernanceOptions): Registry {
  const { governor, tools = {}, undeclared = 'govern' } = options;
  // A governed tool is given its arguments and nothing else; what runs it belongs to the call.
  const running = new AsyncLocalStorage<RunTool | undefined>();
  const fingerprints = createFingerprints();
  const known = new Map<string, Known>();
  const declarationOf = (name: string): ToolDeclaration =>
    Object.hasOwn(tools, name) ? (tools[name] ?? UNDECLARED) : UNDECLARED;

  const register = (name: string): Known => {
    const { events, description, ...declared } = declarationOf(name);
    const governed = governor.govern<unknown, unknown>(
      (args, context) => {
        const run = running.getStore();
        if (run === undefined) throw new TypeError('no tool is behind this call');
        return running.run(undefined, () => run(args, context));
      },
      { ...(declared as Omit<ToolOptions<unknown>, 'name'>), name, stream: 'buffer' },
    );
    const entry: Known = { governed, description, fingerprint: undefined };
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
      return running.run(run, () => entry.governed(args, context));
    },
  };
}
