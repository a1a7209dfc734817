import { createRequire } from 'node:module';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

/** A connection to the filesystem server, as the tools use it. */
export interface FilesServer {
  /** Calls a tool of the server; its error is thrown. */
  call(tool: string, args: Readonly<Record<string, string>>): Promise<string>;
  close(): Promise<void>;
}

/** Starts the MCP filesystem server over one folder, and connects to it. */
export async function startFilesServer(folder: string): Promise<FilesServer> {
  const server = createRequire(import.meta.url).resolve(
    '@modelcontextprotocol/server-filesystem/dist/index.js',
  );
  const client = new Client({ name: 'claims-desk', version: '1.0.0' });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [server, folder],
      stderr: 'ignore',
    }),
  );
  return {
    async call(tool, args) {
      const result = await client.callTool({ name: tool, arguments: { ...args } });
      const content = result.content as readonly {
        readonly type: string;
        readonly text?: string;
      }[];
      const text = content.map((part) => part.text ?? '').join('\n');
      if (result.isError === true) throw new Error(text);
      return text;
    },
    close: () => client.close(),
  };
}
