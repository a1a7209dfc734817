import { createPublicKey, verify } from 'node:crypto';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openEvidenceLog } from '@spanforge/core-events/log';
import { generateSigningKey } from '@spanforge/core-signing';
import { afterEach, describe, expect, test } from 'vitest';
import { createGovernor, createReviews } from '../index.js';
import { CONTEXT, constant, createFaultyStore } from '../testing/fixtures.js';
import { slackMessageOf } from './message.js';
import { createReviewNotifier, type NotifierOptions } from './notifier.js';

const SECRET = new Uint8Array(32).fill(7);
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A receiver of its own on this machine. */
async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

async function openDesk(reason = 'A person decides.') {
  const { store, plan } = createFaultyStore();
  const log = await openEvidenceLog({
    ...{ store, origin: 'example.com/hooks', writer: 'test', hmac: false },
  });
  const scope = constant('human_review');
  const governor = createGovernor({
    log,
    scope: async (...asked) => ({ ...(await scope(...asked)), reason }),
  });
  governor.govern(() => 'paid', { name: 'pay' });
  const hold = (callId: string, args: object = {}) =>
    governor.call('pay', args, { ...CONTEXT, callId });
  return { log, plan, hold };
}

const SIGNING = { kind: 'hmac', secret: SECRET } as const;

function notifierTo(url: string, more: Partial<NotifierOptions> & Pick<NotifierOptions, 'log'>) {
  let at: number | undefined;
  const cursor = {
    load: async () => at,
    save: async (next: number) => {
      at = next;
    },
  };
  const target = { url, allowedHosts: ['127.0.0.1'], allowPrivate: true };
  const quick = { backoffMs: 1, maxAttempts: 2, timeoutMs: 5000 };
  return createReviewNotifier({ ...quick, target, cursor, signing: SIGNING, ...more });
}

/** Collects the raw bytes of each request before it is answered. */
function collecting(answer: (response: ServerResponse, n: number) => void) {
  const got: { body: Buffer; header: (name: string) => string }[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const header = (name: string) => String(request.headers[name]);
      got.push({ body: Buffer.concat(chunks), header });
      answer(response, got.length);
    });
  };
  return { got, listener };
}

test('an Ed25519 signature holds over the bytes that came, as another library reads them', async () => {
  const key = await generateSigningKey({ alg: 'Ed25519', role: 'record' });
  const { got, listener } = collecting((response) => response.writeHead(204).end());
  const { log, hold } = await openDesk('Größer als üblich – 払う.');
  await hold('c1');
  const url = await listen(listener);
  const notifier = notifierTo(url, { log, signing: { kind: 'ed25519', key } });
  expect(await notifier.deliver()).toEqual({ delivered: 1 });
  const [{ body, header } = { body: Buffer.alloc(0), header: String }] = got;
  const { x } = key.publicJwk;
  const publicKey = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
  const [version, signature = ''] = header('webhook-signature').split(',');
  const signedBy = (id: string, time: string, bytes: Buffer) =>
    verify(
      null,
      Buffer.concat([Buffer.from(`${id}.${time}.`), bytes]),
      publicKey,
      Buffer.from(signature, 'base64'),
    );
  const [id, time] = [header('webhook-id'), header('webhook-timestamp')];
  expect(version).toBe('v1a');
  expect(signedBy(id, time, body)).toBe(true);
  expect(signedBy(id, String(Number(time) + 1), body)).toBe(false);
  expect(signedBy(`${id}0`, time, body)).toBe(false);
  const changed = Buffer.from(body);
  changed[changed.length - 2] = (changed.at(-2) ?? 0) ^ 1;
  expect(signedBy(id, time, changed)).toBe(false);
});

