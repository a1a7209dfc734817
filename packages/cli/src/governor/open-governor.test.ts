import { existsSync, writeFileSync } from 'node:fs';
import { createLeaseClock } from '@spanforge/core-events/node';
import { openSqliteStore } from '@spanforge/store-sqlite';
import { describe, expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';
import { openGovernor } from './open-governor.js';

const POLICY = `
policy_id: refunds
version: "1"
environment: prod
owner: payments
effective_at: "2026-01-01T00:00:00Z"
tools:
  refund:
    effect: write
    schema: { type: object, properties: { order: { type: string }, amount: { type: number } } }
rules:
  - rule_id: huge-refunds-never
    service: sf_govern
    control: tool_call
    target: { tools: [refund] }
    when: args.amount > 1000
    action: block
    rationale: Nobody refunds more than 1000.
  - rule_id: addresses-are-masked
    service: sf_govern
    control: tool_result
    target: { tools: [refund] }
    action: redact
    redact: [{ path: result, types: [email] }]
    rationale: Addresses stay here.
`;
const ROLES = `
permissions:
  editor: { orders: [write] }
actors:
  - actor_id: alice
    roles: [editor]
`;
const MANIFEST = `
agent_id: helpdesk
resource_actions: { orders: [write] }
`;
const create = { origin: 'shop.example/evidence' };

interface Refund {
  readonly amount: number;
}

const payBack = async ({ amount }: Refund) => `${amount} back, told ada@example.org`;

describe('openGovernor', () => {
  const { path, run } = useFolder();
  const workspace = () => path('.spanforge');
  const files = () => {
    writeFileSync(path('refunds.yaml'), POLICY);
    writeFileSync(path('roles.yaml'), ROLES);
    writeFileSync(path('helpdesk.yaml'), MANIFEST);
    return {
      workspace: workspace(),
      create,
      policy: path('refunds.yaml'),
      rbac: path('roles.yaml'),
      scope: path('helpdesk.yaml'),
    };
  };

  it('tells agents what the author of a rule lets them know, and nothing else', async () => {
    const told = 'metadata: { tell_agent: { bounds: [{ path: amount, max: 1000 }] } }';
    writeFileSync(path('told.yaml'), POLICY.replace('action: block', `action: block\n    ${told}`));
    const options = { workspace: workspace(), create, policy: path('told.yaml') };
    const shop = await openGovernor(options);
    const refund = shop.govern(payBack, { name: 'refund' });
    const alice = shop.context({ agent: 'helpdesk', actor: 'alice' });
    expect(await refund({ amount: 5000 }, alice)).toMatchObject({
      status: 'blocked',
      advice: {
        finality: 'changeable',
        text: 'Another call may be allowed. It needs: amount at most 1000.',
      },
    });
    await shop.close();
  });

  it('leaves no violation where a call is repeated while it runs, and no end of it', async () => {
    const shop = await openGovernor({ workspace: workspace(), create, unbundled: 'allow' });
    let done = () => {};
    const running = new Promise<void>((resolve) => {
      done = resolve;
    });
    let ran = 0;
    const slow = async () => {
      ran += 1;
      await running;
    };
    const refund = shop.govern(slow, { name: 'refund' });
    const call = () =>
      shop.context({ agent: 'a', actor: 'b', run: 'r', callId: 'c', traceId: 't' });
    const first = refund({}, call());
    const repeated = await Promise.all([refund({}, call()), refund({}, call())]);
    expect(repeated.map(({ status }) => status)).toEqual(['blocked', 'blocked']);
    const inspected = async () => (await run('operator', 'inspect', 't', '--json')).json();
    const unfinished = { completeness: [{ code: 'started_not_ended' }] };
    expect(await inspected()).toMatchObject(unfinished);
    done();
    expect(await first).toMatchObject({ status: 'completed' });
    expect(ran).toBe(1);
    await shop.close();
    expect(await inspected()).toMatchObject({ completeness: [] });
    expect(await run('audit', 'fsck')).toMatchObject({ exitCode: 0 });
  });

  it('tells who calls from nobody: one error, and nothing runs', async () => {
    const shop = await openGovernor({ workspace: workspace(), create, unbundled: 'allow' });
    const ran: unknown[] = [];
    const refund = shop.govern(async (args: unknown) => ran.push(args), { name: 'refund' });
    const invalid = { code: 'GOVERN_CONTEXT_INVALID' };
    for (const caller of [undefined, null, 'alice', {}, { agent: 'helpdesk' }]) {
      const context = () => shop.context(caller as never);
      expect(context).toThrow(expect.objectContaining(invalid));
    }
    await expect(refund({}, undefined as never)).rejects.toMatchObject(invalid);
    expect(ran).toEqual([]);
    await shop.close();
  });

  it('composes policy, roles, manifest and detectors over a workspace', async () => {
    const shop = await openGovernor(files());
    const refund = shop.govern(payBack, { name: 'refund', resource: 'orders', action: 'write' });
    const alice = shop.context({ agent: 'helpdesk', actor: 'alice' });
    const paid = await refund({ amount: 20 }, alice);
    expect(paid).toMatchObject({ status: 'completed' });
    expect(JSON.stringify(paid)).not.toContain('ada@example.org');
    expect((await refund({ amount: 5000 }, alice)).status).toBe('blocked');
    const mallory = shop.context({ agent: 'helpdesk', actor: 'mallory' });
    expect((await refund({ amount: 20 }, mallory)).status).toBe('blocked');
    const stranger = shop.context({ agent: 'stranger', actor: 'alice' });
    expect((await refund({ amount: 20 }, stranger)).status).toBe('blocked');
    await shop.close();
  });

  it('asks the policy about roles and manifests where a rule is about them', async () => {
    const rules = (service: string, control: string, more = '') =>
      `${POLICY}${more}  - { rule_id: one, service: ${service}, control: ${control}, action: human_review }\n`;
    const asked = [
      [rules('sf_rbac', 'role_enforcement'), 'held', 1],
      [rules('sf_scope', 'capability_enforcement'), 'held', 1],
      [POLICY, 'completed', 0],
      [POLICY.replace('rules:', 'default: allow+log\nrules:'), 'completed', 0],
    ] as const;
    for (const [n, [text, status, questions]] of asked.entries()) {
      writeFileSync(path(`asked-${n}.yaml`), text);
      const policy = path(`asked-${n}.yaml`);
      const shop = await openGovernor({ ...files(), workspace: path(`asked-${n}`), policy });
      const refund = shop.govern(payBack, { name: 'refund', resource: 'orders', action: 'write' });
      const alice = shop.context({ agent: 'helpdesk', actor: 'alice', traceId: 'asked' });
      expect(await refund({ amount: 20 }, alice)).toMatchObject({ status });
      const types = ['spanforge.policy.decision.v1'];
      const { records } = await shop.workspace.log.query({ types, traceId: 'asked' });
      const services = records.filter(
        ({ bytes }) => !new TextDecoder().decode(bytes).includes('"sf_govern"'),
      );
      expect(services).toHaveLength(questions);
      await shop.close();
    }
  });

  it('announces held calls, records spans, and says what its calls have in common', async () => {
    writeFileSync(path('held.yaml'), POLICY.replace('action: block', 'action: human_review'));
    const held: (string | undefined)[] = [];
    const shop = await openGovernor({
      workspace: workspace(),
      create,
      policy: path('held.yaml'),
      spans: {},
      onHeld: ({ review }) => held.push(review?.reviewId),
    });
    const { tenancy, parts, reviews } = shop;
    expect(tenancy).toEqual({ tenant: 'default', project: 'default', env: 'prod' });
    expect(parts.log).toBe(shop.workspace.log);
    const refund = shop.govern(payBack, { name: 'refund' });
    const alice = shop.context({ agent: 'helpdesk', actor: 'alice' });
    expect((await refund({ amount: 20 }, alice)).status).toBe('completed');
    expect((await refund({ amount: 5000 }, alice)).status).toBe('held');
    expect(held).toEqual([(await reviews.list({ state: 'pending' }))[0]?.reviewId]);
    const { records } = await shop.workspace.log.query({ types: ['spanforge.span.v1'] });
    expect(records).toHaveLength(1);
    await shop.close();
  });

  it('refuses to close with a time limit that is none, and can still be used and closed', async () => {
    const shop = await openGovernor({ workspace: workspace(), create, unbundled: 'allow' });
    const refund = shop.govern(payBack, { name: 'refund' });
    const alice = shop.context({ agent: 'helpdesk', actor: 'alice' });
    for (const limit of [0, -1, Number.NaN, 2 ** 31, { timeoutMs: 5 }, '5', null]) {
      await expect(shop.close(limit as never)).rejects.toMatchObject({
        code: 'GOVERN_OPTIONS_INVALID',
        message: 'timeoutMs: expected milliseconds above 0 and below 2^31',
      });
      expect((await refund({ amount: 20 }, alice)).status).toBe('completed');
    }
    expect(await shop.close()).toEqual([]);
    expect(await shop.close()).toEqual([]);
  });

  it('blocks calls after it was closed, and says that it is', async () => {
    const shop = await openGovernor(files());
    const refund = shop.govern(payBack, { name: 'refund', resource: 'orders', action: 'write' });
    const alice = shop.context({ agent: 'helpdesk', actor: 'alice' });
    await shop.close();
    for (const amount of [20, 5000]) {
      const closed = { status: 'blocked', executed: false, reasonCode: 'log_closed' };
      expect(await refund({ amount }, alice)).toMatchObject(closed);
    }
  });

  it('opens again without writing what is there already', async () => {
    const first = await openGovernor(files());
    const size = await first.workspace.log.size();
    await first.close();
    const again = await openGovernor(files());
    expect(await again.workspace.log.size()).toBe(size);
    await again.close();
  });

  it('takes a bundle as it is written, and refuses one that is wrong with its problems', async () => {
    const head = { policy_id: 'refunds', version: '1', environment: 'prod', owner: 'payments' };
    const rule = {
      rule_id: 'none',
      service: 'sf_govern',
      control: 'tool_call',
      action: 'block',
    } as const;
    const written = { ...head, effective_at: '2026-01-01T00:00:00Z', rules: [rule] };
    const governor = await openGovernor({ workspace: workspace(), create, policy: written });
    const refund = governor.govern(payBack, { name: 'refund' });
    const caller = governor.context({ agent: 'helpdesk', actor: 'alice' });
    expect(await refund({ amount: 1 }, caller)).toMatchObject({ status: 'blocked' });
    await governor.close();
    const wrong = { ...written, rules: [{ ...rule, action: 'blok' }] } as unknown as typeof written;
    await expect(openGovernor({ workspace: workspace(), policy: wrong })).rejects.toMatchObject({
      code: 'POLICY_BUNDLE_INVALID',
    });
  });

  it('blocks everything where no policy is in force, and says where', async () => {
    const shop = await openGovernor({ workspace: workspace(), create });
    const refund = shop.govern(payBack, { name: 'refund' });
    const blocked = await refund({ amount: 20 }, shop.context({ agent: 'a', actor: 'b' }));
    expect(blocked.status).toBe('blocked');
    expect(blocked.reason).toContain('prod');
    await shop.close();
    const open = await openGovernor({ workspace: workspace(), unbundled: 'allow' });
    const free = open.govern(payBack, { name: 'refund' });
    expect((await free({ amount: 20 }, open.context({ agent: 'a', actor: 'b' }))).status).toBe(
      'completed',
    );
    await open.close();
  });

  it('counts calls, across the processes of a workspace', async () => {
    const counted = POLICY.replace(
      'rules:',
      'facts:\n  refunds: { count: calls, window: 1d }\nrules:',
    );
    writeFileSync(path('counted.yaml'), counted.replace('args.amount > 1000', 'facts.refunds > 1'));
    const options = { workspace: workspace(), create, policy: path('counted.yaml') };
    for (const status of ['completed', 'blocked']) {
      const shop = await openGovernor(options);
      const refund = shop.govern(payBack, { name: 'refund' });
      const alice = shop.context({ agent: 'helpdesk', actor: 'alice' });
      expect((await refund({ amount: 20 }, alice)).status).toBe(status);
      await shop.close();
    }
  });

  it('draws calls for review where it is told to', async () => {
    const drawn = { ...files(), auditSample: { probability: 1 } };
    const shop = await openGovernor(drawn);
    const alice = shop.context({ agent: 'helpdesk', actor: 'alice' });
    const tool = { name: 'refund', resource: 'orders', action: 'write' };
    expect((await shop.govern(payBack, tool)({ amount: 20 }, alice)).status).toBe('completed');
    const types = ['spanforge.policy.decision.v1'];
    const { records } = await shop.workspace.log.query({ types, limit: 10 });
    expect(records.map(({ body }) => body.audit_probability)).toContain(1);
    await shop.close();
  });

  it('does not let another policy replace the one in force without being told to', async () => {
    await (await openGovernor(files())).close();
    writeFileSync(path('other.yaml'), POLICY.replace('policy_id: refunds', 'policy_id: other'));
    const other = { workspace: workspace(), policy: path('other.yaml') };
    await expect(openGovernor(other)).rejects.toMatchObject({ code: 'POLICY_REPLACE_REQUIRED' });
    await (await openGovernor({ ...other, replacePolicy: true })).close();
  });

  it.each([
    ['actors: 1\n', 'roles.yaml:1:1'],
    ['permissions: {}\nactors:\n  - actor_id: a\n    roels: [x]\n', 'roles.yaml:3:'],
    ['actors: []\n', 'roles.yaml:1:1'],
    ['people: []\n', 'roles.yaml:1:1'],
    ['actors: [\n', 'roles.yaml:'],
  ])('refuses a file of roles such as %j with its place', async (text, place) => {
    const options = files();
    writeFileSync(path('roles.yaml'), text);
    const refused = openGovernor(options);
    await expect(refused).rejects.toMatchObject({ code: 'CLI_INPUT_INVALID' });
    await expect(refused).rejects.toThrow(place);
  });

  it('refuses an option that it does not have, before anything is opened', async () => {
    const { rbac, ...others } = files();
    const misspelt = { ...others, rbca: rbac } as object;
    await expect(openGovernor(misspelt)).rejects.toMatchObject({
      code: 'CLI_USAGE',
      message: expect.stringMatching(/^openGovernor has no option "rbca"; there are: .*rbac, /),
    });
    expect(existsSync(workspace())).toBe(false);
  });

  it('holds a call for as long as it is told to', async () => {
    writeFileSync(path('held.yaml'), POLICY.replace('action: block', 'action: human_review'));
    let nowMs = Date.now();
    const clock = () => nowMs;
    const policy = path('held.yaml');
    const shop = await openGovernor({
      ...{ workspace: workspace(), create, policy, clock, reviewTtlMs: 60_000 },
    });
    const refund = shop.govern(payBack, { name: 'refund' });
    const caller = { agent: 'helpdesk', actor: 'alice', run: 'r', callId: 'c' };
    const held = await refund({ amount: 5000 }, shop.context(caller));
    if (held.status !== 'held') throw new Error(held.reason);
    nowMs += 61_000;
    const { reviewId } = held;
    await expect(
      shop.reviews.resolve({ reviewId, resolution: 'approved', reviewer: 'bob' }),
    ).rejects.toMatchObject({ code: 'GOVERN_REVIEW_EXPIRED' });
    await shop.close();
  });

  it('leaves a log that is signed and no lease where a start fails after it was opened', async () => {
    let failedLate = 0;
    for (let at = 1; at <= 12; at += 1) {
      let calls = 0;
      const clock = () => {
        calls += 1;
        if (calls === at) throw new Error('no clock');
        return Date.now();
      };
      const root = path(`w${at}`);
      const opened = await openGovernor({ workspace: root, create, clock }).then(
        (governor) => governor,
        () => undefined,
      );
      await opened?.close();
      const file = `${root}/evidence.db`;
      if (opened || !existsSync(file)) continue;
      const store = await openSqliteStore({ path: file });
      const size = await store.size();
      if (size > 0) {
        failedLate += 1;
        expect(await store.getDerived('checkpoint/latest')).toBeDefined();
        const nowMs = createLeaseClock()?.now() ?? 0;
        expect((await store.listLeases()).filter(({ untilMs }) => untilMs > nowMs)).toEqual([]);
      }
      await store.close();
    }
    expect(failedLate).toBeGreaterThan(0);
  });

  it('says that a workspace is missing', async () => {
    const missing = openGovernor({ workspace: workspace() });
    await expect(missing).rejects.toMatchObject({ code: 'CLI_WORKSPACE_MISSING' });
  });
});
