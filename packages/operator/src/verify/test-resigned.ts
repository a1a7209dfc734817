import type { EvidenceQuery } from '@spanforge/core-events';
import { contextOf, openTestLog, policyDraft, record } from '../test-log.js';
import { type VerifyOptions, verifyPackage } from './verify-package.js';

type Package = Parameters<typeof verifyPackage>[0];

/**
 * A log with records (one allowed decision of trace `a` when none are given), whose packages a forger
 * who has both of its keys signs again, and what the verifier finds in them.
 */
export async function openResigned(...drafts: Parameters<typeof record>[1][]) {
  const test = await openTestLog();
  await record(test.log, ...(drafts.length > 0 ? drafts : [policyDraft(contextOf('a'), 'allow')]));
  const verify = (pkg: Package, options: Partial<VerifyOptions> = {}) =>
    verifyPackage(pkg, { keys: test.trusted, ...options });
  return {
    ...test,
    forger: [test.keys.ed25519, test.keys.es256],
    verify,
    /** The details of the failed checks of one name. */
    faultsIn: async (pkg: Package, name: string) =>
      (await verify(pkg)).checks
        .filter((check) => check.name === name && !check.ok)
        .map(({ detail }) => detail),
    exported: (query: EvidenceQuery = { traceId: 'a' }) =>
      test.operator.exportPackage({ query }, { disclose: () => true }),
  };
}
