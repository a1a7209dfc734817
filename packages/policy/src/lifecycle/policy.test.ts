import {
  EventsError,
  type EvidenceContext,
  type EvidenceRecord,
  type PolicyRequest,
  type Recorder,
} from '@spanforge/core-events';
import { createMemoryStore, type EvidenceLog, openEvidenceLog } from '@spanforge/core-events/log';
import { describe, expect, it } from 'vitest';
import { createPolicy, PolicyError, type PolicyOptions, parseBundle } from '../index.js';

const START = Date.parse('2026-06-01T00:00:00Z');
const context: EvidenceContext = {
  tenant: 'acme',
  project: 'support',
  env: 'prod',
  run: 'run-1',
  traceId: 'trace-1',
  agent: 'helper',
  actor: 'ann',
  source: 'test@1.0.0',
};

const bundleOf = (part: object = {}, rule: object = {}) => ({
  policy_id: 'p',
  version: '1.0',
  environment: 'prod',
  owner: 'o',
  effective_at: '2026-01-01T00:00:00Z',
  rules: [
    {
      rule_id: 'limit',
      service: 'sf_govern',
      control: 'tool_call',
      action: 'block',
      when: 'args.amount > 1000',
      ...rule,
    },
  ],
  ...part,
});

const asked: Omit<PolicyRequest, 'time'> = {
  service: 'sf_govern',
  control: 'tool_call',
  tool: 'pay',
  args: { amount: 5000, card: 'SECRET-4111' },
};

async function setUp(part: Partial<PolicyOptions> = {}) {
  const log = await openEvidenceLog({
    store: createMemoryStore(),
    origin: 'test.example/log',
    writer: 'test',
    hmac: false,
  });
  let now = START;
  const clock = () => now;
  const create = (more: Partial<PolicyOptions> = {}) =>
    createPolicy({ recorder: log, reader: log, context, clock, refreshMs: 0, ...part, ...more });
  const advance = (ms: number) => {
    now += ms;
  };
  return { log, policy: create(), create, advance };
}

const ofType = async (log: EvidenceLog, type: string): Promise<readonly EvidenceRecord[]> =>
  (await log.query({ types: [type] })).records;

const failing: Recorder = {
  append: async () => {
    throw new EventsError('EVENTS_APPEND_FAILED', 'no');
  },
};

