import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { resolve } from 'node:path';
import type { ProxyContext } from '@spanforge/mcp';
import type { HttpProxyOptions } from '@spanforge/mcp/http';
import { createHttpProxy } from '@spanforge/mcp/http';
import { CliError } from '../error.js';
import { readText } from '../files/read.js';
import type { CommandIo } from '../io.js';

const MIN_TOKEN = 32;
const MAX_TOKEN_BYTES = 4096;
const HOST = '127.0.0.1';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

async function readToken(io: CommandIo, file: string | undefined): Promise<string> {
  if (file === undefined) throw new CliError('CLI_USAGE', '--http needs --token-file');
  const token = (await readText(resolve(io.cwd, file), MAX_TOKEN_BYTES)).trim();
  if (token.length >= MIN_TOKEN && !/\s/.test(token)) return token;
  const message = `${file}: expected a token of at least ${MIN_TOKEN} characters without spaces`;
  throw new CliError('CLI_INPUT_INVALID', message, { details: { file } });
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new CliError('CLI_USAGE', '--http: expected a port');
}

function listening(server: Server, port: number): Promise<number> {
  return new Promise((done, failed) => {
    server.once('error', (cause) =>
      failed(new CliError('CLI_USAGE', `port ${port} cannot be used`, { cause })),
    );
    server.listen(port, HOST, () => {
      const address = server.address();
      done(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/**
 * Serves proxies on this machine only, to clients with the token; returns a function that stops it.
 */
export async function serveMcp(
  io: CommandIo,
  options: { readonly http: string; readonly tokenFile?: string | undefined },
  context: ProxyContext,
  more: Pick<HttpProxyOptions, 'open' | 'onError'>,
): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const expected = digest(`Bearer ${await readToken(io, options.tokenFile)}`);
  const port = portOf(options.http);
  const hosts: string[] = [];
  const proxy = createHttpProxy({
    ...more,
    allowedHosts: hosts,
    authenticate: async ({ authorization = '' }) =>
      // The name of a scheme is the same in any case (RFC 9110).
      timingSafeEqual(digest(authorization.replace(/^bearer /i, 'Bearer ')), expected)
        ? context
        : undefined,
  });
  const server = createServer((request, response) => void proxy.handle(request, response));
  const bound = await listening(server, port);
  hosts.push(`${HOST}:${bound}`, `localhost:${bound}`);
  return {
    port: bound,
    async close() {
      await proxy.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
