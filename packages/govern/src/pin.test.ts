import { expect, test } from 'vitest';
import * as adaptersApi from './adapters.js';
import * as authzenApi from './authzen.js';
import * as globalApi from './global.js';
import type { GovernErrorCode } from './index.js';
import * as api from './index.js';
import * as notificationsApi from './notifications.js';
import * as otelApi from './otel.js';

test('exports exactly these values', () => {
  expect(Object.keys(api).sort()).toEqual([
    'ENFORCEMENT_OUTCOMES',
    'GovernError',
    'createDecisionFunction',
    'createGovernanceTrace',
    'createGovernor',
    'createMetrics',
    'createReviews',
    'decisionControl',
    'fromEnforcementOutcome',
    'getReview',
    'govern',
    'listReviews',
    'metricsFromLog',
    'observeWith',
    'parseRuleAdvice',
    'requestDeclassification',
    'resolveReview',
    'reviewStatistics',
    'toEnforcementOutcome',
  ]);
});

test('has exactly these values behind its subpaths', () => {
  expect(Object.keys(globalApi).sort()).toEqual([
    'GovernanceViolationError',
    'GovernanceWarning',
    'checkEvent',
    'createEventGovernancePolicy',
    'getGlobalPolicy',
    'setGlobalPolicy',
  ]);
  expect(Object.keys(authzenApi).sort()).toEqual([
    'ACCESS_REQUEST_CAPABILITY',
    'ACCESS_REQUEST_PROFILE',
    'authzenProblem',
    'createAccessRequests',
    'deniedReevaluation',
    'evaluationRequestOf',
  ]);
  expect(Object.keys(notificationsApi).sort()).toEqual([
    'checkTarget',
    'createReviewNotifier',
    'isPrivateAddress',
    'notificationOf',
    'slackMessageOf',
  ]);
  expect(Object.keys(otelApi)).toEqual(['createOtelObserver']);
  expect(Object.keys(adaptersApi).sort()).toEqual([
    'checkAdapterOptions',
    'checkCaller',
    'completeCaller',
    'createAdmissions',
    'createReviewHandle',
    'isUngovernedAllowed',
    'openGate',
    'resolveCaller',
  ]);
});

test('has exactly these error codes', () => {
  const codes: Record<GovernErrorCode, true> = {
    GOVERN_OPTIONS_INVALID: true,
    GOVERN_CONTEXT_INVALID: true,
    GOVERN_TOOL_DUPLICATE: true,
    GOVERN_ENDING_NOT_RECORDED: true,
    GOVERN_TOOL_FAILED: true,
    GOVERN_VALUE_UNRECORDABLE: true,
    GOVERN_CONTROL_INVALID: true,
    GOVERN_CONTROL_TIMED_OUT: true,
    GOVERN_LOG_TIMED_OUT: true,
    GOVERN_STREAM_CUT: true,
    GOVERN_STREAM_TOO_LARGE: true,
    GOVERN_REVIEW_INVALID: true,
    GOVERN_REVIEW_UNKNOWN: true,
    GOVERN_REVIEW_ALREADY_RESOLVED: true,
    GOVERN_REVIEW_EXPIRED: true,
    GOVERN_REVIEW_SELF_APPROVAL: true,
    GOVERN_REVIEW_NOT_RECORDED: true,
    GOVERN_REVIEWER_NOT_ELIGIBLE: true,
    GOVERN_REVIEW_EDITED: true,
    GOVERN_REVIEW_NOT_EDITABLE: true,
    GOVERN_REVIEW_NOT_REVOCABLE: true,
    GOVERN_GRANT_REFUSED: true,
  };
  expect(Object.keys(codes)).toHaveLength(22);
});

test('knows its errors across copies of the package', () => {
  const error = new api.GovernError('GOVERN_REVIEW_UNKNOWN', 'x', { details: { reviewId: 'a' } });
  expect(api.GovernError.is(error)).toBe(true);
  expect(api.GovernError.is({ [Symbol.for('spanforge.govern.error')]: true })).toBe(true);
  expect(api.GovernError.is(new Error('x'))).toBe(false);
});
