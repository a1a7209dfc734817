import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { EnterpriseErrorCode } from './error.js';
import * as enterprise from './index.js';
import * as node from './node.js';

const CODES: Record<EnterpriseErrorCode, true> = {
  ENTERPRISE_EGRESS_DENIED: true,
  ENTERPRISE_EVIDENCE_UNAVAILABLE: true,
  ENTERPRISE_EXPORT_DENIED: true,
  ENTERPRISE_KEY_INVALID: true,
  ENTERPRISE_KMS_KEY_RETIRED: true,
  ENTERPRISE_KMS_UNAVAILABLE: true,
  ENTERPRISE_LEGAL_HOLD: true,
  ENTERPRISE_RESIDENCY_VIOLATED: true,
  ENTERPRISE_SETTINGS_INVALID: true,
  ENTERPRISE_TENANT_FOREIGN: true,
  ENTERPRISE_TENANT_INVALID: true,
  ENTERPRISE_TENANT_UNKNOWN: true,
};

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('the public surface', () => {
  it('exports exactly this', () => {
    expect(Object.keys(enterprise).sort()).toEqual([
      'COMPLIANCE_FRAMEWORKS',
      'ENTERPRISE_PACKAGE',
      'EnterpriseError',
      'OSCAL_VERSION',
      'REFERENCE_ARCHITECTURES',
      'RESIDENCIES',
      'actorOf',
      'assessCompliance',
      'createAdmission',
      'createEgress',
      'createEnterprise',
      'createErasure',
      'createMemoryKeyStore',
      'createSettings',
      'createTenants',
      'createVault',
      'factOf',
      'guardTenants',
      'holdTrace',
      'kmsCheck',
      'matchArchitectures',
      'mayKeep',
      'pruneValues',
      'readHolds',
      'scopeReader',
      'sealStore',
      'toOscal',
    ]);
    expect(Object.keys(node).sort()).toEqual([
      'createFileKeyStore',
      'createFileKms',
      'createHostProbes',
    ]);
  });

  it.each(Object.keys(CODES))('documents %s', (code) => {
    expect(readme).toContain(`\`${code}\``);
  });
});
