import { createIds, type EvidenceReader, eachRecord } from '@spanforge/core-events';
import { governanceViolationV1, manifestToolV1 } from '@spanforge/core-events/records';
import { createPins, type Pin, type UnpinnedTool } from '@spanforge/mcp';
import { type AddCommands, addStateCommand, type StateOption } from '../command.js';
import { CliError } from '../error.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { escapeText } from '../output/escape.js';
import { diffLines } from '../output/line-diff.js';
import { type Column, formatTable } from '../output/table.js';
import { withEvidence, withWorkspace } from './with-workspace.js';

interface McpToolsArguments extends StateOption {
  readonly serverName?: string;
  readonly approve?: string;
  readonly digest?: string;
  readonly as?: string;
}

/** The name of a server whose proxy was given none. */
const UNNAMED = 'mcp';

/** A digest is printed whole, since `--digest` takes it. */
const COLUMNS: readonly Column[] = [
  { title: 'server' },
  { title: 'tool' },
  { title: 'pinned by' },
  { title: 'definition', maxWidth: 64 },
];

/** A definition with one member a line, for comparing. */
function pretty(definition: string): string {
  return JSON.stringify(JSON.parse(definition), null, 2);
}

type OfServer<Entry> = Entry & { readonly server: string };

/** The servers with definitions on record, by name. */
async function serversOnRecord(reader: EvidenceReader, tenant: string): Promise<readonly string[]> {
  const servers = new Set<string>();
  const types = [manifestToolV1.key, governanceViolationV1.key];
  for await (const { type, mode, body } of eachRecord(reader, { tenant, types })) {
    if (mode !== 'live') continue;
    try {
      if (type === manifestToolV1.key) servers.add(manifestToolV1.fromWire(body).server);
      else {
        const { violation, location } = governanceViolationV1.fromWire(body);
        if (violation.startsWith('tool_') && location !== undefined) servers.add(location);
      }
    } catch {
      // A record that cannot be read names no server.
    }
  }
  return [...servers].sort();
}

/** How a new definition differs from the pinned one of its tool. */
function changesOf({
  server,
  tool,
  digest,
  definition,
  pinnedDefinition,
}: OfServer<UnpinnedTool>): string {
  const head = `${server} ${tool}  ${digest}`;
  if (definition === undefined) return `${head}\n  (its definition is too long to be on record)`;
  const now = pretty(definition);
  const lines =
    pinnedDefinition === undefined
      ? now.split('\n').map((line) => `+ ${line}`)
      : diffLines(pretty(pinnedDefinition), now);
  return [head, ...lines].join('\n');
}

async function mcpTools(io: CommandIo, options: McpToolsArguments): Promise<CommandResult> {
  const { serverName, approve: tool, digest, as: approver } = options;
  const open = tool === undefined ? withEvidence : withWorkspace;
  return open(io, options.state, async ({ log, config }) => {
    const { tenant, project, environment: env } = config;
    const run = createIds()();
    const source = `spanforge-cli@${io.version}`;
    const who = { agent: 'spanforge-cli', actor: approver ?? 'operator' };
    const context = { tenant, project, env, run, traceId: run, ...who, source };
    const pinsOf = (server: string) => createPins({ log, server, context });
    if (tool !== undefined) {
      if (digest === undefined || approver === undefined) {
        throw new CliError('CLI_USAGE', '--approve needs --digest and --as');
      }
      await pinsOf(serverName ?? UNNAMED).approve({ tool, digest, approver });
    }
    const servers = serverName === undefined ? await serversOnRecord(log, tenant) : [serverName];
    const pinned: OfServer<Pin>[] = [];
    const unpinned: OfServer<UnpinnedTool>[] = [];
    for (const server of servers) {
      const pins = pinsOf(server);
      pinned.push(...(await pins.list()).map((pin) => ({ server, ...pin })));
      unpinned.push(...(await pins.listUnpinned()).map((seen) => ({ server, ...seen })));
    }
    const rows = [
      ...pinned.map((pin) => [pin.server, pin.tool, pin.approver ?? pin.cause, pin.digest]),
      ...unpinned.map((seen) => [seen.server, seen.tool, 'NOT PINNED', seen.digest]),
    ];
    const changes = unpinned.map(changesOf);
    const table = rows.length === 0 ? 'no tools on record' : formatTable(COLUMNS, rows);
    return {
      exitCode: EXIT.ok,
      text: [table, ...changes.map(escapeText)].join('\n\n'),
      json: { pinned, not_pinned: unpinned },
    };
  });
}

/** `mcp-tools`. */
export const addMcpToolsCommand: AddCommands = (root, act) => {
  addStateCommand(
    root,
    'mcp-tools',
    'list the pinned tool definitions of the servers behind mcp-proxy, or pin another',
  )
    .option(
      '--server-name <name>',
      'only this server; with --approve: its server (default there: mcp, a server without a name)',
    )
    .option('--approve <tool>', 'pin another definition of this tool')
    .option(
      '--digest <digest>',
      'with --approve: the digest of the definition, as this command prints it',
    )
    .option('--as <id>', 'with --approve: the person who approves, by id')
    .action(act(mcpTools));
};
