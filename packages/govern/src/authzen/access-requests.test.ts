import { existsSync, readFileSync } from 'node:fs';
import { createMemoryStore, openEvidenceLog } from '@spanforge/core-events/log';
import {
  fromBase64Url,
  fromUtf8,
  generateSigningKey,
  toVerificationKey,
} from '@spanforge/core-signing';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createGovernor, createReviews, type HeldCall } from '../index.js';
import { CONTEXT, constant } from '../testing/fixtures.js';
import { createAccessRequests, deniedReevaluation } from './access-requests.js';
import { evaluationRequestOf } from './question.js';
import { approvalSchema, submissionSchema } from './wire.js';

type Key = Awaited<ReturnType<typeof generateSigningKey>>;

let key: Key;
let other: Key;
beforeAll(async () => {
  key = await generateSigningKey({ alg: 'Ed25519', role: 'package' });
  other = await generateSigningKey({ alg: 'Ed25519', role: 'package' });
});

const ARGS = { to: 'acme', amount: 500 };
const CALL = { tool: 'pay', args: ARGS, context: CONTEXT };
const HOUR_MS = 3_600_000;

async function openDesk() {
  let now = Date.parse('2026-05-01T00:00:00Z');
  const clock = (): number => now;
  const log = await openEvidenceLog({
    ...{ store: createMemoryStore(), origin: 'example.com/authzen', writer: 'test' },
    ...{ hmac: false, clock },
  });
  const governor = createGovernor({
    ...{ log, clock, scope: constant('human_review'), reviewTtlMs: HOUR_MS },
  });
  const runs: unknown[] = [];
  governor.govern((args: unknown) => runs.push(args), { name: 'pay' });
  const reviews = createReviews({ log, clock });
  const open = (signer: Key) =>
    createAccessRequests({
      ...{ reviews, log, clock, issuer: 'https://pdp.example.com', key: signer },
      keys: [toVerificationKey(signer)],
      statusEndpoint: (id) => `https://pdp.example.com/requests/${id}`,
    });
  const pay = (more: object = {}, args: unknown = ARGS) =>
    governor.call('pay', args, { ...CONTEXT, callId: 'c1', ...more });
  const held = (await pay()) as HeldCall;
  return { open, wire: open(key), reviews, pay, held, runs, wait: (ms: number) => (now += ms) };
}

interface Denial {
  readonly evaluation_id: string;
  readonly reason: string;
  readonly access_request: { readonly expires_at: string; readonly binding_token: string };
}

function submissionOf(context: unknown, more: object = {}) {
  const { evaluation_id, reason, access_request } = context as Denial;
  const { expires_at, binding_token } = access_request;
  const denial = { evaluation_id, reason, expires_at, binding_token };
  return { ...evaluationRequestOf(CALL), denial, ...more };
}

