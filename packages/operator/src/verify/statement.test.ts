import type { EvidenceQuery } from '@spanforge/core-events';
import { describe, expect, it } from 'vitest';
import type { PackagePredicate } from '../package/statement.js';
import { contextOf, rbacDraft, record, SECRET, scopeDraft, startedDraft } from '../test-log.js';
import { predicate, resign, statementOf, text } from './test-forge.js';
import { openResigned } from './test-resigned.js';

describe('the query of a statement', () => {
  const context = contextOf('a');
  it.each<[keyof PackagePredicate['query'], EvidenceQuery, unknown]>([
    ['trace_id', { traceId: 'a' }, 'b'],
    ['run', { run: 'run-a' }, 'run-b'],
    ['tenant', { tenant: 'acme' }, 'globex'],
    ['project', { project: 'payments' }, 'other'],
    ['types', { traceId: 'a', types: ['spanforge.policy.decision.v1'] }, ['spanforge.rbac.v1']],
    ['outcome', { outcome: 'allow' }, 'block'],
    ['agent', { agent: context.agent }, 'other-bot'],
    ['actor', { actor: context.actor }, 'user:eve'],
    ['tool', { tool: 'payments.refund' }, 'payments.pay'],
    ['rule', { rule: 'refund-limit' }, 'other-rule'],
    ['subject', { traceId: 'a' }, 'customer:1'],
  ])('fits every record by %s', async (term, query, other) => {
    const { exported, forger, faultsIn, verify } = await openResigned();
    const pkg = await exported({ traceId: 'a', ...query });
    expect(await verify(pkg)).toMatchObject({ verdict: 'valid' });
    const said = (statementOf(pkg).predicate as PackagePredicate).query;
    const changed = await resign(pkg, forger, predicate({ query: { ...said, [term]: other } }));
    expect(await faultsIn(changed, 'agreement')).toContain('record 1: record_outside_query');
  });

  it('by time takes the record at its beginning and not the one at its end', async () => {
    const { exported, forger, faultsIn, verify } = await openResigned();
    const pkg = await exported();
    const { time } = JSON.parse(text(pkg, 'records.jsonl')) as { time: string };
    const at = Date.parse(time);
    expect(at).toBeGreaterThan(0);
    const fits = async (range: object) => {
      const query = { trace_id: 'a', ...range };
      const changed = await resign(pkg, forger, predicate({ query }));
      return !(await faultsIn(changed, 'agreement')).includes('record 1: record_outside_query');
    };
    expect(await fits({ from_time_ms: at })).toBe(true);
    expect(await fits({ from_time_ms: at + 1 })).toBe(false);
    expect(await fits({ to_time_ms: at })).toBe(false);
    expect(await fits({ to_time_ms: at + 1 })).toBe(true);
    expect(await fits({ from_time_ms: at, to_time_ms: at + 1 })).toBe(true);
    const ranged = await exported({ fromTimeMs: at, toTimeMs: at + 1 });
    expect(await verify(ranged)).toMatchObject({ verdict: 'valid' });
  });

  it('by rule or subject fits no record that names none', async () => {
    const { exported, forger, faultsIn } = await openResigned(rbacDraft(contextOf('a')));
    const pkg = await exported();
    for (const term of ['rule', 'subject', 'tool']) {
      const query = { trace_id: 'a', [term]: 'x' };
      const changed = await resign(pkg, forger, predicate({ query }));
      expect(await faultsIn(changed, 'agreement')).toContain('record 1: record_outside_query');
    }
  });
});

