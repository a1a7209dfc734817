import { createHash, createPublicKey, verify } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ControlDecision } from '@spanforge/core-events';
import { createMemoryStore, type EvidenceLog, openEvidenceLog } from '@spanforge/core-events/log';
import { generateSigningKey, type SigningKey } from '@spanforge/core-signing';
import { createGovernor, createReviews, type Governor } from '@spanforge/govern';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createDecisionPoint } from './decision-point.js';

const PUBLIC = 'https://pdp.example.com';
const DESK = 'token-of-the-desk';
const STRANGER = 'token-of-a-stranger';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const CALLERS = new Map([
  [sha256(DESK), { name: 'desk', subjects: ['alice', 'ann'], agents: ['bot'] }],
  [sha256(STRANGER), { name: 'stranger', subjects: ['mallory'] }],
]);

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at member by member
type Json = any;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

let log: EvidenceLog;
let governor: Governor;
let key: SigningKey;
let server: Server;
let outcome: ControlDecision['outcome'];

async function serve(): Promise<Server> {
  const place = { tenant: 't', project: 'p', env: 'prod' };
  const started = createDecisionPoint({
    ...{ log, governor, place, key, publicUrl: PUBLIC, callers: CALLERS },
  });
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return started;
}

beforeEach(async () => {
  outcome = 'human_review';
  key = await generateSigningKey({ alg: 'Ed25519', role: 'package' });
  log = await openEvidenceLog({
    ...{ store: createMemoryStore(), origin: 'example.com/authzen', writer: 'test', hmac: false },
  });
  const scope = async () =>
    ({
      outcome,
      obligations: [],
      reason: 'as the test says',
      reasonCode: 'approval_required',
    }) as const;
  governor = createGovernor({ log, scope });
  governor.govern(() => 'permitted', { name: 'pay' });
  server = await serve();
});
afterEach(async () => {
  server.close();
  await log.close();
});