describe('AuthZEN access requests', () => {
  test('a held call is denied, asked for, approved, presented again and decided anew', async () => {
    const { wire, reviews, held, pay, runs } = await openDesk();
    const denied = await wire.denialOf(held, CALL);
    expect(denied).toMatchObject({
      decision: false,
      context: {
        evaluation_id: held.reviewId,
        reason: 'human_review',
        access_request: { expires_at: '2026-05-01T01:00:00.000Z', template: 'human_review' },
      },
    });
    const submission = submissionOf(denied.context);
    const pending = await wire.submit(submission);
    expect(pending).toMatchObject({ task: { id: held.reviewId, status: 'pending' } });
    expect(await wire.submit(submission)).toEqual(pending);
    expect(pending).not.toHaveProperty('result');
    await reviews.resolve({ reviewId: held.reviewId, resolution: 'approved', reviewer: 'bob' });
    const done = await wire.task(held.reviewId);
    expect(done).toMatchObject({ task: { status: 'approved' }, result: { mode: 'reevaluate' } });
    const { approval } = (done as { result: { approval: object } }).result;
    const question = { ...evaluationRequestOf(CALL), context: { approval } };
    const presented = await wire.presented(question);
    expect(presented).toEqual({ kind: 'applicable', reviewId: held.reviewId });
    expect(await pay({ reviewId: held.reviewId })).toMatchObject({ status: 'completed' });
    expect(runs).toEqual([ARGS]);
  });

  test('the binding token says for whom it is, how long, and what exactly was denied', async () => {
    const { wire, held } = await openDesk();
    const { context } = await wire.denialOf(held, CALL);
    const [, payload = ''] = (context as unknown as Denial).access_request.binding_token.split('.');
    expect(JSON.parse(fromUtf8(fromBase64Url(payload)))).toMatchObject({
      iss: 'https://pdp.example.com',
      aud: 'https://pdp.example.com',
      exp: Date.parse('2026-05-01T01:00:00Z') / 1000,
      denial_expires_at: '2026-05-01T01:00:00.000Z',
      subject: { type: 'user', id: 'alice', properties: { act: { sub: 'bot' } } },
      resource: { type: 'tool', id: 'pay' },
      action: { name: 'call', properties: { arguments: ARGS } },
    });
  });

  test.each<[string, (submission: ReturnType<typeof submissionOf>) => object]>([
    ['other arguments', (all) => ({ ...all, ...evaluationRequestOf({ ...CALL, args: {} }) })],
    ['another subject', (all) => ({ ...all, subject: { type: 'user', id: 'eve' } })],
    ['another tool', (all) => ({ ...all, resource: { type: 'tool', id: 'wipe' } })],
    [
      'a later expiry',
      (all) => ({ ...all, denial: { ...all.denial, expires_at: '2027-01-01T00:00:00Z' } }),
    ],
    ['another evaluation', (all) => ({ ...all, denial: { ...all.denial, evaluation_id: 'x' } })],
    [
      'a changed token',
      (all) => ({
        ...all,
        denial: { ...all.denial, binding_token: `${all.denial.binding_token}A` },
      }),
    ],
    ['no token', (all) => ({ ...all, denial: { ...all.denial, binding_token: undefined } })],
  ])('a submission with %s cannot be bound', async (_what, change) => {
    const { wire, held } = await openDesk();
    const submission = submissionOf((await wire.denialOf(held, CALL)).context);
    expect(await wire.submit(change(submission))).toEqual({
      type: 'urn:openid:authzen:access-request:error:invalid_denial_binding',
      title: 'The request cannot be bound to the denied decision.',
      status: 400,
    });
  });

  test('the actor may have moved out of the subject', async () => {
    const { wire, held } = await openDesk();
    const submission = submissionOf((await wire.denialOf(held, CALL)).context);
    const moved = { ...submission, subject: { type: 'user', id: 'alice' } };
    expect(await wire.submit(moved)).toMatchObject({ task: { status: 'pending' } });
  });

  test('a token of another key, and a late submission, are refused', async () => {
    const { wire, open, held, wait } = await openDesk();
    const foreign = await open(other).denialOf(held, CALL);
    expect(await wire.submit(submissionOf(foreign.context))).toMatchObject({ status: 400 });
    const own = await wire.denialOf(held, CALL);
    wait(HOUR_MS + 30_000);
    expect(await wire.submit(submissionOf(own.context))).toMatchObject({
      type: 'urn:openid:authzen:access-request:error:expired_denial',
      status: 410,
    });
  });

  test('what cannot be asked for has no access_request', async () => {
    const { wire, reviews, held } = await openDesk();
    await reviews.resolve({ reviewId: held.reviewId, resolution: 'rejected', reviewer: 'bob' });
    const { decision, context } = await wire.denialOf(held, CALL);
    expect(decision).toBe(false);
    expect(context).not.toHaveProperty('access_request');
    expect(await wire.task(held.reviewId)).toMatchObject({ task: { status: 'denied' } });
    expect(await wire.task('none')).toMatchObject({ status: 404 });
    expect(await wire.submit({ subject: 'x' })).toMatchObject({ status: 400 });
  });

  test('an approval is no bearer grant', async () => {
    const { wire, open, reviews, held, wait } = await openDesk();
    await reviews.resolve({ reviewId: held.reviewId, resolution: 'approved', reviewer: 'bob' });
    const approvalOf = async (from: typeof wire) =>
      (
        (await from.task(held.reviewId)) as unknown as {
          result: { approval: Record<string, unknown> };
        }
      ).result.approval;
    const approval = await approvalOf(wire);
    const present = (given: unknown, call = CALL) =>
      wire.presented({ ...evaluationRequestOf(call), context: { approval: given } });
    const unverifiable = { kind: 'not_applicable', reason: 'approval_unverifiable' };
    expect(await present({ id: approval.id, approved_until: approval.approved_until })).toEqual(
      unverifiable,
    );
    expect(await present({ ...approval, id: 'apr_other' })).toEqual(unverifiable);
    expect(await present(approval, { ...CALL, args: { ...ARGS, amount: 501 } })).toEqual(
      unverifiable,
    );
    const mallory = { ...CALL, context: { ...CONTEXT, actor: 'mallory' } };
    expect(await present(approval, mallory)).toEqual(unverifiable);
    expect(await present(await approvalOf(open(other)))).toEqual(unverifiable);
    expect(await wire.presented(evaluationRequestOf(CALL))).toEqual({ kind: 'none' });
    expect((await present(approval)).kind).toBe('applicable');
    await reviews.revoke({ reviewId: held.reviewId, reviewer: 'carol' });
    const over = { kind: 'not_applicable', reason: 'approval_expired' };
    expect(await present(approval)).toEqual(over);
    wait(2 * HOUR_MS);
    expect(await present(approval)).toEqual(over);
  });

  test('a blocked call says why the approval did not do', async () => {
    const { pay, reviews, held } = await openDesk();
    await reviews.resolve({ reviewId: held.reviewId, resolution: 'approved', reviewer: 'bob' });
    const blocked = await pay({ callId: 'c2', reviewId: held.reviewId }, { ...ARGS, amount: 501 });
    expect(deniedReevaluation(blocked as never)).toEqual({
      decision: false,
      context: { reason: 'out_of_scope', next_action: 'none' },
    });
  });
});

