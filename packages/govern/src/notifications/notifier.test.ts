import { createServer } from 'node:http';
import { createMemoryStore, openEvidenceLog } from '@spanforge/core-events/log';
import { hmacSha256, utf8 } from '@spanforge/core-signing';
import { describe, expect, test } from 'vitest';
import { createGovernor, createReviews } from '../index.js';
import { CONTEXT, constant } from '../testing/fixtures.js';
import { createReviewNotifier, type NotifierOptions } from './notifier.js';
import { isPrivateAddress } from './target.js';

const SECRET = Uint8Array.from({ length: 32 }, (_, step) => (step * 89 + 41) % 256);
const TARGET = { url: 'https://hooks.example.com/x', allowedHosts: ['hooks.example.com'] };

async function openDesk(tool = 'pay') {
  const log = await openEvidenceLog({
    ...{ store: createMemoryStore(), origin: 'example.com/hooks', writer: 'test', hmac: false },
  });
  const governor = createGovernor({ log, scope: constant('human_review') });
  governor.govern(() => 'paid', { name: tool });
  const hold = async (callId: string) => {
    const held = await governor.call(tool, { secret: 'iban-42' }, { ...CONTEXT, callId });
    return (held as { reviewId: string }).reviewId;
  };
  return { log, hold, reviews: createReviews({ log }) };
}

function memoryCursor() {
  let at: number | undefined;
  return {
    load: async () => at,
    save: async (next: number) => {
      at = next;
    },
  };
}

interface Sent {
  readonly body: Record<string, unknown>;
  readonly text: string;
  readonly headers: Record<string, string>;
  readonly redirect: string | undefined;
}

function receiver(answer: (n: number) => number | Error) {
  const sent: Sent[] = [];
  const fetch = (async (_url: unknown, init: RequestInit) => {
    const text = String(init.body);
    const headers = init.headers as Record<string, string>;
    sent.push({ body: JSON.parse(text), text, headers, redirect: init.redirect });
    const status = answer(sent.length);
    if (status instanceof Error) throw status;
    return new Response(null, { status });
  }) as typeof globalThis.fetch;
  return { sent, fetch };
}

const options = (more: Partial<NotifierOptions> & Pick<NotifierOptions, 'log' | 'fetch'>) => ({
  ...{ target: TARGET, signing: { kind: 'hmac', secret: SECRET } as const },
  ...{ cursor: memoryCursor(), pause: async () => undefined },
  ...more,
});

