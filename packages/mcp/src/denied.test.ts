import { type HeldCall, type NamedControl, resolveReview } from '@spanforge/govern';
import { createPolicy, type PolicyBundle, parseBundle } from '@spanforge/policy';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CONTEXT, decide, openLog } from './testing/fixtures.js';
import { connectRaw, fakeServer, text, tool } from './testing/raw-client.js';

type Json = Readonly<Record<string, unknown>>;

const OUTCOMES = ['allow', 'allow+log', 'redact', 'human_review', 'block'] as const;
/** What a control says of a tool, and the ways in which it says nothing that counts. */
const SAID = [...OUTCOMES, 'throws', 'nonsense'] as const;
const RUNS: ReadonlySet<string> = new Set(['allow', 'allow+log', 'redact']);

/** Decides by the name of the tool, such as `pay_block`, or by that of the resource or prompt. */
const byName: NamedControl = {
  name: 'by-name',
  control: async ({ tool: name, args }) => {
    const { uri, name: prompt } = args as { readonly uri?: string; readonly name?: string };
    const named = name === 'resource:read' ? uri : name === 'prompt:get' ? prompt : name;
    const said = String(named).slice(String(named).indexOf('_') + 1);
    if (said === 'throws') throw new Error('down');
    const outcome = said as (typeof OUTCOMES)[number];
    return { outcome, obligations: [], reason: 'As its name says.', reasonCode: 'by_name' };
  },
};

const METHODS = ['tools/call', 'resources/read', 'prompts/get'] as const;
const call = fc.record({
  method: fc.constantFrom(...METHODS),
  said: fc.constantFrom(...SAID),
  /** Sent twice under one id, in one write. */
  again: fc.boolean(),
});