describe('a receiver that means harm', () => {
  test('answers nothing: the attempt ends at its limit', async () => {
    const url = await listen(() => {});
    const { log, hold } = await openDesk();
    await hold('c1');
    const pass = await notifierTo(url, { log, timeoutMs: 50 }).deliver();
    expect(pass).toMatchObject({ delivered: 0, failed: { attempts: 2, reason: 'unreachable' } });
  });

  test('answers without end: it is not read', async () => {
    let written = 0;
    const chunk = Buffer.alloc(65_536);
    const { listener } = collecting((response) => {
      response.writeHead(200);
      const more = (): void => {
        if (response.destroyed) return;
        written += chunk.length;
        if (response.write(chunk)) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    });
    const { log, hold } = await openDesk();
    await hold('c1');
    await hold('c2');
    expect(await notifierTo(await listen(listener), { log }).deliver()).toEqual({ delivered: 2 });
    const before = written;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(written).toBe(before);
  });

  test('sends elsewhere: nothing arrives there', async () => {
    let elsewhere = 0;
    const trap = await listen((_, response) => {
      elsewhere += 1;
      response.end();
    });
    for (const status of [301, 302, 303, 307, 308]) {
      const { listener } = collecting((response) =>
        response.writeHead(status, { location: trap.replace('127.0.0.1', 'localhost') }).end(),
      );
      const { log, hold } = await openDesk();
      await hold('c1');
      const pass = await notifierTo(await listen(listener), { log }).deliver();
      expect(pass.failed?.reason).toBe(`status ${status}`);
    }
    expect(elsewhere).toBe(0);
  });

  test('fails and comes back: each request once, in order, under the same id', async () => {
    const { got, listener } = collecting((response, n) =>
      response.writeHead(n === 2 || n === 4 ? 200 : 500).end(),
    );
    const { log, hold } = await openDesk();
    await hold('c1');
    await hold('c2');
    expect(await notifierTo(await listen(listener), { log }).deliver()).toEqual({ delivered: 2 });
    const ids = got.map(({ header }) => header('webhook-id'));
    expect(ids).toEqual([ids[0], ids[0], ids[2], ids[2]]);
    expect(ids[0]).not.toBe(ids[2]);
  });
});

test.each([
  ['fail', 0],
  ['lost', 1],
] as const)('an append that ends with "%s" is told %i times', async (fault, told) => {
  const { got, listener } = collecting((response) => response.writeHead(200).end());
  const { log, plan, hold } = await openDesk();
  plan((n) => (n === 0 ? fault : 'none'));
  await hold('c1');
  const { delivered } = await notifierTo(await listen(listener), { log }).deliver();
  expect([delivered, got.length]).toEqual([told, told]);
});

test('events that are not wanted are passed over and not counted', async () => {
  const { got, listener } = collecting((response) => response.writeHead(200).end());
  const { log, hold } = await openDesk();
  const held = await hold('c1');
  const reviewId = held.status === 'held' ? held.reviewId : '';
  await createReviews({ log }).resolve({ reviewId, resolution: 'rejected', reviewer: 'bob' });
  const notifier = notifierTo(await listen(listener), { log, events: ['review.resolved'] });
  expect(await notifier.deliver()).toEqual({ delivered: 1 });
  expect(await notifier.deliver()).toEqual({ delivered: 0 });
  expect(got.map(({ body }) => JSON.parse(body.toString()).event)).toEqual(['review.resolved']);
});

test.each(['json', 'slack'] as const)('no argument and no note goes out as %s', async (format) => {
  const { got, listener } = collecting((response) => response.writeHead(200).end());
  const { log, hold } = await openDesk();
  const hidden = ['sk_live_4eC39HqLyjWDarjtT1zdp7dc', 'DE89370400440532013000', 'key-in-a-name'];
  const held = await hold('c1', {
    token: hidden[0],
    to: { iban: [hidden[1]] },
    [`${hidden[2]}`]: 1,
  });
  const reviewId = held.status === 'held' ? held.reviewId : '';
  const note = 'note-of-bob';
  await createReviews({ log }).resolve({ reviewId, resolution: 'approved', reviewer: 'bob', note });
  await notifierTo(await listen(listener), { log, format }).deliver();
  expect(got).toHaveLength(2);
  for (const { body } of got) {
    for (const text of [...hidden, note]) expect(body.toString()).not.toContain(text);
  }
});

test('a Slack message stays within what Slack takes, and no character is cut in two', () => {
  const long = '&😀*'.repeat(2000);
  const message = slackMessageOf({
    ...{ v: 'spanforge.notification.v1', id: '1', event: 'review.requested', time: '' },
    ...{ tenant: 't', project: 'p', review_id: long, trace_id: 'x', agent: long, actor: long },
    ...{ tool: long, reason: long, role: long, expires_at: long, resolution: long },
  } as const) as {
    text: string;
    blocks: { fields?: { text: string }[]; text?: { text: string } }[];
  };
  const [header, section] = message.blocks;
  expect(header?.text?.text.length).toBeLessThanOrEqual(150);
  expect(section?.fields?.length).toBeLessThanOrEqual(10);
  const texts = [message.text, ...(section?.fields ?? []).map(({ text }) => text)];
  for (const text of texts) {
    expect(text.length).toBeLessThanOrEqual(2000);
    expect(text.isWellFormed()).toBe(true);
    expect(text).not.toMatch(/&(?!amp;)/);
  }
});

test.each([
  { timeoutMs: Number.NaN },
  { timeoutMs: 0 },
  { timeoutMs: 2 ** 31 },
  { backoffMs: -1 },
  { backoffMs: Number.NaN },
])('refuses the limits %j', async (limits) => {
  const { log } = await openDesk();
  expect(() => notifierTo('http://127.0.0.1:1/', { log, ...limits })).toThrow(
    expect.objectContaining({ code: 'GOVERN_OPTIONS_INVALID' }),
  );
});