describe('the statement of a package', () => {
  const saying = async (change: (said: PackagePredicate) => object, without: string[] = []) => {
    const test = await openResigned();
    const pkg = await test.operator.exportPackage({ traceId: 'a' });
    const said = statementOf(pkg).predicate as PackagePredicate;
    const kept = Object.entries(said).filter(([name]) => !without.includes(name));
    const changed = await resign(pkg, test.forger, (statement) => ({
      ...statement,
      predicate: { ...Object.fromEntries(kept), ...change(said) },
    }));
    return {
      said,
      report: await test.verify(changed),
      faults: await test.faultsIn(changed, 'agreement'),
    };
  };
  const FILE = 'package.dsse.json';

  it('says from which size on it grew only with the proof of it', async () => {
    const { faults } = await saying(({ size_range: { to } }) => ({ size_range: { from: 1, to } }));
    expect(faults).toEqual([`${FILE}: size_range_mismatch`]);
  });

  it('tells what was withheld and what is gone by their sum', async () => {
    const { said, report } = await saying(({ counts }) => ({
      counts: { ...counts, withheld: counts.withheld - 1, missing: counts.missing + 1 },
    }));
    expect(said.counts).toMatchObject({ withheld: 1, missing: 0 });
    expect(report.verdict).toBe('valid');
    const { faults } = await saying(({ counts }) => ({ counts: { ...counts, missing: 1 } }));
    expect(faults).toEqual([`${FILE}: counts.withheld_mismatch`]);
  });

  it('may be from before the strictest decision was stated', async () => {
    const { said, report } = await saying(() => ({}), ['strictest']);
    expect(said.strictest).toBe('allow');
    expect(report.verdict).toBe('valid');
    expect(report.strictest).toBe('allow');
  });

  it('is believed about what only the exporter can know: numbers of writers, and damage of the log', async () => {
    const holes = { code: 'writer_hole', message: 'a number of a writer is missing' };
    const unchecked = { code: 'writers_not_checked', message: 'the log was not read' };
    const damaged = { code: 'log_damaged', message: 'the log was rolled back' };
    const { report } = await saying(({ completeness }) => ({
      completeness: [...completeness, holes, unchecked, damaged],
    }));
    expect(report.verdict).toBe('valid');
    expect(report.findings.slice(-3)).toEqual([holes, unchecked, damaged]);
    const other = { code: 'started_not_ended', message: 'x' };
    const { faults, report: wrong } = await saying(({ completeness }) => ({
      completeness: [...completeness, other],
    }));
    expect(faults).toEqual([`${FILE}: completeness_mismatch`]);
    expect(wrong.findings).not.toContainEqual(other);
  });

  it.each<[string, (said: PackagePredicate) => object]>([
    ['log_origin', () => ({ log_origin: 'log.example/other' })],
    ['size_range', ({ size_range: range }) => ({ size_range: { ...range, to: range.to + 1 } })],
    ['root', () => ({ root: '0'.repeat(64) })],
    ['outcome', () => ({ outcome: 'block' })],
    ['strictest', () => ({ strictest: 'block' })],
    ['summary.allowed', ({ summary }) => ({ summary: { ...summary, allowed: 'x' } })],
    ['summary.blocked', ({ summary }) => ({ summary: { ...summary, blocked: 'x' } })],
    ['summary.controls', ({ summary }) => ({ summary: { ...summary, controls: 'x' } })],
    ['summary.chain', ({ summary }) => ({ summary: { ...summary, chain: 'x' } })],
    ['counts.selected', ({ counts }) => ({ counts: { ...counts, selected: 2 } })],
    ['counts.redacted', ({ counts }) => ({ counts: { ...counts, redacted: 1 } })],
    ['counts.withheld', ({ counts }) => ({ counts: { ...counts, withheld: 0 } })],
    ['missing_policies', () => ({ missing_policies: [] })],
  ])('claims nothing else of %s than the records show', async (claim, change) => {
    const { faults, report } = await saying(change);
    expect(report.verdict).toBe('invalid');
    expect(faults).toEqual(
      claim === 'outcome'
        ? ['outcome', 'summary.allowed'].map((one) => `${FILE}: ${one}_mismatch`)
        : [`${FILE}: ${claim}_mismatch`],
    );
  });

  it('says what it was compared with', async () => {
    const { report } = await saying(() => ({}));
    expect(report.checks).toContainEqual({
      ...{ name: 'agreement', ok: true },
      detail: 'the statement says what the records show',
    });
  });
});

describe('what ran', () => {
  const blockedAndRan = async () => {
    const test = await openResigned();
    const context = contextOf('v');
    const ids = await record(test.log, scopeDraft(context, 'block'));
    await record(test.log, startedDraft(context, ids));
    return { ...test, pkg: await test.exported({ traceId: 'v' }) };
  };

  it('although it was blocked is a violation, where the records are believed', async () => {
    const { pkg, verify, vkey, jwks } = await blockedAndRan();
    for (const keys of [[vkey, jwks], [vkey], [jwks]]) {
      expect(await verify(pkg, { keys })).toMatchObject({
        ...{ verdict: 'violation', exitCode: 1 },
        firstBad: { index: 3, reason: 'executed_not_authorised' },
      });
    }
    const report = await verify(pkg, { keys: [], hmacSecrets: [SECRET] });
    expect(report.verdict).toBe('violation');
    const unsigned = await verify(pkg, { keys: [] });
    expect(unsigned.verdict).toBe('untrusted');
    expect(unsigned.findings.map(({ code }) => code)).toContain('executed_not_authorised');
    expect(unsigned.outcome).toBe('allow');
    expect(unsigned.strictest).toBe('block');
  });

  it('is judged in whole traces only', async () => {
    const { exported, verify } = await openResigned();
    const conduct = async (query: EvidenceQuery) =>
      (await verify(await exported(query))).checks.filter(({ name }) => name === 'conduct');
    expect(await conduct({ traceId: 'a' })).toEqual([
      {
        ...{ name: 'conduct', ok: true },
        detail: 'whatever ran was decided, and no decision was used for anything else',
      },
    ]);
    expect(await conduct({ traceId: 'a', types: ['spanforge.policy.decision.v1'] })).toEqual([]);
    expect(await conduct({ traceId: 'nobody' })).toEqual([]);
  });
});
