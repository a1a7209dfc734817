import { expect, expectTypeOf, it } from 'vitest';
import * as policy from './index.js';
import * as yaml from './yaml.js';

it('exports exactly this', () => {
  expect(Object.keys(policy).sort()).toEqual([
    'BUNDLE_PAYLOAD_TYPE',
    'CONTROLS',
    'PolicyError',
    'bundleDigest',
    'compareVersions',
    'compileBundle',
    'createPolicy',
    'defineBundle',
    'formatProblem',
    'parseBundle',
    'promotedBundle',
    'signBundle',
    'unknownTools',
  ]);
  expect(Object.keys(yaml).sort()).toEqual(['parseBundleJson', 'parseBundleYaml']);
});

it('has exactly these codes', () => {
  expectTypeOf<policy.PolicyErrorCode>().toEqualTypeOf<
    | 'POLICY_BUNDLE_INVALID'
    | 'POLICY_VERSION_OLDER'
    | 'POLICY_VERSION_REUSED'
    | 'POLICY_VERSION_UNKNOWN'
    | 'POLICY_NAME_UNKNOWN'
    | 'POLICY_NOT_ACTIVE'
    | 'POLICY_REPLACE_REQUIRED'
    | 'POLICY_SIGNATURE_REQUIRED'
    | 'POLICY_SIGNATURE_INVALID'
    | 'POLICY_ACTIVATION_CONFLICT'
    | 'POLICY_DECISION_UNKNOWN'
    | 'POLICY_REVIEW_INVALID'
    | 'POLICY_OPTIONS_INVALID'
    | 'POLICY_EVIDENCE_UNAVAILABLE'
    | 'POLICY_STATE_UNAVAILABLE'
    | 'POLICY_CANARY_INVALID'
    | 'POLICY_CANARY_CONFLICT'
    | 'POLICY_CASES_INVALID'
    | 'POLICY_DRAFT_INVALID'
    | 'POLICY_CALIBRATION_INVALID'
  >();
  expectTypeOf<policy.BundleProblemCode>().toEqualTypeOf<
    | 'POLICY_TOO_LARGE'
    | 'POLICY_SYNTAX'
    | 'POLICY_NOT_PLAIN_DATA'
    | 'POLICY_DUPLICATE_KEY'
    | 'POLICY_UNKNOWN_KEY'
    | 'POLICY_MISSING'
    | 'POLICY_TYPE'
    | 'POLICY_VALUE'
    | 'POLICY_DUPLICATE_RULE'
    | 'POLICY_UNKNOWN_CONTROL'
    | 'POLICY_CONDITION'
    | 'POLICY_TOOL_SCHEMA'
    | 'POLICY_FACT'
  >();
});

it('knows the documented controls', () => {
  expect(policy.CONTROLS.map(({ service, control }) => `${service}/${control}`)).toEqual([
    'sf_scope/capability_enforcement',
    'sf_rbac/role_enforcement',
    'sf_rag/grounding_threshold',
    'sf_explain/explanation_generation',
    'sf_lineage/lineage_capture',
    'sf_validate/output_validation',
    'sf_govern/tool_call',
    'sf_govern/tool_result',
  ]);
});

it('brands its errors across copies', () => {
  expect(policy.PolicyError.is(new policy.PolicyError('POLICY_BUNDLE_INVALID', 'x'))).toBe(true);
  expect(policy.PolicyError.is(new Error('x'))).toBe(false);
});