it('a denied request never reaches the server, and an allowed one does', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(call, { minLength: 1, maxLength: 12 }),
      fc.boolean(),
      async (asked, batched) => {
        const log = await openLog();
        const reached: string[] = [];
        const server = fakeServer(({ method, params }) => {
          if (method === 'tools/list') return { tools: SAID.map((said) => tool(`pay_${said}`)) };
          const { name, uri } = (params ?? {}) as { readonly name?: string; readonly uri?: string };
          if ((METHODS as readonly unknown[]).includes(method)) reached.push(String(name ?? uri));
          if (method === 'resources/read') return { contents: [{ uri, text: 'x' }] };
          return method === 'prompts/get' ? { messages: [] } : text('done');
        });
        const client = await connectRaw({
          governor: { log, preflight: [byName] },
          context: CONTEXT,
          server: server.transport,
        });
        const messages = asked.map(({ method, said }, id): Json => {
          const name = `pay_${said}`;
          const params =
            method === 'resources/read' ? { uri: name } : { name, arguments: { amount: id } };
          return { jsonrpc: '2.0', id, method, params };
        });
        const all = messages.flatMap((one, at) => (asked[at]?.again ? [one, one] : [one]));
        if (batched) client.send(all);
        else for (const one of all) client.send(one);
        const answered = () => client.received.filter(({ method }) => method === undefined).length;
        await client.when(() => answered() >= all.length);
        await client.close();
        const denied = reached.filter((name) => !RUNS.has(name.slice(name.indexOf('_') + 1)));
        expect(denied).toEqual([]);
        const allowed = new Set(
          asked.filter(({ said }) => RUNS.has(said)).map(({ said }) => `pay_${said}`),
        );
        expect(new Set(reached)).toEqual(allowed);
        await log.close();
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);

it('a held call is announced and awaited, and made again once a person approved it', async () => {
  const log = await openLog();
  const announced: HeldCall[] = [];
  const paid: unknown[] = [];
  const server = fakeServer(({ method, params }) => {
    if (method === 'tools/list') return { tools: [tool('pay_human_review')] };
    if (method === 'tools/call') paid.push((params as Json).arguments);
    return text('done');
  });
  const client = await connectRaw({
    governor: { log, preflight: [byName], onHeld: (held) => announced.push(held) },
    context: CONTEXT,
    server: server.transport,
  });
  await client.call(1, 'pay_human_review', { amount: 5 });
  const [held] = announced;
  expect(held).toMatchObject({ status: 'held', tool: 'pay_human_review' });
  const decided = held?.review?.decided({ pollMs: 5 });
  const reviewId = held?.reviewId ?? '';
  await resolveReview(log, { reviewId, resolution: 'approved', reviewer: 'bob' });
  expect(await decided).toBe('approved');
  expect(paid).toEqual([]);
  await client.call(2, 'pay_human_review', { amount: 5 });
  expect(paid).toEqual([{ amount: 5 }]);
  await client.close();
});

const bundle = (control: string): PolicyBundle =>
  parseBundle({
    ...{ policy_id: 'desk', version: '1', environment: CONTEXT.env, owner: 'o' },
    effective_at: '2026-01-01T00:00:00Z',
    rules: [{ rule_id: 'log', service: 'sf_govern', control, action: 'allow+log' }],
  });

it.each([
  ['shown under a bundle without a rule about results', 'tool_call', true],
  ['hidden under a bundle with one', 'tool_result', false],
])("a server's own error is %s, however long the call took", async (_title, control, isShown) => {
  const log = await openLog();
  const context = { ...CONTEXT, actor: 'platform', source: 'test@1.0.0' };
  let now = 1_800_000_000_000;
  const clock = () => now;
  const policy = createPolicy({ recorder: log, reader: log, context, clock });
  await policy.lifecycle.activate(bundle(control));
  const server = fakeServer(({ method }) => {
    if (method === 'tools/list') return { tools: [tool('pay')] };
    now += 60_000; // What the policy knows of the log is no longer fresh.
    return { error: { code: -32007, message: 'no such account' } };
  });
  const client = await connectRaw({
    governor: { log, policy },
    context: CONTEXT,
    server: server.transport,
  });
  const answer = JSON.stringify(await client.call(1, 'pay', {}));
  expect(answer.includes('no such account')).toBe(isShown);
  await client.close();
  await log.close();
});

it("what the proxy says of a server is not put into the server's mouth", async () => {
  const postflight = [{ name: 'all', control: async () => decide('allow') }];
  const server = fakeServer(({ method }) => {
    if (method === 'tools/list') return { tools: [tool('pay')] };
    server.crash();
    return undefined;
  });
  const client = await connectRaw({
    governor: { log: await openLog(), postflight },
    context: CONTEXT,
    server: server.transport,
  });
  expect(await client.call(1, 'pay', {})).toMatchObject({
    error: { message: 'the server has ended' },
  });
  await client.close();
});

it.each([
  ['shown where nothing decides about results', {}, true],
  [
    'hidden where a control does',
    {
      postflight: [
        {
          name: 'cards',
          control: async () => ({
            ...{ outcome: 'redact' as const, reason: 'Cards stay.', reasonCode: 'cards' },
            obligations: [{ kind: 'redact' as const, target: 'result' as const, path: '' }],
          }),
        },
      ],
    },
    false,
  ],
])("a server's own error is %s", async (_title, controls, isShown) => {
  const secret = '4111 1111 1111 1111';
  const server = fakeServer(({ method }) =>
    method === 'tools/list'
      ? { tools: [tool('pay')] }
      : { error: { code: -32007, message: `no card ${secret}`, data: { secret } } },
  );
  const client = await connectRaw({
    governor: { log: await openLog(), ...controls },
    context: CONTEXT,
    server: server.transport,
  });
  const params = { name: 'pay', arguments: {} };
  const asked = [
    { method: 'tools/call', params },
    { method: 'resources/read', params: { uri: 'file:///card' } },
    { method: 'prompts/get', params: { name: 'card' } },
  ];
  for (const [id, one] of asked.entries()) {
    const answer = await client.request(id, one.method, one.params);
    expect(answer).toMatchObject({ error: { code: -32007 } });
    expect(JSON.stringify(answer).includes(secret)).toBe(isShown);
  }
  await client.close();
});
