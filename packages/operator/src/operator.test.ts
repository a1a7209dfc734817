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
    const report = await operator.inspectTrace('trace-1');
    console.log(formatTrace(report));
    const pkg = await operator.exportPackage({ traceId: 'trace-1' }, { disclose: () => true });
    console.log([...pkg.keys()]);
    const verdict = await verifyPackage(pkg, { keys: trusted });
    console.log(formatVerification(verdict));
    console.log(formatTrace(await operator.inspectTrace('trace-1')));
    expect(verdict.verdict).toBe('valid');
    expect(await verifyPackage(packageFromJson(packageToJson(pkg)), { keys: trusted })).toEqual(
      verdict,
    );
    expect(await verifyPackage(packageFromZip(packageToZip(pkg)), { keys: trusted })).toEqual(
      verdict,
    );
  });
});
