import { createHmac, generateKeyPairSync, hash, sign } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

/** One subject of the benchmark: performs governed actions, durably. */
export interface Subject {
  readonly name: string;
  /** Average bytes of the records it has written. */
  recordBytes(): number | Promise<number>;
  /** Resolves when everything the action wrote is durable. */
  action(number: number): Promise<void>;
  close(): Promise<void>;
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

function canonical(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const object = value as { readonly [key: string]: Json };
  return `{${Object.keys(object)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(object[key] as Json)}`)
    .join(',')}}`;
}

/** Makes the script's records as large as those of the governed way are on average. */
const TEXT_LENGTH = 332;

/** A record of about one kilobyte, as a script without SpanForge might write it. */
function record(action: number, part: number): Json {
  return {
    v: 'script.record.v1',
    id: `01J${String(action).padStart(12, '0')}${String(part).padStart(11, '0')}`,
    type: `script.part${part}.v1`,
    tenant: 'acme',
    project: 'claims',
    env: 'prod',
    run: `run-01J9Z8Y7X6W5V4T3S2R1${String(Math.floor(action / 10)).padStart(6, '0')}`,
    trace_id: action.toString(16).padStart(32, '4bf92f3577b34da6'),
    agent: 'claims-agent',
    actor: 'case-worker-7',
    source: 'script@1.0.0',
    mode: 'live',
    time: new Date().toISOString(),
    writer: { id: 'script', boot: '01J00000000000000000000000', n: action * 6 + part },
    body: {
      tool: 'write_file',
      outcome: 'allow',
      reason: 'The manifest of the agent grants this action on this resource.',
      reason_code: 'granted',
      rules: [{ rule_id: 'decisions-are-logged', action: 'allow+log', finding: 'triggered' }],
      text: 'x'.repeat(TEXT_LENGTH),
    },
  };
}

/** Appends to a file, many callers a flush: the floor of what durable evidence costs. */
function createFile(path: string, whenFlushed: () => Uint8Array) {
  let waiting: { bytes: Uint8Array; done: () => void; failed: (error: unknown) => void }[] = [];
  let busy = false;
  const file = open(path, 'w');
  async function flush(): Promise<void> {
    const handle = await file;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await handle.write(Buffer.concat([...batch.map((one) => one.bytes), whenFlushed()]));
        await handle.datasync();
        for (const one of batch) one.done();
      } catch (error) {
        for (const one of batch) one.failed(error);
      }
    }
    busy = false;
  }
  return {
    append: (bytes: Uint8Array): Promise<void> =>
      new Promise((done, failed) => {
        waiting.push({ bytes, done, failed });
        if (busy) return;
        busy = true;
        setImmediate(() => void flush());
      }),
    close: async (): Promise<void> => (await file).close(),
  };
}

const NEWLINE = Buffer.from('\n');

/**
 * The straight-line script: canonicalises, hashes, (HMACs,) keeps the tree and a signed checkpoint
 * by hand, and appends to one plain file with group commit. It decides nothing and finds nothing
 * again; it is what the evidence alone costs.
 */
export function straightLine(folder: string, options: { hmac: boolean; commits: 1 | 2 }): Subject {
  const key = Buffer.alloc(32, 7);
  const { privateKey } = generateKeyPairSync('ed25519');
  const frontier: { height: number; hash: Buffer }[] = [];
  let size = 0;
  let written = 0;
  let signedAt = 0;
  const grow = (leaf: Buffer): void => {
    let node = { height: 0, hash: leaf };
    for (let last = frontier.at(-1); last?.height === node.height; last = frontier.at(-1)) {
      frontier.pop();
      const pair = Buffer.concat([Buffer.from([1]), last.hash, node.hash]);
      node = { height: node.height + 1, hash: hash('sha256', pair, 'buffer') };
    }
    frontier.push(node);
    size += 1;
  };
  const checkpoint = (): Uint8Array => {
    if (Date.now() - signedAt < 1000) return new Uint8Array(0);
    signedAt = Date.now();
    const root = frontier
      .map((node) => node.hash)
      .reduceRight((right, left) =>
        hash('sha256', Buffer.concat([Buffer.from([1]), left, right]), 'buffer'),
      );
    const body = `example.com/script\n${size}\n${root.toString('base64')}\n`;
    return Buffer.from(
      `${body}\n${sign(null, Buffer.from(body), privateKey).toString('base64')}\n`,
    );
  };
  const file = createFile(join(folder, 'script.log'), checkpoint);
  const write = (action: number, from: number, to: number): Promise<void> => {
    const parts: Buffer[] = [];
    for (let part = from; part < to; part += 1) {
      const bytes = Buffer.from(canonical(record(action, part)));
      written += bytes.length;
      const leaf = hash('sha256', Buffer.concat([Buffer.from([0]), bytes]), 'buffer');
      grow(leaf);
      parts.push(bytes);
      if (options.hmac) {
        parts.push(createHmac('sha256', key).update('script.record.v1\n').update(leaf).digest());
      }
      parts.push(NEWLINE);
    }
    return file.append(Buffer.concat(parts));
  };
  return {
    name: 'straight-line script, plain file',
    recordBytes: () => written / size,
    async action(number) {
      if (options.commits === 2) await write(number, 0, 4);
      await write(number, options.commits === 2 ? 4 : 0, 6);
    },
    close: () => file.close(),
  };
}
