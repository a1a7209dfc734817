import { createIds } from '@spanforge/core-events';
import { createPins } from '@spanforge/mcp';
import { type AddCommands, addStateCommand, type StateOption } from '../command.js';
import { CliError } from '../error.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { formatTable } from '../output/table.js';
import type { Workspace } from '../workspace/workspace.js';
import { withWorkspace } from './with-workspace.js';

interface McpToolsArguments extends StateOption {
  readonly serverName?: string;
  readonly approve?: string;
  readonly digest?: string;
  readonly as?: string;
}

const VIOLATION = 'spanforge.governance.violation.v1';

/** Definitions that were seen and are not pinned, newest last. */
async function waiting(
  { log, config }: Workspace,
  server: string,
  pinned: ReadonlyMap<string, string>,
): Promise<readonly (readonly [tool: string, digest: string])[]> {
  const found = new Map<string, readonly [string, string]>();
  let cursor: number | undefined = 0;
  while (cursor !== undefined) {
    const page = await log.query({ types: [VIOLATION], tenant: config.tenant, cursor, limit: 500 });
    for (const { body } of page.records) {
      const [tool, digest] = [String(body.subject), String(body.found)];
      if (body.location !== server || pinned.get(tool) === digest) continue;
      found.set(`${tool} ${digest}`, [tool, digest]);
    }
    cursor = page.next;
  }
  return [...found.values()];
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
    const known = new Map(pinned.map((pin) => [pin.tool, pin.digest]));
    const open = await waiting(workspace, server, known);
    const rows = [
      ...pinned.map((pin) => [pin.tool, pin.approver ?? pin.cause, pin.digest]),
      ...open.map(([name, seen]) => [name, 'NOT PINNED', seen]),
    ];
    const columns = [{ title: 'tool' }, { title: 'pinned by' }, { title: 'definition' }];
    return {
      exitCode: EXIT.ok,
      text: formatTable(columns, rows),
      json: { pinned, not_pinned: open.map(([name, seen]) => ({ tool: name, digest: seen })) },
    };
  });
}

/** `mcp-tools`. */
export const addMcpToolsCommand: AddCommands = (root, act) => {
  addStateCommand(root, 'mcp-tools', 'the pinned definitions of a server behind mcp-proxy')
    .option('--server-name <name>', 'the server (default: mcp)')
    .option('--approve <tool>', 'pin another definition of this tool')
    .option('--digest <digest>', 'with --approve: the definition, as this command shows it')
    .option('--as <id>', 'with --approve: who approves')
    .action(act(mcpTools));
};
