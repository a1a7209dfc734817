import { describe, expect, it } from 'vitest';
import { OperatorError, type OperatorErrorCode } from './error.js';
import * as root from './index.js';
import * as node from './node.js';
import { MEMBER } from './package/members.js';
import { OPERATOR_PACKAGE, packagePredicate } from './package/statement.js';
import * as timestamp from './timestamp.js';

describe('what consumers rely on', () => {
  it('exports these names', () => {
    expect(Object.keys(root).sort()).toEqual([
      'OPERATOR_PACKAGE',
      'OperatorError',
      'auditLog',
      'auditTraces',
      'auditValues',
      'createCheckpointCosigner',
      'createHttpWitnessTransport',
      'createOperator',
      'findOddTimes',
      'formatTrace',
      'formatVerification',
      'isViolation',
      'packageFromJson',
      'packageFromZip',
      'packageToJson',
      'packageToZip',
      'rederiveLog',
      'verifyPackage',
      'visible',
    ]);
    expect(Object.keys(node).sort()).toEqual([
      'readPackage',
      'readPackageFolder',
      'verifyPackageAt',
      'verifyPackagesAt',
      'writePackage',
      'writePackageFolder',
    ]);
    expect(Object.keys(timestamp).sort()).toEqual([
      'createCheckpointStamper',
      'createHttpTimestampAuthority',
      'createTimestampVerifier',
    ]);
  });

  it('fails with these codes', () => {
    const codes: Record<OperatorErrorCode, true> = {
      OPERATOR_ANCHOR_INVALID: true,
      OPERATOR_CHECKPOINT_INCONSISTENT: true,
      OPERATOR_CHECKPOINT_UNAVAILABLE: true,
      OPERATOR_EVIDENCE_BROKEN: true,
      OPERATOR_FILE_FAILED: true,
      OPERATOR_OPTIONS_INVALID: true,
      OPERATOR_PACKAGE_MALFORMED: true,
      OPERATOR_PACKAGE_TOO_LARGE: true,
      OPERATOR_SELECTION_FOREIGN: true,
      OPERATOR_SELECTION_TOO_LARGE: true,
      OPERATOR_TARGET_REFUSED: true,
      OPERATOR_TIMESTAMP_REFUSED: true,
      OPERATOR_TIMESTAMP_UNAVAILABLE: true,
      OPERATOR_WITNESS_QUORUM: true,
      OPERATOR_WITNESS_UNAVAILABLE: true,
    };
    for (const code of Object.keys(codes) as OperatorErrorCode[]) {
      const error = new OperatorError(code, 'x');
      expect(OperatorError.is(error)).toBe(true);
      expect(Object.getOwnPropertySymbols(error)).toContain(Symbol.for('spanforge.operator.error'));
    }
    expect(OperatorError.is(new Error('x'))).toBe(false);
  });

  it('writes these files and says these things', () => {
    expect(Object.values(MEMBER)).toEqual([
      'records.jsonl',
      'records.index',
      'checkpoint',
      'disclosures.jsonl',
      'VERIFY.md',
      'keys/jwks.json',
      'keys/log.vkey',
      'package.dsse.json',
    ]);
    expect(OPERATOR_PACKAGE).toBe('https://spanforge.dev/operator-package/v1');
    expect(Object.keys(packagePredicate.shape)).toEqual([
      'log_origin',
      'size_range',
      'root',
      'query',
      'generated_at',
      'outcome',
      'strictest',
      'summary',
      'completeness',
      'counts',
      'missing_policies',
    ]);
  });
});
