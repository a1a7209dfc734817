import { createIds } from '@spanforge/core-events';
import { createPins, type UnpinnedTool } from '@spanforge/mcp';
import { type AddCommands, addStateCommand, type StateOption } from '../command.js';
import { CliError } from '../error.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { escapeText } from '../output/escape.js';
import { diffLines } from '../output/line-diff.js';
import { type Column, formatTable } from '../output/table.js';
import { withWorkspace } from './with-workspace.js';

interface McpToolsArguments extends StateOption {
  readonly serverName?: string;
  readonly approve?: string;
  readonly digest?: string;
  readonly as?: string;
}

/** A digest is printed whole, since `--digest` takes it. */
const COLUMNS: readonly Column[] = [
  { title: 'tool' },
  { title: 'pinned by' },
  { title: 'definition', maxWidth: 64 },
];

/** A definition with one member a line, for comparing. */
function pretty(definition: string): string {
  return JSON.stringify(JSON.parse(definition), null, 2);
}

/** How a new definition differs from the pinned one of its tool. */
function changesOf({ tool, digest, definition, pinnedDefinition }: UnpinnedTool): string {
  const head = `${tool}  ${digest}`;
  if (definition === undefined) return `${head}\n  (its definition is too long to be on record)`;
  const now = pretty(definition);
  const lines =
    pinnedDefinition === undefined
      ? now.split('\n').map((line) => `+ ${line}`)
      : diffLines(pretty(pinnedDefinition), now);
  return [head, ...lines].join('\n');
}

async function mcpTools(io: CommandIo, options: McpToolsArguments): Promise<CommandResult> {
  const { serverName: server = 'mcp', approve: tool, digest, as: approver } = options;
  return withWorkspace(io, options.state, async (workspace) => {
    const { tenant, project, environment: env } = workspace.config;
    const run = createIds()();
    const source = `spanforge-cli@${io.version}`;
    const who = { agent: 'spanforge-cli', actor: approver ?? 'operator' };
    const context = { tenant, project, env, run, traceId: run, ...who, source };
    const pins = createPins({ log: workspace.log, server, context });
    if (tool !== undefined) {
      if (digest === undefined || approver === undefined) {
        throw new CliError('CLI_USAGE', '--approve needs --digest and --as');
      }
      await pins.approve({ tool, digest, approver });
    }
    const pinned = await pins.list();
    const unpinned = await pins.listUnpinned();
    const rows = [
      ...pinned.map((pin) => [pin.tool, pin.approver ?? pin.cause, pin.digest]),
      ...unpinned.map((seen) => [seen.tool, 'NOT PINNED', seen.digest]),
    ];
    const changes = unpinned.map(changesOf);
    return {
      exitCode: EXIT.ok,
      text: [formatTable(COLUMNS, rows), ...changes.map(escapeText)].join('\n\n'),
      json: { pinned, not_pinned: unpinned },
    };
  });
}

/** `mcp-tools`. */
export const addMcpToolsCommand: AddCommands = (root, act) => {
  addStateCommand(
    root,
    'mcp-tools',
    'list the pinned tool definitions of a server behind mcp-proxy, or pin another',
  )
    .option('--server-name <name>', 'the name of the server (default: mcp)')
    .option('--approve <tool>', 'pin another definition of this tool')
    .option(
      '--digest <digest>',
      'with --approve: the digest of the definition, as this command prints it',
    )
    .option('--as <id>', 'with --approve: the person who approves, by id')
    .action(act(mcpTools));
};
