import { describe, expect, it } from 'vitest';
import type { ScopeReasonCode } from './decide.js';
import { ScopeError, type ScopeErrorCode } from './error.js';
import * as scope from './index.js';
import * as yaml from './yaml.js';

describe('what users rely on', () => {
  it('exports exactly this', () => {
    expect(Object.keys(scope).sort()).toEqual([
      'ACTION_CATEGORIES',
      'ScopeError',
      'conclude',
      'createScope',
      'decide',
      'decideCapability',
      'findWidening',
      'parseManifest',
      'parseManifestWire',
      'resolveActionCategory',
      'resolveChain',
    ]);
    expect(Object.keys(yaml)).toEqual(['loadManifestFromYaml']);
  });

  it('has these error codes', () => {
    const codes: Record<ScopeErrorCode, true> = {
      SCOPE_OPTIONS_INVALID: true,
      SCOPE_MANIFEST_INVALID: true,
      SCOPE_YAML_INVALID: true,
      SCOPE_TENANT_MISMATCH: true,
      SCOPE_DELEGATION_INVALID: true,
      SCOPE_STATE_UNAVAILABLE: true,
      SCOPE_EVIDENCE_UNAVAILABLE: true,
    };
    expect(Object.keys(codes)).toHaveLength(7);
  });

  it('has these reason codes', () => {
    const codes: Record<ScopeReasonCode, true> = {
      granted: true,
      capability_missing: true,
      resource_not_granted: true,
      action_not_granted: true,
      circuit_open: true,
      no_manifest: true,
      manifest_expired: true,
      delegation_broken: true,
      request_invalid: true,
      store_unavailable: true,
      policy_unavailable: true,
      evidence_unavailable: true,
    };
    expect(Object.keys(codes)).toHaveLength(12);
  });

  it('knows its errors across copies of the package', () => {
    const foreign = { [Symbol.for('spanforge.scope.error')]: true };
    expect(ScopeError.is(foreign)).toBe(true);
    expect(ScopeError.is(new Error('other'))).toBe(false);
    expect(ScopeError.is(null)).toBe(false);
  });
});
