import { describe, expect, it } from 'vitest';
import type { RbacReasonCode } from './decide.js';
import { RbacError, type RbacErrorCode } from './error.js';
import * as rbac from './index.js';
import * as jwt from './jwt.js';
import * as yaml from './yaml.js';

describe('what users rely on', () => {
  it('exports exactly this', () => {
    expect(Object.keys(rbac).sort()).toEqual([
      'RbacError',
      'STANDARD_ROLE_MATRIX',
      'checkSeparationOfDuty',
      'conclude',
      'createRbac',
      'createRoleMatrix',
      'decide',
      'effectiveRoles',
      'parseActor',
      'parseActorWire',
      'parsePermissions',
    ]);
    expect(Object.keys(yaml)).toEqual(['loadActorFromYaml']);
    expect(Object.keys(jwt).sort()).toEqual([
      'JWT_ALGORITHMS',
      'createJwtVerifier',
      'createLocalKeys',
      'createRemoteKeys',
      'registerActorFromJwt',
    ]);
  });

  it('has these error codes', () => {
    const codes: Record<RbacErrorCode, true> = {
      RBAC_OPTIONS_INVALID: true,
      RBAC_ROLE_MATRIX_INVALID: true,
      RBAC_ROLE_CYCLE: true,
      RBAC_PERMISSIONS_INVALID: true,
      RBAC_ACTOR_INVALID: true,
      RBAC_YAML_INVALID: true,
      RBAC_JWT_INVALID: true,
      RBAC_JWKS_INVALID: true,
      RBAC_KEYS_UNAVAILABLE: true,
      RBAC_STATE_UNAVAILABLE: true,
      RBAC_EVIDENCE_UNAVAILABLE: true,
    };
    expect(Object.keys(codes)).toHaveLength(11);
  });

  it('has these reason codes', () => {
    const codes: Record<RbacReasonCode, true> = {
      granted: true,
      no_actor: true,
      role_missing: true,
      permission_missing: true,
      nothing_required: true,
      request_invalid: true,
      store_unavailable: true,
      policy_unavailable: true,
      evidence_unavailable: true,
    };
    expect(Object.keys(codes)).toHaveLength(9);
  });

  it('knows its errors across copies of the package', () => {
    const foreign = { [Symbol.for('spanforge.rbac.error')]: true };
    expect(RbacError.is(foreign)).toBe(true);
    expect(RbacError.is(new Error('other'))).toBe(false);
  });
});