async function send(
  method: string,
  path: string,
  { body, token = DESK, headers = {} }: { body?: unknown; token?: string; headers?: object } = {},
): Promise<Answer> {
  const { port } = server.address() as AddressInfo;
  const { pathname } = new URL(path, PUBLIC);
  const response = await fetch(`http://127.0.0.1:${port}${pathname}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const question = (amount = 500, more: object = {}) => ({
  subject: { type: 'user', id: 'alice', properties: { act: { sub: 'bot' } } },
  resource: { type: 'tool', id: 'pay' },
  action: { name: 'call', properties: { arguments: { to: 'acme', amount } } },
  ...more,
});
const evaluate = (body: unknown = question(), more: object = {}) =>
  send('POST', '/access/v1/evaluation', { body, ...more });

function submissionOf({ body }: Answer, more: object = {}) {
  const { evaluation_id, evaluated_at, reason, access_request } = body.context;
  const { expires_at, binding_token, template } = access_request;
  const denial = { evaluation_id, evaluated_at, reason, expires_at, binding_token, template };
  return { ...question(), denial, ...more };
}
const submit = (body: unknown, more: object = {}) =>
  send('POST', '/access/v1/requests', { body, ...more });

const approve = (reviewId: string) =>
  createReviews({ log }).resolve({ reviewId, resolution: 'approved', reviewer: 'bob' });

/** A call that was denied, asked for and approved, and the approval the task then carries. */
async function approved(): Promise<{ readonly taskId: string; readonly approval: Json }> {
  const { body } = await submit(submissionOf(await evaluate()));
  await approve(body.task.id);
  const done = await send('GET', body.task.status_endpoint);
  return { taskId: body.task.id, approval: done.body.result.approval };
}

const present = (approval: Json, more: object = {}, options: object = {}) =>
  evaluate({ ...question(), ...more, context: { approval } }, options);

describe('a decision point over HTTP', () => {
  it('denies, takes the request, and decides anew when the approval is presented, once', async () => {
    const denied = await evaluate();
    expect([denied.status, denied.body.decision]).toEqual([200, false]);
    expect(denied.body.context.access_request).toMatchObject({
      endpoint: `${PUBLIC}/access/v1/requests`,
      expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      binding_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    });
    const taken = await submit(submissionOf(denied));
    expect(taken.status).toBe(202);
    expect(taken.headers.get('location')).toBe(taken.body.task.status_endpoint);
    expect(taken.body.task).toMatchObject({
      status: 'pending',
      id: denied.body.context.evaluation_id,
    });
    expect((await submit(submissionOf(denied))).body).toEqual(taken.body);
    expect((await send('GET', taken.body.task.status_endpoint)).body).not.toHaveProperty('result');

    await approve(taken.body.task.id);
    const done = await send('GET', taken.body.task.status_endpoint);
    expect(done.body).toMatchObject({
      task: { status: 'approved' },
      result: { mode: 'reevaluate' },
    });
    const { approval } = done.body.result;
    expect((await present(approval)).body).toEqual({ decision: true });
    expect((await present(approval)).body).toEqual({
      decision: false,
      context: { reason: 'approval_expired', next_action: 'none' },
    });
  });

  it('goes on after a restart between the approval and its presentation', async () => {
    const { approval } = await approved();
    server.close();
    server = await serve();
    const both = await Promise.all([present(approval), present(approval)]);
    expect(both.map(({ body }) => body.decision).sort()).toEqual([false, true]);
  });

  it('decides under the policy of now: an approval is no bearer grant', async () => {
    const { approval, taskId } = await approved();
    const { id, approved_until } = approval;
    const refused = [
      ['bare id', await present({ id, approved_until })],
      ['changed state', await present({ ...approval, state: `${approval.state}A` })],
      ['other arguments', await present(approval, { action: question(501).action })],
      ['other subject', await present(approval, { subject: { type: 'user', id: 'ann' } })],
      ['other tool', await present(approval, { resource: { type: 'tool', id: 'wipe' } })],
      [
        'other agent',
        await present(approval, {
          subject: { ...question().subject, properties: { act: { sub: 'other' } } },
        }),
      ],
      [
        'the token of the task as a credential',
        await evaluate(question(), { token: approval.state }),
      ],
    ] as const;
    for (const [what, { body }] of refused) {
      expect([what, body.decision ?? false, 'access_request' in (body.context ?? {})]).toEqual([
        what,
        false,
        false,
      ]);
    }
    outcome = 'block';
    expect((await present(approval)).body.decision).toBe(false);
    outcome = 'human_review';
    await createReviews({ log }).revoke({ reviewId: taskId, reviewer: 'carol' });
    expect((await present(approval)).body.context.reason).toBe('approval_expired');
  });

  it.each<[string, (all: Json) => unknown]>([
    ['other arguments', (all) => ({ ...all, action: question(501).action })],
    [
      'a later expiry',
      (all) => ({ ...all, denial: { ...all.denial, expires_at: '2099-01-01T00:00:00Z' } }),
    ],
    ['another evaluation', (all) => ({ ...all, denial: { ...all.denial, evaluation_id: 'x' } })],
    [
      'a changed token',
      (all) => ({
        ...all,
        denial: { ...all.denial, binding_token: `${all.denial.binding_token}A` },
      }),
    ],
    ['no denial', ({ denial: _, ...all }) => all],
  ])('refuses a submission with %s, as a problem', async (_what, change) => {
    const answer = await submit(change(submissionOf(await evaluate())));
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body.type).toMatch(
      /^urn:openid:authzen:access-request:error:(invalid_denial_binding|not_requestable)$/,
    );
  });

  it('knows who asks, and for whom', async () => {
    const nobody = await evaluate(question(), { token: 'guess' });
    expect([nobody.status, nobody.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect((await evaluate(question(), { token: STRANGER })).status).toBe(403);
    const { body } = await submit(submissionOf(await evaluate()));
    const foreign = await send('GET', body.task.status_endpoint, { token: STRANGER });
    const unknown = await send('GET', '/access/v1/requests/none');
    expect([foreign.status, foreign.body]).toEqual([404, unknown.body]);
    expect(foreign.body.type).toBe('urn:openid:authzen:access-request:error:unknown_task');
  });

  it.each<[string, object]>([
    ['a subject of another type', { subject: { type: 'robot', id: 'alice' } }],
    ['a resource of another type', { resource: { type: 'document', id: 'pay' } }],
    [
      'another action than a call',
      { action: { name: 'delete', properties: question().action.properties } },
    ],
  ])('never says yes about %s, which nobody decided', async (_what, more) => {
    outcome = 'allow';
    expect((await evaluate()).body).toEqual({ decision: true });
    const answer = await evaluate(question(500, more));
    expect(answer.body).toEqual({ decision: false, context: { reason: 'unsupported_question' } });
  });

  it('takes the name of an agent only from who may speak for it', async () => {
    outcome = 'allow';
    const by = (sub: unknown) =>
      evaluate(
        question(5, { subject: { type: 'user', id: 'alice', properties: { act: { sub } } } }),
      );
    expect((await by('desk')).body).toEqual({ decision: true });
    for (const sub of ['admin-bot', 'BOT', '', null, ['bot']])
      expect((await by(sub)).status).toBe(403);
  });

  it('reads JSON strictly, in UTF-8 and nothing else', async () => {
    outcome = 'allow';
    const text = JSON.stringify(question());
    const twice = text.replace('"id":"alice"', '"id":"ann","id":"alice"');
    const bad = [twice, text.replace('acme', '\\ud800'), text.replace('500', '1e400')];
    for (const body of bad) expect((await evaluate(body)).status).toBe(400);
    const typed = (type: string) => evaluate(text, { headers: { 'content-type': type } });
    expect((await typed('application/json; charset=utf-16')).status).toBe(415);
    expect((await typed('application/json; charset=utf-8')).status).toBe(200);
  });

  it('takes nothing but bounded JSON questions', async () => {
    const bad = [
      await evaluate('{"subject":'),
      await evaluate({ subject: { type: 'user' } }),
      await evaluate(question(), { headers: { 'content-type': 'text/plain' } }),
      await evaluate(question(1, { context: { pad: 'x'.repeat(70_000) } })),
      await send('DELETE', '/access/v1/evaluation'),
      await send('GET', '/access/v1/requests/..%2f..%2fetc'),
    ];
    expect(bad.map(({ status }) => status)).toEqual([400, 400, 415, 413, 404, 404]);
    await log.close();
    expect(await evaluate()).toMatchObject({
      body: expect.not.objectContaining({ decision: true }),
    });
  });

  it('publishes where it is and the key of its tokens, which node:crypto verifies', async () => {
    const { body: metadata } = await send('GET', '/.well-known/authzen-configuration');
    expect(metadata).toMatchObject({
      access_request_endpoint: expect.stringMatching(/^https:/),
      capabilities: ['urn:openid:authzen:capability:access-request'],
    });
    const { body: jwks } = await send('GET', metadata.jwks_uri);
    const token: string = (await evaluate()).body.context.access_request.binding_token;
    const [head = '', payload = '', signature = ''] = token.split('.');
    const header = JSON.parse(Buffer.from(head, 'base64url').toString());
    const jwk = jwks.keys.find(({ kid }: Json) => kid === header.kid);
    expect(jwk).not.toHaveProperty('d');
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
    const signed = Buffer.from(`${head}.${payload}`);
    expect(verify(null, signed, publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
  });
});

const SPECS = `${process.env.SPANFORGE_DATA ?? new URL('../../../../../shared/data', import.meta.url).pathname}/specs/authzen`;

if (!existsSync(SPECS)) console.warn('skipped: no AuthZEN drafts; set SPANFORGE_DATA');

describe.skipIf(!existsSync(SPECS))('the drafts', () => {
  const profile = () => readFileSync(`${SPECS}/access-request-approval-profile-1_0.md`, 'utf8');
  const schemaOf = (name: string) =>
    z.fromJSONSchema(JSON.parse(readFileSync(`${SPECS}/evaluation-${name}.schema.json`, 'utf8')));
  /** The JSON of every example after a heading, the bodies of HTTP examples among them. */
  const examples = (): readonly Json[] =>
    [...profile().matchAll(/~~~ (?:json|http)\n([\s\S]*?)~~~/g)].flatMap(([, text = '']) => {
      const at = text.search(/^\{/m);
      return at < 0 ? [] : [JSON.parse(text.slice(at))];
    });

  it('have the shapes of every answer, and no required member is missing', async () => {
    const answers = [await evaluate(), await evaluate(question(), { token: DESK })];
    expect(schemaOf('request').safeParse(question()).success).toBe(true);
    for (const { body } of answers)
      expect(schemaOf('response').safeParse(body).error).toBeUndefined();
    const { approval, taskId } = await approved();
    const task = (await send('GET', `/access/v1/requests/${taskId}`)).body;
    const theirs = examples().find(
      (one) => one.task?.status === 'approved' && one.result?.approval,
    );
    expect(Object.keys(theirs.task)).toEqual(
      expect.arrayContaining(['id', 'status', 'status_endpoint']),
    );
    for (const name of ['id', 'status', 'status_endpoint']) expect(task.task).toHaveProperty(name);
    for (const name of Object.keys(theirs.result.approval)) expect(approval).toHaveProperty(name);
    expect(schemaOf('response').safeParse((await present(approval)).body).success).toBe(true);
  });

  it('list each type of problem that is answered, with its status', async () => {
    const text = profile();
    const answered = [
      await submit(submissionOf(await evaluate(), { resource: question().subject })),
      await send('GET', '/access/v1/requests/none'),
    ];
    for (const { status, body } of answered) {
      expect(text).toMatch(new RegExp(`\`${body.type}\`:\n: HTTP \`${status} `));
    }
  });
});
