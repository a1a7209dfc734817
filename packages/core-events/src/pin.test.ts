import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { EventsErrorCode } from './error.js';
import * as root from './index.js';
import * as log from './log.js';
import * as node from './node.js';
import * as records from './records.js';
import * as statistics from './statistics.js';
import * as testing from './testing.js';

const CODES: Record<EventsErrorCode, true> = {
  EVENTS_APPEND_FAILED: true,
  EVENTS_CLAIM_TAKEN: true,
  EVENTS_DISCLOSURE_TOO_LARGE: true,
  EVENTS_EVENT_INVALID: true,
  EVENTS_GOVERNANCE_VIOLATION: true,
  EVENTS_IDEMPOTENCY_CONFLICT: true,
  EVENTS_COUNTER_SHORTENED: true,
  EVENTS_INDEX_INCOMPLETE: true,
  EVENTS_KEY_RETIRED: true,
  EVENTS_LEASE_HELD: true,
  EVENTS_LOG_CLOSED: true,
  EVENTS_LOG_FROZEN: true,
  EVENTS_OPTIONS_INVALID: true,
  EVENTS_PROOF_UNAVAILABLE: true,
  EVENTS_QUERY_INVALID: true,
  EVENTS_QUEUE_FULL: true,
  EVENTS_RECORD_INVALID: true,
  EVENTS_RECORD_TAMPERED: true,
  EVENTS_RECORD_TOO_LARGE: true,
  EVENTS_RECORD_UNSUPPORTED: true,
  EVENTS_STATE_UNAVAILABLE: true,
  EVENTS_STORE_INVALID: true,
  EVENTS_STORE_UNAVAILABLE: true,
};

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('the public surface', () => {
  it('exports these names', () => {
    expect(Object.keys(root).sort()).toEqual([
      'ACTION_CATEGORIES',
      'CATEGORY_PREFIX',
      'EventsError',
      'GovernanceViolationError',
      'GovernanceWarning',
      'MAX_EVENT_BYTES',
      'MAX_PAYLOAD_DEPTH',
      'OUTCOMES',
      'REGISTERED_EVENT_TYPES',
      'WILDCARD',
      'andThen',
      'appendTo',
      'askPolicy',
      'atOnceOf',
      'checkPlainEvent',
      'createDiscloser',
      'createEventGovernancePolicy',
      'createIds',
      'createRandom',
      'createTimeLimit',
      'distinctPeople',
      'dottedPath',
      'draftDecisionRecord',
      'eachPage',
      'eachRecord',
      'eventToWire',
      'firstFault',
      'foldIdentity',
      'formatTime',
      'frozenContext',
      'isName',
      'isSamePerson',
      'isUlid',
      'joinDecisions',
      'joinObligations',
      'keepWith',
      'nameUnreadableRecord',
      'parseBarePayload',
      'parseEvent',
      'plainCopy',
      'policyHasSay',
      'promised',
      'readRecords',
      'readTyped',
      'readValues',
      'recordAtOnce',
      'recordableName',
      'resolveActionCategory',
      'strictest',
      'strictness',
      'systemClock',
      'ulidTimeMs',
      'ulidToUuid',
      'valueAtOnce',
      'within',
    ]);
    expect(Object.keys(log).sort()).toEqual([
      'KEY_TYPES',
      'acknowledgeHoles',
      'checkCounterEntry',
      'checkpointKey',
      'createCheckpointer',
      'createIndexProver',
      'createLogGuard',
      'createMemoryCounters',
      'createMemoryMark',
      'createMemoryStore',
      'createProjection',
      'createProver',
      'createRecordTimes',
      'formatMark',
      'freezeAdvice',
      'fsck',
      'openEvidenceLog',
      'openSignedLog',
      'parseMark',
      'provenTerms',
      'quarantineRecord',
      'readEnvelope',
      'readIndexHead',
      'readKeyHistory',
      'readProvable',
      'readUnpublishedTail',
      'reindex',
      'succeedLog',
      'traceTerm',
    ]);
    expect(Object.keys(records).sort()).toEqual([
      'MAX_RECORD_BYTES',
      'RECORD_TYPES',
      'RECORD_VERSION',
      'REVIEW_RECORDS',
      'auditGapV1',
      'auditPrunedV1',
      'auditQuarantinedV1',
      'auditTombstoneV1',
      'barePayloadSchema',
      'createRecordRegistry',
      'defineRecordType',
      'detectionPiiV1',
      'detectionSecretsV1',
      'enterpriseHoldV1',
      'enterpriseSettingsV1',
      'enterpriseTenantV1',
      'eventSchema',
      'executionEndedV1',
      'executionStartedV1',
      'explanationV1',
      'gateV1',
      'governanceViolationV1',
      'groundingV1',
      'keyAddedV1',
      'keyRetiredV1',
      'keyRevokedV1',
      'lineageV1',
      'logOpenedV1',
      'manifestActorV1',
      'manifestAgentV1',
      'manifestToolV1',
      'parseEnvelope',
      'policyCanaryV1',
      'policyComparisonV1',
      'policyDecisionV1',
      'policyLifecycleV1',
      'policyReplayV1',
      'policyReviewV1',
      'policySimulationV1',
      'ragStepV1',
      'rbacV1',
      'recordEnvelope',
      'reviewConsumedV1',
      'reviewEscalatedV1',
      'reviewGrantedV1',
      'reviewRequestedV1',
      'reviewResolvedV1',
      'reviewResolvedV2',
      'reviewRevokedV1',
      'reviewSnoozedV1',
      'scopeV1',
      'spanV1',
      'validateCorrectionV1',
      'validateV1',
    ]);
    expect(Object.keys(statistics).sort()).toEqual(['incompleteBeta', 'logBeta', 'logGamma']);
    expect(Object.keys(node).sort()).toEqual(['createFileMark', 'createLeaseClock', 'syncFolder']);
    expect(Object.keys(testing).sort()).toEqual([
      'aRecordingPolicy',
      'aStoreGroup',
      'aStoreRecord',
      'counterStoreContract',
      'evidenceStoreContract',
      'policyQuestionContract',
    ]);
  });

  it('knows these record types', () => {
    expect(records.RECORD_TYPES.map(({ key }) => key)).toEqual([
      'spanforge.audit.gap.v1',
      'spanforge.audit.pruned.v1',
      'spanforge.audit.quarantined.v1',
      'spanforge.audit.tombstone.v1',
      'spanforge.detection.pii.v1',
      'spanforge.detection.secrets.v1',
      'spanforge.enterprise.hold.v1',
      'spanforge.enterprise.settings.v1',
      'spanforge.enterprise.tenant.v1',
      'spanforge.execution.ended.v1',
      'spanforge.execution.started.v1',
      'spanforge.explanation.v1',
      'spanforge.gate.v1',
      'spanforge.governance.violation.v1',
      'spanforge.grounding.v1',
      'spanforge.key.added.v1',
      'spanforge.key.retired.v1',
      'spanforge.key.revoked.v1',
      'spanforge.lineage.v1',
      'spanforge.log.opened.v1',
      'spanforge.manifest.actor.v1',
      'spanforge.manifest.agent.v1',
      'spanforge.manifest.tool.v1',
      'spanforge.policy.canary.v1',
      'spanforge.policy.comparison.v1',
      'spanforge.policy.decision.v1',
      'spanforge.policy.lifecycle.v1',
      'spanforge.policy.replay.v1',
      'spanforge.policy.review.v1',
      'spanforge.policy.simulation.v1',
      'spanforge.rag.step.v1',
      'spanforge.rbac.v1',
      'spanforge.review.consumed.v1',
      'spanforge.review.escalated.v1',
      'spanforge.review.granted.v1',
      'spanforge.review.requested.v1',
      'spanforge.review.resolved.v1',
      'spanforge.review.resolved.v2',
      'spanforge.review.revoked.v1',
      'spanforge.review.snoozed.v1',
      'spanforge.scope.v1',
      'spanforge.span.v1',
      'spanforge.validate.correction.v1',
      'spanforge.validate.v1',
    ]);
  });

  it.each(Object.keys(CODES))('documents %s', (code) => {
    expect(readme).toContain(`\`${code}\``);
  });

  it('documents every record type and every finding of fsck', () => {
    for (const { key } of records.RECORD_TYPES) expect(readme).toContain(`\`${key}\``);
  });

  it('has one error class, known across copies', () => {
    const error = new root.EventsError('EVENTS_QUEUE_FULL', 'full', {
      details: { a: 1 },
      cause: 2,
    });
    expect(error).toMatchObject({ name: 'EventsError', details: { a: 1 }, cause: 2 });
    expect(root.EventsError.is(error)).toBe(true);
    const copy = { [Symbol.for('spanforge.core-events.error')]: true };
    expect(root.EventsError.is(copy)).toBe(true);
    for (const other of [undefined, null, 1, 'x', {}, new Error('x')]) {
      expect(root.EventsError.is(other)).toBe(false);
    }
  });
});
