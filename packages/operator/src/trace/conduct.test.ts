import type { RecordDraft } from '@spanforge/core-events';
import { reviewRequestedV1, reviewResolvedV1 } from '@spanforge/core-events/records';
import { describe, expect, it } from 'vitest';
import { createOperator } from '../operator.js';
import {
  contextOf,
  endedDraft,
  openTestLog,
  policyDraft,
  record,
  recordCall,
  scopeDraft,
  startedDraft,
  type TestLog,
} from '../test-log.js';
import { predicate, resign } from '../verify/test-forge.js';
import { verifyPackage } from '../verify/verify-package.js';
import { isViolation } from './completeness.js';

type Setup = (test: TestLog, traceId: string) => Promise<void>;

async function run(test: TestLog, traceId: string, ids: readonly string[], callId = 'c1') {
  const context = contextOf(traceId);
  const [startedId = ''] = await record(test.log, startedDraft(context, ids, callId));
  const ended = endedDraft(context, ids, startedId);
  await record(test.log, { ...ended, body: { ...(ended.body as object), call_id: callId } });
}

const withBody = (draft: RecordDraft, more: object): RecordDraft => ({
  ...draft,
  body: { ...(draft.body as object), ...more },
});

const VIOLATIONS: Record<string, readonly [code: string, Setup]> = {
  'ran although a control blocked it': [
    'executed_not_authorised',
    async (test, id) => run(test, id, await record(test.log, scopeDraft(contextOf(id), 'block'))),
  ],
  'ran on no decision': ['executed_not_authorised', async (test, id) => run(test, id, [])],
  'one decision for two executions': [
    'decision_reused',
    async (test, id) => {
      const ids = await record(test.log, policyDraft(contextOf(id), 'allow'));
      await run(test, id, ids, 'c1');
      await run(test, id, ids, 'c2');
    },
  ],
  'a decision about another tool': [
    'decision_mismatch',
    async (test, id) => {
      const draft = withBody(policyDraft(contextOf(id), 'allow'), { tool: 'payments.read' });
      await run(test, id, await record(test.log, draft));
    },
  ],
  'a decision about other arguments': [
    'decision_mismatch',
    async (test, id) => {
      const args = 'A'.repeat(43);
      const draft = withBody(policyDraft(contextOf(id), 'allow'), { values: { args } });
      await run(test, id, await record(test.log, { ...draft, disclosures: [] }));
    },
  ],
  'a decision about another agent': [
    'decision_mismatch',
    async (test, id) => {
      const ids = await record(
        test.log,
        scopeDraft(contextOf(id, { agent: 'other-bot' }), 'allow'),
      );
      await run(test, id, ids);
    },
  ],
};

describe('N-10: what ran and should not have', () => {
  it.each(Object.entries(VIOLATIONS))(
    '%s is found on inspection and in the package',
    async (_, [code, setup]) => {
      const test = await openTestLog();
      await recordCall(test.log, 'fine');
      await setup(test, 'bad');
      const report = await test.operator.inspectTrace('bad');
      expect(report.completeness.filter(isViolation).map((one) => one.code)).toEqual([code]);
      const pkg = await test.operator.exportPackage({ traceId: 'bad' });
      expect(await verifyPackage(pkg, { keys: test.trusted })).toMatchObject({
        verdict: 'violation',
        exitCode: 1,
        level: 'L1',
        firstBad: { reason: code },
      });
      const fine = await test.operator.exportPackage({ traceId: 'fine' });
      expect((await verifyPackage(fine, { keys: test.trusted })).exitCode).toBe(0);
    },
  );

  it('is not said of parts of traces, in which decisions are not looked for', async () => {
    const test = await openTestLog();
    await recordCall(test.log, 'fine');
    const types = ['spanforge.execution.started.v1', 'spanforge.execution.ended.v1'];
    const pkg = await test.operator.exportPackage({ query: { types } });
    const report = await verifyPackage(pkg, { keys: test.trusted });
    expect(report).toMatchObject({ exitCode: 0, findings: [{ code: 'not_compared' }] });
  });
});

