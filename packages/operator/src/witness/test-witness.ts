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

/** What a witness of the tests does beside its duty. */
export type TestMood = 'honest' | 'silent' | 'forgetful' | 'signs_another' | 'endless';

/** A witness over HTTP that keeps its own state, and knows the given logs. */
export async function openTestWitness(name: string, logVkeys: readonly string[]) {
  const key = await generateSigningKey({ alg: 'Ed25519', role: 'witness' });
  const logs = new Map<string, WitnessedLog>(
    logVkeys.map(parseVkey).map((vkey) => [vkey.name, { verifiers: [vkey] }]),
  );
  const witness = {
    mood: 'honest' as TestMood,
    requests: [] as string[],
    timestamp: 1_790_000_000,
  };
  const answer = async (body: string): Promise<readonly [number, string]> => {
    const judged = await judgeAddCheckpoint(body, (origin) => logs.get(origin));
    if (judged.status === 409) return [409, `${judged.size}\n`];
    if (judged.status !== 200) return [judged.status, ''];
    const { checkpoint, note } = judged;
    const known = logs.get(checkpoint.origin);
    if (known && witness.mood !== 'forgetful') {
      logs.set(checkpoint.origin, { ...known, latest: checkpoint });
    }
    witness.timestamp += 1;
    const { timestamp } = witness;
    const signed = await cosignCheckpoint(note, { name, key, timestamp });
    return [200, signed.slice(note.length)];
  };
  // One request at a time: between looking at its state and keeping the new one nothing may happen.
  let queue: Promise<unknown> = Promise.resolve();
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts).toString();
    witness.requests.push(`${request.method} ${request.url}\n${body}`);
    if (witness.mood === 'silent') return request.socket.destroy();
    const answered = queue.then(() => answer(body));
    queue = answered.catch(() => undefined);
    const [status, text] = await answered;
    const type = status === 409 ? 'text/x.tlog.size' : 'text/plain; charset=utf-8';
    response.writeHead(status, { 'content-type': type });
    if (witness.mood === 'endless') return response.end('x'.repeat(100_000));
    return response.end(
      witness.mood === 'signs_another' ? text.replace(/.{6}\n$/, 'AAAA==\n') : text,
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const close = () => new Promise((done) => server.close(done).closeAllConnections());
  const vkey = formatVkey(name, key);
  return { url: `http://127.0.0.1:${port}/submit/`, vkey, witness, close };
}
