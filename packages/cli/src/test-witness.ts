import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  cosignCheckpoint,
  formatVkey,
  generateSigningKey,
  judgeAddCheckpoint,
  parseVkey,
  type WitnessedLog,
} from '@spanforge/core-signing';

/** A witness over HTTP, which keeps what it cosigned of one log. */
export async function openTestWitness(name: string, logVkey: string) {
  const key = await generateSigningKey({ alg: 'Ed25519', role: 'witness' });
  const vkey = parseVkey(logVkey.trim());
  let log: WitnessedLog = { verifiers: [vkey] };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request.setEncoding('utf8')) body += part;
    const judged = await judgeAddCheckpoint(body, (origin) =>
      origin === vkey.name ? log : undefined,
    );
    if (judged.status !== 200) {
      response.writeHead(judged.status, { 'content-type': 'text/x.tlog.size' });
      return response.end(judged.status === 409 ? `${judged.size}\n` : '');
    }
    const { checkpoint: latest, note } = judged;
    log = { ...log, latest };
    const signed = await cosignCheckpoint(note, { name, key, timestamp: 1_790_000_000 });
    return response.end(signed.slice(note.length));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { line: `witness ${name} ${formatVkey(name, key)} http://127.0.0.1:${port}\n`, close };
}