describe('N-11: a statement that says more than the records show', () => {
  it.each([
    ['summary.allowed', { summary: { allowed: 'All is well.' } }],
    ['summary.chain', { summary: { chain: 'Yes: everything is proven.' } }],
    ['completeness', { completeness: [] }],
    ['strictest', { strictest: 'allow' }],
    ['outcome', { outcome: 'redact' }],
  ])('is invalid: %s', async (claim, change) => {
    const test = await openTestLog();
    const ids = await record(test.log, scopeDraft(contextOf('bad'), 'block'));
    await run(test, 'bad', ids);
    const pkg = await test.operator.exportPackage({ traceId: 'bad' });
    const forger = [test.keys.ed25519, test.keys.es256];
    const forged = await resign(pkg, forger, (statement) => {
      const said = statement.predicate as { readonly summary: object };
      const summary = 'summary' in change ? { ...said.summary, ...change.summary } : said.summary;
      return predicate({ ...change, summary })(statement);
    });
    expect(await verifyPackage(forged, { keys: test.trusted })).toMatchObject({
      verdict: 'invalid',
      exitCode: 1,
      checks: expect.arrayContaining([
        expect.objectContaining({ detail: `package.dsse.json: ${claim}_mismatch` }),
      ]),
    });
  });
});

describe('the outcome of a trace', () => {
  async function held(resolution: 'approved' | 'rejected') {
    const test = await openTestLog();
    const context = contextOf('held');
    const decisions = await record(test.log, scopeDraft(context, 'escalate'));
    const common = { reviewId: 'r1', binding: 'b' };
    await record(
      test.log,
      withBody(endedDraft(context, decisions, undefined, 'blocked'), {
        status: 'held',
        outcome: 'human_review',
        review_id: 'r1',
      }),
      {
        type: reviewRequestedV1.key,
        context,
        body: reviewRequestedV1.toWire({
          ...common,
          callId: 'c1',
          tool: 'payments.refund',
          decisions,
          reason: 'needs a person',
          reasonCode: 'held',
        }),
      },
    );
    const before = await test.operator.inspectTrace('held');
    await record(test.log, {
      type: reviewResolvedV1.key,
      context,
      body: reviewResolvedV1.toWire({ ...common, resolution, reviewer: 'user:bob' }),
    });
    return { ...test, context, before };
  }

  it('is what became of it: held, then approved and executed', async () => {
    const { log, operator, context, before } = await held('approved');
    expect(before).toMatchObject({ outcome: 'human_review', strictest: 'human_review' });
    const again = await record(log, scopeDraft(context, 'escalate'));
    const approved = { review_id: 'r1', outcome: 'human_review' };
    const [id = ''] = await record(log, withBody(startedDraft(context, again), approved));
    await record(log, withBody(endedDraft(context, again, id), approved));
    expect(await operator.inspectTrace('held')).toMatchObject({
      outcome: 'allow',
      strictest: 'human_review',
      completeness: [],
    });
  });

  it('is block where the reviewer said no', async () => {
    const { operator } = await held('rejected');
    expect(await operator.inspectTrace('held')).toMatchObject({
      outcome: 'block',
      strictest: 'human_review',
    });
  });
});

describe('what is out of place', () => {
  it('names a record dated far outside its neighbours', async () => {
    const test = await openTestLog();
    await recordCall(test.log, 't');
    const odd = {
      ...test.log,
      query: async (query: Parameters<typeof test.log.query>[0]) => {
        const page = await test.log.query(query);
        const records = page.records.map((one) =>
          one.index === 3 ? { ...one, time: '2020-01-01T00:00:00.000Z' } : one,
        );
        return { ...page, records };
      },
    };
    const { completeness } = await createOperator({ reader: odd }).inspectTrace('t');
    expect(completeness).toMatchObject([{ code: 'time_out_of_place', index: 3 }]);
  });

  it('reports a log that is shorter than its checkpoint', async () => {
    const test = await openTestLog();
    await recordCall(test.log, 'early');
    await recordCall(test.log, 'late');
    await test.checkpointer.checkpoint();
    const cut = {
      ...test.log,
      size: async () => 6,
      store: { ...test.store, size: async () => 6 },
    };
    const report = await createOperator({ reader: cut }).inspectTrace('early');
    expect(report.chain).toMatchObject({
      status: 'broken',
      broken: [{ reason: 'log_shorter_than_checkpoint' }],
    });
  });
});

it('N-03: what its own verifier would reject is not exported', async () => {
  const test = await openTestLog();
  await recordCall(test.log, 'mine');
  await recordCall(test.log, 'theirs');
  const reader = {
    ...test.log,
    query: async (query: Parameters<typeof test.log.query>[0]) => {
      if (query.traceId !== 'mine') return test.log.query(query);
      const { traceId: _, ...rest } = query;
      return test.log.query(rest);
    },
  };
  const { checkpointer, keys, vkey } = test;
  const operator = createOperator({
    reader,
    checkpointer,
    packageKeys: [keys.ed25519],
    logKey: vkey,
  });
  await expect(operator.exportPackage({ traceId: 'mine' })).rejects.toMatchObject({
    code: 'OPERATOR_EVIDENCE_BROKEN',
    details: { reason: 'record_outside_query' },
  });
});