describe('a notifier', () => {
  test('tells what is durable, once, in order, signed, and without what is governed', async () => {
    const { log, hold, reviews } = await openDesk();
    const reviewId = await hold('c1');
    const { sent, fetch } = receiver(() => 200);
    const notifier = createReviewNotifier(options({ log, fetch }));
    expect(await notifier.deliver()).toEqual({ delivered: 1 });
    await reviews.resolve({ reviewId, resolution: 'approved', reviewer: 'bob' });
    expect(await notifier.deliver()).toEqual({ delivered: 1 });
    expect(await notifier.deliver()).toEqual({ delivered: 0 });
    expect(sent.map(({ body }) => [body.event, body.review_id, body.actor])).toEqual([
      ['review.requested', reviewId, 'alice'],
      ['review.resolved', reviewId, 'bob'],
    ]);
    for (const { headers, text, body, redirect } of sent) {
      const signed = utf8(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`);
      const mac = Buffer.from(hmacSha256(SECRET, signed)).toString('base64');
      expect(headers['webhook-signature']).toBe(`v1,${mac}`);
      expect(headers['webhook-id']).toBe(body.id);
      expect(text).not.toContain('iban-42');
      expect(redirect).toBe('manual');
    }
  });

  test('says that its cursor is beyond the end of the log, instead of telling nobody anything', async () => {
    const { log, hold } = await openDesk();
    await hold('c1');
    const { sent, fetch } = receiver(() => 200);
    const cursor = memoryCursor();
    const notifier = createReviewNotifier(options({ log, fetch, cursor }));
    await cursor.save(50);
    await expect(notifier.deliver()).rejects.toMatchObject({
      code: 'GOVERN_OPTIONS_INVALID',
      message: expect.stringContaining('cursor'),
    });
    expect([sent, await cursor.load()]).toEqual([[], 50]);
    const { records } = await log.query({ newestFirst: true, limit: 1 });
    await cursor.save((records[0]?.index ?? 0) + 1);
    expect(await notifier.deliver()).toEqual({ delivered: 0 });
  });

  test('tries again, and a receiver that stays away is told later, from where it was', async () => {
    const { log, hold } = await openDesk();
    const [first, second] = [await hold('c1'), await hold('c2')];
    const pauses: number[] = [];
    const down = receiver(() => new Error('refused'));
    const cursor = memoryCursor();
    const shared = {
      log,
      cursor,
      maxAttempts: 3,
      pause: async (ms: number) => void pauses.push(ms),
    };
    const failed = await createReviewNotifier(options({ ...shared, fetch: down.fetch })).deliver();
    expect(failed).toMatchObject({ delivered: 0, failed: { attempts: 3, reason: 'unreachable' } });
    expect(pauses).toEqual([500, 1000]);
    const half = receiver((n) => (n === 1 ? 200 : 503));
    await createReviewNotifier(options({ ...shared, fetch: half.fetch })).deliver();
    const up = receiver(() => 204);
    const notifier = createReviewNotifier(options({ ...shared, fetch: up.fetch }));
    expect(await notifier.deliver()).toEqual({ delivered: 1 });
    expect(half.sent[0]?.body.review_id).toBe(first);
    expect(up.sent.map(({ body }) => body.review_id)).toEqual([second]);
  });

  test('follows no redirect', async () => {
    const { log, hold } = await openDesk();
    await hold('c1');
    let followed = 0;
    const server = createServer((request, response) => {
      if (request.url === '/inside') followed += 1;
      response.writeHead(302, { location: '/inside' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const url = `http://127.0.0.1:${port}/hook`;
    const target = { url, allowedHosts: ['127.0.0.1'], allowPrivate: true };
    const notifier = createReviewNotifier(
      options({ log, fetch: globalThis.fetch, target, maxAttempts: 1 }),
    );
    expect(await notifier.deliver()).toMatchObject({ failed: { reason: 'status 302' } });
    expect(followed).toBe(0);
    server.close();
  });

  test('writes for Slack what is no link, no mention and no format', async () => {
    const { log, hold } = await openDesk('<!channel> *pay* <http://evil|x> & \u202e');
    await hold('c1');
    const { sent, fetch } = receiver(() => 200);
    await createReviewNotifier(options({ log, fetch, format: 'slack' })).deliver();
    const { text } = sent[0] as Sent;
    expect(text).toContain('&lt;!channel&gt;');
    expect(text).not.toMatch(/<!|<http|\u202e|\*pay\*/);
    expect(sent[0]?.body).toMatchObject({ blocks: [{ type: 'header' }, { type: 'section' }] });
  });

  test.each([
    'http://hooks.example.com/x',
    'https://other.example.com/x',
    'https://user:pass@hooks.example.com/x',
    'https://169.254.169.254/latest',
    'https://127.0.0.1/x',
    'https://[::1]/x',
    'https://localhost/x',
    'https://LOCALHOST./x',
    'https://any.localhost/x',
    'https://2130706433/x',
    'https://0x7f.1/x',
    'file:///etc/passwd',
    'gopher://hooks.example.com',
    'x',
  ])('never goes to %s', async (url) => {
    const { log } = await openDesk();
    const { fetch } = receiver(() => 200);
    const names = ['localhost', 'localhost.', 'any.localhost'];
    const inside = ['169.254.169.254', '127.0.0.1', '[::1]', ...names];
    const target = { url, allowedHosts: [...TARGET.allowedHosts, ...inside] };
    expect(() => createReviewNotifier(options({ log, fetch, target }))).toThrow(
      expect.objectContaining({ code: 'GOVERN_OPTIONS_INVALID' }),
    );
  });

  test('wants a secret that is one', async () => {
    const { log } = await openDesk();
    const { fetch } = receiver(() => 200);
    const signing = { kind: 'hmac', secret: new Uint8Array(8) } as const;
    expect(() => createReviewNotifier(options({ log, fetch, signing }))).toThrow(
      expect.objectContaining({ code: 'GOVERN_OPTIONS_INVALID' }),
    );
  });
});

test.each<[string, boolean]>([
  ['10.1.2.3', true],
  ['172.31.0.1', true],
  ['192.168.1.1', true],
  ['100.64.0.1', true],
  ['169.254.169.254', true],
  ['::ffff:10.0.0.1', true],
  ['fe80::1', true],
  ['fd00::1', true],
  ['::1', true],
  ['8.8.8.8', false],
  ['172.32.0.1', false],
  ['2606:4700::1111', false],
])('%s is private: %s', (address, inside) => {
  expect(isPrivateAddress(address)).toBe(inside);
});
