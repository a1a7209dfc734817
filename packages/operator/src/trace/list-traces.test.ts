import { lineageV1 } from '@spanforge/core-events/records';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  bundleDraft,
  contextOf,
  endedDraft,
  openTestLog,
  policyDraft,
  rbacDraft,
  record,
  recordCall,
  scopeDraft,
  startedDraft,
  type TestLog,
} from '../test-log.js';
import type { TraceQuery } from './list-traces.js';

describe('listTraces', () => {
  let opened: TestLog;
  const list = (query: TraceQuery) => opened.operator.listTraces(query);
  const ask = async (query: TraceQuery) => (await list(query)).traces.map(({ traceId }) => traceId);

  beforeEach(async () => {
    opened = await openTestLog();
    const { log } = opened;
    await record(log, bundleDraft());
    await recordCall(log, 'one');
    const other = contextOf('two', { agent: 'mailer', actor: 'user:bob', run: 'run-one' });
    const decisions = await record(log, scopeDraft(other, 'block'), policyDraft(other, 'block'));
    await record(log, endedDraft(other, decisions, undefined, 'blocked'));
    const body = { activity: 'read', kind: 'tool', inputs: [], outputs: [] } as const;
    const subjects = ['customer:17'];
    const about = lineageV1.toWire({ ...body, subjects });
    await record(log, { type: lineageV1.key, context: contextOf('one'), body: about });
  });

  it.each<[TraceQuery, readonly string[]]>([
    [{}, ['one', 'two']],
    [{ traceId: 'one' }, ['one']],
    [{ run: 'run-one' }, ['one', 'two']],
    [{ agent: 'mailer' }, ['two']],
    [{ actor: 'user:ada' }, ['one']],
    [{ outcome: 'block' }, ['two']],
    [{ tool: 'payments.refund' }, ['two', 'one']],
    [{ tool: 'payments.charge' }, []],
    [{ rule: 'refund-limit' }, ['two', 'one']],
    [{ rule: 'refund-limit', agent: 'mailer' }, ['two']],
    [{ rule: 'refund-limit', outcome: 'allow' }, ['one']],
    [{ rule: 'another-rule' }, []],
    [{ subject: 'customer:17' }, ['one']],
    [{ subject: 'customer:17', rule: 'refund-limit', tool: 'payments.refund' }, ['one']],
    [{ subject: 'customer:17', outcome: 'block' }, []],
    [{ subject: 'customer:18' }, []],
    [{ toTimeMs: 0 }, []],
    [{ subject: 'customer:17', toTimeMs: 0 }, []],
    [{ fromTimeMs: 0, rule: 'refund-limit' }, ['two', 'one']],
    [{ tenant: 'other' }, []],
  ])('finds by %j', async (query, expected) => {
    expect(await ask(query)).toEqual(expected);
  });

  it('asks of a rule whether this call rests on it, not another of the trace', async () => {
    const context = contextOf('mixed');
    const [plain = ''] = await record(opened.log, rbacDraft(context));
    await record(opened.log, endedDraft(context, [plain]));
    const [limited = ''] = await record(opened.log, policyDraft(context, 'block'));
    await record(opened.log, endedDraft(context, [limited], undefined, 'blocked'));
    expect((await list({ traceId: 'mixed', rule: 'refund-limit' })).traces).toMatchObject([
      { calls: 1, outcome: 'block', lastStatus: 'blocked' },
    ]);
    expect(await ask({ traceId: 'mixed', rule: 'refund-limit', outcome: 'allow' })).toEqual([]);
  });

  it('finds what was decided and never called, and what began and did not end', async () => {
    await record(opened.log, scopeDraft(contextOf('asked'), 'escalate'));
    const crashed = contextOf('crashed');
    const decisions = await record(opened.log, rbacDraft(crashed));
    await record(opened.log, startedDraft(crashed, decisions));
    expect((await list({ limit: 2 })).traces).toMatchObject([
      { traceId: 'crashed', calls: 1, lastStatus: 'started' },
      { traceId: 'asked', calls: 0, outcome: 'human_review', lastStatus: 'not_called' },
    ]);
    // What was decided on the way to a call that ended otherwise is not what became of it.
    expect(await ask({ traceId: 'one', outcome: 'block' })).toEqual([]);
  });

  it('says whether there are more', async () => {
    expect(await list({ limit: 1 })).toMatchObject({ more: true, traces: [{ traceId: 'one' }] });
    expect(await list({ limit: 2 })).toMatchObject({ more: false });
    await expect(list({ limit: 0 })).rejects.toMatchObject({ code: 'OPERATOR_OPTIONS_INVALID' });
  });
});