describe('a decision', () => {
  it('is recorded with the bundle that made it, and without governed text', async () => {
    const { log, policy } = await setUp();
    const bundle = await policy.lifecycle.loadBundle(bundleOf());
    await policy.lifecycle.activate(bundle);
    const { verdict, receipts } = await policy.evaluate(asked, { context });
    expect(verdict).toMatchObject({
      outcome: 'block',
      matched: true,
      reasonCode: 'rule_triggered',
    });
    expect(verdict.policy).toEqual({ id: 'p', version: '1.0', digest: bundle.digest });

    const [record] = await policy.listForTrace('trace-1');
    expect((await receipts)?.[0]?.id).toBe(record?.id);
    expect(record?.policy).toEqual(verdict.policy);
    expect(record?.stateSize).toBe(verdict.stateSize);
    expect(record?.body).toMatchObject({
      outcome: 'block',
      rules: [{ rule_id: 'limit', finding: 'triggered' }],
    });
    expect(new TextDecoder().decode(record?.bytes)).not.toMatch(/SECRET|5000/);
    const disclosed = await log.disclosures(record?.index ?? -1);
    expect(disclosed.map(({ name }) => name)).toEqual(['request']);
  });

  it('is allowed, and recorded, where no bundle is active', async () => {
    const { policy } = await setUp();
    const { verdict } = await policy.evaluate(asked, { context });
    expect(verdict).toMatchObject({
      outcome: 'allow',
      matched: false,
      reasonCode: 'no_active_bundle',
    });
    expect(await policy.listForTrace('trace-1')).toHaveLength(1);
  });

  it('is listed for the tenant of the service, or the one that is named', async () => {
    const { policy } = await setUp();
    await policy.evaluate(asked, { context });
    await policy.evaluate(asked, { context: { ...context, tenant: 'other' } });
    const tenants = async (where?: { readonly tenant: string }) =>
      (await policy.listForTrace('trace-1', where)).map((record) => record.context.tenant);
    expect(await tenants()).toEqual([context.tenant]);
    expect(await tenants({ tenant: context.tenant })).toEqual([context.tenant]);
    expect(await tenants({ tenant: 'other' })).toEqual(['other']);
    expect(await tenants({ tenant: 'none' })).toEqual([]);
  });

  it('is taken by the port with and without a record', async () => {
    const { log, policy } = await setUp();
    await policy.lifecycle.activate(parseBundle(bundleOf()));
    const request = { ...asked, time: START };
    expect((await policy.decide(request)).outcome).toBe('block');
    expect(await policy.listForTrace('trace-1')).toHaveLength(0);
    expect((await policy.decide(request, { recorder: log, context })).outcome).toBe('block');
    expect(await policy.listForTrace('trace-1')).toHaveLength(1);
  });

  it('is block when it cannot be recorded', async () => {
    const { policy } = await setUp();
    await policy.lifecycle.activate(
      parseBundle(bundleOf({}, { action: 'allow+log', when: 'true' })),
    );
    const { verdict, receipts } = await policy.evaluate(asked, { context, recorder: failing });
    expect(verdict).toMatchObject({ outcome: 'block', reasonCode: 'evidence_unavailable' });
    expect(receipts).toBeUndefined();
  });

  it('is block, on record, for a request that is not plain data', async () => {
    const { policy } = await setUp();
    const unplain = { ...asked, args: { at: new Date(0) } };
    const { verdict } = await policy.evaluate(unplain, { context });
    expect(verdict).toMatchObject({ outcome: 'block', reasonCode: 'request_unreadable' });
    expect(await policy.listForTrace('trace-1')).toHaveLength(1);
  });

  it('is block for a request that is none, or belongs elsewhere', async () => {
    const { log, policy } = await setUp();
    for (const request of [null, undefined, 5, {}] as never[]) {
      expect((await policy.evaluate(request, { context })).verdict.outcome).toBe('block');
      expect((await policy.decide(request, { recorder: log, context })).outcome).toBe('block');
    }
    const throwing = Object.defineProperty({ ...asked }, 'env', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    for (const request of [throwing, { ...asked, env: 5 }, { ...asked, time: 'now' }] as never[]) {
      expect((await policy.decide(request)).reasonCode).toBe('request_unreadable');
    }
    const elsewhere = await policy.evaluate({ ...asked, env: 'dev' }, { context });
    expect(elsewhere.verdict.reasonCode).toBe('environment_mismatch');
  });

  it('sees the environment of its context', async () => {
    const { policy } = await setUp();
    await policy.lifecycle.activate(parseBundle(bundleOf({}, { when: 'env == "prod"' })));
    const { verdict } = await policy.evaluate(asked, { context });
    expect(verdict).toMatchObject({ outcome: 'block', reasonCode: 'rule_triggered' });
  });

  it('is taken on the request as it was at the call', async () => {
    const { log, policy } = await setUp();
    await policy.lifecycle.activate(parseBundle(bundleOf()));
    const args = { amount: 5000 };
    const pending = policy.evaluate({ ...asked, args }, { context });
    args.amount = 1;
    expect((await pending).verdict.outcome).toBe('block');
    const [record] = await policy.listForTrace('trace-1');
    const [disclosure] = await log.disclosures(record?.index ?? -1);
    const [, , value] = JSON.parse(
      atob((disclosure?.encoded ?? '').replaceAll('-', '+').replaceAll('_', '/')),
    );
    expect(value.args.amount).toBe(5000);
  });

  it('stands without a record only where every rule that counts says so', async () => {
    const { policy } = await setUp();
    const open = { action: 'allow+log', when: 'true', on_unavailable: 'fail_open' };
    await policy.lifecycle.activate(parseBundle(bundleOf({}, open)));
    const { verdict } = await policy.evaluate(asked, { context, recorder: failing });
    expect(verdict.outcome).toBe('allow+log');
    expect(await policy.getStatus()).toMatchObject({ status: 'ok', unrecorded: 1 });
    const other = { ...asked, control: 'tool_result' };
    expect((await policy.evaluate(other, { context, recorder: failing })).verdict.outcome).toBe(
      'block',
    );
  });

  it('is block when the state cannot be read', async () => {
    const { log } = await setUp();
    const reader = { ...log, query: failing.append as never, size: failing.append as never };
    const policy = createPolicy({ recorder: log, reader, context });
    const { verdict } = await policy.evaluate(asked, { context });
    expect(verdict).toMatchObject({ outcome: 'block', reasonCode: 'state_unavailable' });
    expect(await policy.getStatus()).toMatchObject({ status: 'unavailable' });
    await expect(policy.lifecycle.active('prod')).rejects.toMatchObject({
      code: 'POLICY_STATE_UNAVAILABLE',
    });
  });
});

describe('activation', () => {
  it('is seen by another service over the same log, also after a restart', async () => {
    const { policy, create } = await setUp();
    const bundle = parseBundle(bundleOf({ metadata: { note: `${'é🚆"\\'.repeat(12_000)}` } }));
    await policy.lifecycle.activate(bundle);
    const active = await create().lifecycle.active('prod');
    expect(active?.digest).toBe(bundle.digest);
    expect(active?.canonical).toBe(bundle.canonical);
    expect(await create().lifecycle.active('dev')).toBeUndefined();
  });

  it('waits for effective_at', async () => {
    const { policy, advance } = await setUp();
    await policy.lifecycle.activate(parseBundle(bundleOf()));
    await policy.lifecycle.activate(
      parseBundle(bundleOf({ version: '2.0', effective_at: '2026-06-01T00:01:00Z' })),
    );
    expect((await policy.lifecycle.active('prod'))?.version).toBe('1.0');
    advance(60_000);
    expect((await policy.lifecycle.active('prod'))?.version).toBe('2.0');
  });

  it('refuses older versions and other content under the same one, and records it', async () => {
    const { log, policy } = await setUp();
    const newer = parseBundle(bundleOf({ version: '1.10' }));
    await policy.lifecycle.activate(newer);
    await expect(
      policy.lifecycle.activate(parseBundle(bundleOf({ version: '1.9' }))),
    ).rejects.toMatchObject({
      code: 'POLICY_VERSION_OLDER',
    });
    const reused = parseBundle(bundleOf({ version: '1.10' }, { action: 'allow' }));
    await expect(policy.lifecycle.activate(reused)).rejects.toMatchObject({
      code: 'POLICY_VERSION_REUSED',
    });
    expect((await policy.lifecycle.active('prod'))?.digest).toBe(newer.digest);
    const steps = await ofType(log, 'spanforge.policy.lifecycle.v1');
    expect(steps.map(({ body }) => [body.step, body.reason_code])).toEqual([
      ['activated', undefined],
      ['refused', 'POLICY_VERSION_OLDER'],
      ['refused', 'POLICY_VERSION_REUSED'],
    ]);
  });

  it('goes back when asked', async () => {
    const { policy } = await setUp();
    await policy.lifecycle.activate(parseBundle(bundleOf({ version: '2' })));
    await policy.lifecycle.activate(parseBundle(bundleOf({ version: '1' })), { rollback: true });
    expect((await policy.lifecycle.active('prod'))?.version).toBe('1');
  });

  it('of the active bundle again does nothing', async () => {
    const { log, policy } = await setUp();
    await policy.lifecycle.activate(parseBundle(bundleOf()));
    const size = await log.size();
    await policy.lifecycle.activate(parseBundle(bundleOf()));
    expect(await log.size()).toBe(size);
  });

  it('is taken by one of two who try at once', async () => {
    const { policy, create } = await setUp();
    const results = await Promise.allSettled([
      policy.lifecycle.activate(parseBundle(bundleOf({ version: '2' }))),
      create().lifecycle.activate(parseBundle(bundleOf({ version: '3' }))),
    ]);
    const failures = results.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(failures.map(({ code }) => code)).toEqual(['POLICY_ACTIVATION_CONFLICT']);
  });

  it('keeps the previous bundle when it cannot be recorded', async () => {
    const { policy, create } = await setUp();
    await policy.lifecycle.activate(parseBundle(bundleOf()));
    const broken = create({ recorder: failing });
    await expect(
      broken.lifecycle.activate(parseBundle(bundleOf({ version: '2' }))),
    ).rejects.toMatchObject({
      code: 'POLICY_EVIDENCE_UNAVAILABLE',
    });
    expect((await policy.lifecycle.active('prod'))?.version).toBe('1.0');
  });

  it('takes the digested text, not the object around it', async () => {
    const { policy } = await setUp();
    const bundle = parseBundle(bundleOf());
    const forged = { ...bundle, canonical: bundle.canonical.replace('"block"', '"allow"') };
    await expect(policy.lifecycle.activate(forged)).rejects.toMatchObject({
      code: 'POLICY_BUNDLE_INVALID',
    });
    expect(await policy.lifecycle.active('prod')).toBeUndefined();
  });

  it('blocks where a bundle cannot be read by this process', async () => {
    const { policy, create } = await setUp({
      controls: [{ service: 'billing', control: 'spend' }],
    });
    const rule = { service: 'billing', control: 'spend' };
    await policy.lifecycle.activate(await policy.lifecycle.loadBundle(bundleOf({}, rule)));
    const other = create({ controls: [] });
    const { verdict } = await other.evaluate(asked, { context });
    expect(verdict).toMatchObject({ outcome: 'block', reasonCode: 'policy_unreadable' });
    expect(await other.getStatus()).toMatchObject({ status: 'unavailable' });
  });
});

describe('loading', () => {
  it('refuses a malformed bundle, keeps the active one and records the refusal', async () => {
    const { log, policy } = await setUp();
    await policy.lifecycle.activate(parseBundle(bundleOf()));
    const error = await policy.lifecycle.loadBundle(bundleOf({ fact: {} })).catch((cause) => cause);
    expect(PolicyError.is(error)).toBe(true);
    expect(error.problems).toHaveLength(1);
    const refused = (await ofType(log, 'spanforge.policy.lifecycle.v1')).at(-1);
    expect(refused?.body).toMatchObject({ step: 'refused', reason_code: 'POLICY_UNKNOWN_KEY' });
    expect((await policy.lifecycle.active('prod'))?.version).toBe('1.0');
  });
});
