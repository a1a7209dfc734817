import { createIds } from '@spanforge/core-events';
import { createMcpProxy, createPins, type McpProxy, type McpTransport } from '@spanforge/mcp';
import { createProcessTransport, createStdioTransport } from '@spanforge/mcp/stdio';
import type { AddCommands } from '../command.js';
import { CliError } from '../error.js';
import { type CommandIo, type CommandResult, EXIT, type LiveProcess } from '../io.js';
import { escapeText } from '../output/escape.js';
import { createErrorTeller, type ErrorTeller } from '../output/tell-errors.js';
import { openWorkspace, type Workspace } from '../workspace/workspace.js';
import { type McpControls, openMcpControls } from './mcp-controls.js';
import { serveMcp } from './mcp-http.js';
import { createLearner, type Learner } from './mcp-learn.js';
import type { McpProxyArguments } from './mcp-proxy-arguments.js';
import { addMcpToolsCommand } from './mcp-tools.js';
import { stateFolder } from './with-workspace.js';

function liveOf({ live }: CommandIo): LiveProcess {
  if (live !== undefined) return live;
  throw new CliError('CLI_USAGE', 'this command must run in a process of its own');
}

function oneOf<Word extends string>(option: string, given: string, words: readonly Word[]): Word {
  const word = words.find((one) => one === given);
  if (word !== undefined) return word;
  throw new CliError('CLI_USAGE', `${option}: expected ${words.join(' or ')}`);
}

/** Makes the proxy of one connection, with a server process of its own. */
type Open = (client: McpTransport) => McpProxy;

function opener(
  io: CommandIo,
  options: McpProxyArguments,
  [command = '', ...args]: readonly string[],
  { context, governor, tool, visible, strangers }: McpControls,
  { learner, errors }: { readonly learner: Learner | undefined; readonly errors: ErrorTeller },
): Open {
  const { serverName = 'mcp', approver } = options;
  const unpinned = oneOf('--unpinned', options.unpinned ?? 'block', ['block', 'record']);
  const firstSight = oneOf('--first-sight', options.firstSight ?? 'pin', ['pin', 'block']);
  const { tenant, project, env, run, traceId, agent, actor } = context;
  const source = `spanforge-cli@${io.version}`;
  const pins = createPins({
    log: governor.log,
    server: serverName,
    context: { tenant, project, env, run, traceId, agent, actor, source },
    firstSight,
    blockChanged: unpinned === 'block',
  });
  const newId = createIds();
  const told = new Set<string>();
  return (client) => {
    const session = newId();
    const server = createProcessTransport({
      command,
      args,
      cwd: io.cwd,
      env: liveOf(io).env,
      stderr: 'inherit',
    });
    return createMcpProxy({
      governor,
      context,
      client,
      server,
      serverName,
      pins,
      unpinned,
      tool,
      visible: (listed) => {
        learner?.tool(listed);
        return visible(listed);
      },
      onTools: (names) => {
        for (const sentence of strangers(names)) {
          if (!told.has(sentence)) io.stderr.write(`spanforge: ${escapeText(sentence)}\n`);
          told.add(sentence);
        }
      },
      onCall: (call) => learner?.call(session, call),
      onError: errors.tell,
      ...(approver === undefined ? {} : { approver }),
    });
  };
}

type Ended = 'client' | 'server' | 'host';

async function serve(
  io: CommandIo,
  options: McpProxyArguments,
  controls: McpControls,
  open: Open,
): Promise<Ended> {
  const { onStop, stdin, stdout } = liveOf(io);
  if (options.http !== undefined) {
    const { http, tokenFile } = options;
    const more = { open: ({ client }: { readonly client: McpTransport }) => open(client) };
    const served = await serveMcp(io, { http, tokenFile }, controls.context, more);
    io.stderr.write(`spanforge: serving at http://127.0.0.1:${served.port}/mcp\n`);
    await new Promise<void>((resolve) => onStop(resolve));
    await served.close();
    return 'host';
  }
  const proxy = open(createStdioTransport({ input: stdin, output: stdout }));
  onStop(() => void proxy.close());
  await proxy.start();
  return proxy.closed;
}

async function runProxy(
  io: CommandIo,
  options: McpProxyArguments,
  command: readonly string[],
  workspace: Workspace,
): Promise<Ended> {
  const controls = await openMcpControls(io, workspace, options, createIds()());
  const { env: environment, agent } = controls.context;
  const learner =
    options.learn === undefined
      ? undefined
      : await createLearner(io, options.learn, { environment, agent });
  const errors = createErrorTeller((line) => io.stderr.write(line));
  // Every call would be blocked, so the reason is printed at the start.
  const refusal = workspace.log.guard.refusal();
  if (refusal) errors.tell(refusal);
  const open = opener(io, options, command, controls, { learner, errors });
  const ended = await serve(io, options, controls, open).finally(errors.flush);
  if (learner !== undefined) io.stderr.write(`${escapeText(await learner.write())}\n`);
  return ended;
}

/**
 * `spanforge mcp-proxy`: runs a server behind its policy. Standard output carries only the
 * protocol.
 */
export async function mcpProxy(
  io: CommandIo,
  options: McpProxyArguments,
  command: readonly string[],
): Promise<CommandResult> {
  if (command.length === 0)
    throw new CliError('CLI_USAGE', 'name the command of the server after --');
  const workspace = await openWorkspace(stateFolder(io, options.state), 'spanforge-mcp-proxy');
  try {
    const ended = await runProxy(io, options, command, workspace);
    const exitCode = ended === 'server' ? EXIT.failed : EXIT.ok;
    return { exitCode, text: '', json: undefined, silent: true };
  } finally {
    await workspace.close();
  }
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
];

/** `mcp-proxy` and `mcp-tools`. */
export const addMcpCommands: AddCommands = (root, act) => {
  root
    .command('mcp-proxy')
    .description('put an MCP server behind a policy: mcp-proxy --policy <file> -- <server command>')
    .argument('<command...>', 'the server and its arguments, after --')
    .option('--state <folder>', 'the workspace folder (default: .spanforge)')
    .option('--policy <file>', 'the bundle to activate')
    .option('--manifest <file>', 'the manifest of the agent; what it does not grant is blocked')
    .option(
      '--roles <file>',
      'actors, their roles, and what each role may do; anything else is blocked',
    )
    .option(
      '--agent <id>',
      'the agent that calls (default: the agent of the manifest, or mcp-client)',
    )
    .option('--actor <id>', 'the person the agent acts for (default: operator)')
    .option('--role <role>', 'a role of the actor; repeatable', collect)
    .option('--run <id>', 'the run that all calls belong to (default: a new one)')
    .option(
      '--server-name <name>',
      'the name of the server in pins and rules; it has a policy of its own (default: mcp)',
    )
    .option('--approver <id>', 'the person at the client who decides held calls, by id')
    .option(
      '--unpinned <block|record>',
      'what to do with a tool whose definition changed (default: block)',
    )
    .option('--first-sight <pin|block>', 'what to do with a new tool (default: pin)')
    .option('--http <port>', 'serve Streamable HTTP on this machine instead of stdin and stdout')
    .option(
      '--token-file <file>',
      'with --http: a file with the bearer token that clients must send',
    )
    .option('--learn <folder>', 'block nothing; on exit write a draft policy to this folder')
    .action((command: readonly string[], ...rest: unknown[]) =>
      act<McpProxyArguments>((io, options) => mcpProxy(io, options, command))('', ...rest),
    );
  addMcpToolsCommand(root, act);
};
