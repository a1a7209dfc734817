import { describe, expect, it } from 'vitest';
import { packageFromJson, packageToJson } from './package/json-container.js';
import { packageFromZip } from './package/zip-container.js';
import { packageToZip } from './package/zip-format.js';
import { bundleDraft, openTestLog, record, recordCall } from './test-log.js';
import { formatTrace } from './trace/format.js';
import { formatVerification } from './verify/format.js';
import { verifyPackage } from './verify/verify-package.js';

describe('operator', () => {
  it('inspects, exports and verifies a governed call', async () => {
    const { log, operator, trusted } = await openTestLog();
    await record(log, bundleDraft());
    await recordCall(log, 'trace-1');
    await recordCall(log, 'trace-2');
    const pkg = await operator.exportPackage({ traceId: 'trace-1' }, { disclose: () => true });
    const verdict = await verifyPackage(pkg, { keys: trusted });
    expect(verdict).toMatchObject({ verdict: 'valid', exitCode: 0, level: 'L1', outcome: 'allow' });
    expect(verdict.signers.map(({ role }) => role)).toEqual(['package', 'package', 'log']);
    expect(verdict.checks.every(({ ok }) => ok)).toBe(true);
    expect(formatVerification(verdict)).toMatch(
      /^VALID \(L1\)\nLog: log.example\/acme, size 12\nOutcome: allow\n/,
    );
    const report = formatTrace(await operator.inspectTrace('trace-1'));
    expect(report).toContain('5 record(s) are proven in the checkpoint of size 12');
    expect(await verifyPackage(packageFromJson(packageToJson(pkg)), { keys: trusted })).toEqual(
      verdict,
    );
    expect(await verifyPackage(packageFromZip(packageToZip(pkg)), { keys: trusted })).toEqual(
      verdict,
    );
  });
});
