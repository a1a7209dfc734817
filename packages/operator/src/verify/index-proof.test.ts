import { expect, it } from 'vitest';
import { verify } from '../../verifier/verify.mjs';
import { createOperator } from '../operator.js';
import { openTestLog, recordCall } from '../test-log.js';
import { resign, withFiles } from './test-forge.js';
import { verifyPackage } from './verify-package.js';

async function twoTraces() {
  const test = await openTestLog();
  await recordCall(test.log, 'trace-1');
  await recordCall(test.log, 'trace-2');
  return test;
}

it('a package proves that it holds all records of its trace, or that there are none', async () => {
  const { operator, trusted, vkey } = await twoTraces();
  for (const traceId of ['trace-1', 'nobody']) {
    const pkg = await operator.exportPackage({ traceId });
    expect((await verifyPackage(pkg, { keys: trusted })).complete).toBe('proven');
    expect((await verify(pkg, { keys: trusted })).complete).toBe('proven');
    const byLog = await verifyPackage(pkg, { keys: [vkey] });
    expect(byLog.notCovered).not.toContain('whether every record of the query is here');
  }
});

it('N-02: a trace of which the index shows less is not exported as whole', async () => {
  const { log, checkpointer, keys, vkey } = await twoTraces();
  const reader = {
    ...log,
    query: async (query: Parameters<typeof log.query>[0]) => {
      const page = await log.query(query);
      return { ...page, records: page.records.filter(({ index }) => index !== 2) };
    },
  };
  const packageKeys = [keys.ed25519, keys.es256];
  const operator = createOperator({ reader, checkpointer, packageKeys, logKey: vkey });
  await expect(operator.exportPackage({ traceId: 'trace-1' })).rejects.toMatchObject({
    code: 'OPERATOR_EVIDENCE_BROKEN',
    details: { reason: 'index_proof_records_differ' },
  });
});

it('the proof of another trace, and a changed one, are refused by both verifiers', async () => {
  const { operator, trusted, keys } = await twoTraces();
  const pkg = await operator.exportPackage({ traceId: 'trace-1' });
  const other = await operator.exportPackage({ traceId: 'trace-2' });
  const forger = [keys.ed25519, keys.es256];
  const own = new TextDecoder().decode(pkg.get('index-proof.txt'));
  const cases = [
    [other.get('index-proof.txt') ?? new Uint8Array(), 'index_proof_other_term'],
    [own.replace('tree ', 'trees '), 'index_proof_malformed'],
    [
      own.replace(/present (\d+)/, (_, at: string) => `present ${Number(at) + 1}`),
      'index_proof_records_differ',
    ],
  ] as const;
  for (const [proof, reason] of cases) {
    const forged = await resign(withFiles(pkg, { 'index-proof.txt': proof }), forger);
    const report = await verifyPackage(forged, { keys: trusted });
    expect(report).toMatchObject({ verdict: 'invalid', complete: 'unproven' });
    expect(report.firstBad?.reason).toContain(reason);
    const second = await verify(forged, { keys: trusted });
    expect(second).toMatchObject({ verdict: 'invalid', complete: 'unproven' });
    expect(second.faults.map((one) => one.reason).join()).toContain(reason);
  }
});
