import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseJson } from '@spanforge/core-signing';

const MAX_BYTES = 64 * 1024;

/** An answer before it is written. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The JSON of a request, or how it is refused. */
export async function readJson(request: IncomingMessage): Promise<HttpAnswer | { value: unknown }> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json(\s*;\s*charset="?utf-8"?)?\s*$/i.test(type)) {
    return { status: 415, body: { title: 'Send application/json.' } };
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) return { status: 413, body: { title: 'The body is too long.' } };
    chunks.push(chunk);
  }
  try {
    // Strict: of a member that stands there twice, nobody knows which one the sender was asked about.
    return { value: parseJson(Buffer.concat(chunks), { integers: 'safe' }) };
  } catch {
    return { status: 400, body: { title: 'The body is not JSON.' } };
  }
}

/** Writes an answer; a problem of RFC 9457 as such. */
export function write(response: ServerResponse, { status, body, headers }: HttpAnswer): void {
  const kind = status >= 400 ? 'application/problem+json' : 'application/json';
  response.writeHead(status, { 'content-type': kind, 'cache-control': 'no-store', ...headers });
  response.end(JSON.stringify(body));
}
