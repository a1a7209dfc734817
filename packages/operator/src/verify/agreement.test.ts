import type { EvidenceRecord } from '@spanforge/core-events';
import { describe, expect, it } from 'vitest';
import type { PackagePredicate } from '../package/statement.js';
import { bundleDraft, contextOf, openTestLog, POLICY, policyDraft, record } from '../test-log.js';
import { checkAgreement } from './agreement.js';
import { createLedger } from './report.js';
import { lines, predicate, resign, statementOf, withFiles } from './test-forge.js';
import { verifyPackage } from './verify-package.js';

type Given = Parameters<typeof verifyPackage>[0];

async function open(...drafts: Parameters<typeof record>[1][]) {
  const test = await openTestLog();
  await record(test.log, ...(drafts.length > 0 ? drafts : [policyDraft(contextOf('a'), 'allow')]));
  const forger = [test.keys.ed25519, test.keys.es256];
  const verify = (pkg: Given, options: object = {}) =>
    verifyPackage(pkg, { keys: test.trusted, ...options });
  const faultsIn = async (pkg: Given, name: string) =>
    (await verify(pkg)).checks
      .filter((check) => check.name === name)
      .map(({ ok, detail }) => (ok ? 'passed' : detail));
  const exported = () => test.operator.exportPackage({ traceId: 'a' }, { disclose: () => true });
  return { ...test, forger, verify, faultsIn, exported };
}

const FILE = 'package.dsse.json';

describe('what a statement claims', () => {
  it('misses no policy that the package has', async () => {
    const { exported, verify, faultsIn, forger } = await open(
      bundleDraft(),
      policyDraft(contextOf('a'), 'allow'),
    );
    const pkg = await exported();
    expect(pkg.has(`policy/${POLICY.digest}.json`)).toBe(true);
    expect(await verify(pkg)).toMatchObject({ verdict: 'valid' });
    const missing = predicate({ missing_policies: [POLICY.digest] });
    const changed = await resign(pkg, forger, missing);
    expect(await faultsIn(changed, 'agreement')).toEqual([`${FILE}: missing_policies_mismatch`]);
  });

  it('says from which size on it grew, with the proof of it', async () => {
    const { log, checkpointer, operator, verify } = await open();
    const { note } = await checkpointer.checkpoint();
    await record(log, policyDraft(contextOf('a'), 'allow'));
    const pkg = await operator.exportPackage({ traceId: 'a' }, { since: note });
    const { size_range: range } = statementOf(pkg).predicate as PackagePredicate;
    expect(range.from).toBeGreaterThan(0);
    expect(await verify(pkg, { since: note })).toMatchObject({ verdict: 'valid' });
  });

  it('is compared with records as they are, whatever their lists hold', async () => {
    const { exported } = await open();
    const pkg = await exported();
    const said = statementOf(pkg).predicate as PackagePredicate;
    const [written = ''] = lines(pkg, 'records.jsonl');
    const { time } = JSON.parse(written) as { time: string };
    const body = { rules: [null, 5, { rule_id: 'r' }], subjects: 'customer:1' };
    const odd = { index: 4, type: 'x', time, mode: 'live', context: contextOf('a'), body };
    const faults = (query: PackagePredicate['query']) => {
      const found: unknown[] = [];
      const ledger = { ...createLedger(), fail: (...fault: unknown[]) => found.push(fault) };
      const checkpoint = { origin: 'log.example/acme', size: 5, root: new Uint8Array(32) };
      checkAgreement(
        pkg,
        { ...said, query },
        { records: [odd as unknown as EvidenceRecord], opened: new Map() },
        { checkpoint, note: '', trusted: true, cosignatures: [] },
        ledger,
      );
      return found.filter((fault) => JSON.stringify(fault).includes('record_outside_query'));
    };
    const outside = ['invalid', 'agreement', { index: 4, reason: 'record_outside_query' }];
    expect(faults({ rule: 'r' })).toEqual([]);
    expect(faults({ rule: 'q' })).toEqual([outside]);
    expect(faults({ subject: 'customer:1' })).toEqual([outside]);
  });
});

describe('what ran', () => {
  it('is not judged by a statement that cannot be read, and reported as it is', async () => {
    const { exported, verify } = await open();
    const pkg = withFiles(await exported(), { 'package.dsse.json': 'x' });
    const report = await verify(pkg);
    expect(report).toMatchObject({ verdict: 'invalid', exitCode: 1, outcome: 'allow' });
    expect(report.findings.map(({ code }) => code)).toEqual(['not_compared']);
    expect(report.checks.map(({ name }) => name)).not.toContain('conduct');
  });
});