const SPECS = `${process.env.SPANFORGE_DATA ?? new URL('../../../../../shared/data', import.meta.url).pathname}/specs/authzen`;

if (!existsSync(SPECS)) console.warn('skipped: no AuthZEN drafts; set SPANFORGE_DATA');

describe.skipIf(!existsSync(SPECS))('the profile as published', () => {
  const profile = () => readFileSync(`${SPECS}/access-request-approval-profile-1_0.md`, 'utf8');
  /** The JSON of every example, the bodies of HTTP examples among them. */
  const examples = (): readonly Record<string, unknown>[] =>
    [...profile().matchAll(/~~~ (?:json|http)\n([\s\S]*?)~~~/g)].flatMap(([, text = '']) => {
      const at = text.search(/^\{/m);
      return at < 0 ? [] : [JSON.parse(text.slice(at)) as Record<string, unknown>];
    });

  test('has submissions that are read as such, and are of another decision point', async () => {
    const { wire } = await openDesk();
    const submissions = examples().filter((one) => 'denial' in one && 'resource' in one);
    expect(submissions.length).toBeGreaterThan(0);
    for (const submission of submissions) {
      expect(submissionSchema.safeParse(submission).success).toBe(true);
      expect(await wire.submit(submission)).toMatchObject({
        type: 'urn:openid:authzen:access-request:error:invalid_denial_binding',
      });
    }
  });

  test('has approvals that are read, and not believed', async () => {
    const { wire } = await openDesk();
    const questions = examples().filter(
      ({ context, subject }) => subject && (context as { approval?: object })?.approval,
    );
    expect(questions.length).toBeGreaterThan(0);
    for (const question of questions) {
      const { approval } = question.context as { approval: unknown };
      expect(approvalSchema.safeParse(approval).success).toBe(true);
      expect((await wire.presented(question)).kind).toBe('not_applicable');
    }
  });

  test('has denials and tasks with the members of ours', async () => {
    const { wire, held } = await openDesk();
    const [denial] = examples().filter((one) => one.decision === false);
    const theirs = (denial as { context: { access_request: object } }).context.access_request;
    const own = (await wire.denialOf(held, CALL)).context as unknown as Denial;
    const known = Object.keys(theirs);
    expect(known).toEqual(expect.arrayContaining(Object.keys(own.access_request)));
    const [task] = examples().filter((one) => 'task' in one && 'result' in one);
    expect(Object.keys(task ?? {})).toEqual(['task', 'result']);
  });

  test('questions and answers are those of the Authorization API', async () => {
    const { wire, held } = await openDesk();
    const schemaOf = (name: string) =>
      z.fromJSONSchema(
        JSON.parse(readFileSync(`${SPECS}/evaluation-${name}.schema.json`, 'utf8')) as never,
      );
    expect(schemaOf('request').safeParse(evaluationRequestOf(CALL)).error).toBeUndefined();
    const denied = await wire.denialOf(held, CALL);
    expect(schemaOf('response').safeParse(denied).error).toBeUndefined();
    expect(schemaOf('response').safeParse({ context: {} }).success).toBe(false);
  });
});
