import { createRequire } from 'node:module';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

/** A command as the guide writes it. */
export interface GuideCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** A client of one proxy. */
export interface ProxiedClient {
  readonly tools: () => Promise<readonly string[]>;
  /** The text that a tool answers. */
  readonly call: (name: string, args: Record<string, unknown>) => Promise<string>;
  readonly close: () => Promise<void>;
}

const require = createRequire(import.meta.url);
const SERVER = '@modelcontextprotocol/server-filesystem';

/** The same command with the server of this workspace, so that npx need not look for it. */
function withServer({ command, args }: GuideCommand, folders: Readonly<Record<string, string>>) {
  const end = args.indexOf('--');
  const [runner, name, folder = ''] = args.slice(end + 1);
  if (runner !== 'npx' || name !== SERVER) throw new Error(`the guide starts ${runner} ${name}`);
  const file = require.resolve('@modelcontextprotocol/server-filesystem/dist/index.js');
  const server = [process.execPath, file, folders[folder] ?? folder];
  return { command, args: [...args.slice(0, end + 1), ...server] };
}

/** Starts what the guide says in a folder, and connects a client of the MCP SDK to it. */
export async function connect(
  guided: GuideCommand,
  cwd: string,
  folders: Readonly<Record<string, string>>,
): Promise<ProxiedClient> {
  const client = new Client({ name: 'guide', version: '1.0.0' });
  const how = { ...withServer(guided, folders), cwd, stderr: 'ignore' as const };
  await client.connect(new StdioClientTransport(how), { timeout: 120_000 });
  return {
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    async call(name, args) {
      const { content } = await client.callTool({ name, arguments: args }, { timeout: 60_000 });
      const [first] = content as readonly { readonly text?: string }[];
      return first?.text ?? '';
    },
    close: () => client.close(),
  };
}

/** The commands of the guide's shell blocks, with lines that go on joined. */
export function commandsOf(page: string): readonly GuideCommand[] {
  return [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
    .flatMap(([, block = '']) => block.replace(/\\\n\s*/g, '').split('\n'))
    .filter((line) => line !== '')
    .map((line) => {
      const [command = '', ...args] = line.split(/\s+/);
      return { command, args };
    });
}

/** The servers of the guide's client configuration. */
export function serversOf(page: string): Readonly<Record<string, GuideCommand>> {
  const [, json = '{}'] = /^```json\n([\s\S]*?)^```$/m.exec(page) ?? [];
  return JSON.parse(json).mcpServers;
}
