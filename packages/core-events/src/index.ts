export type { Disclosure } from '@spanforge/core-signing';
export {
  ACTION_CATEGORIES,
  type ActionCategory,
  resolveActionCategory,
} from './action-categories.js';
export { type AppendAtOnce, appendTo, atOnceOf, recordAtOnce } from './append-to.js';
export {
  type AskPolicyOptions,
  askPolicy,
  type HeardPolicy,
  type PolicyAnswer,
} from './ask-policy.js';
export { type Awaitable, andThen, promised, valueAtOnce } from './awaitable.js';
export { type Clock, formatTime, systemClock } from './clock.js';
export type { EvidenceContext, PolicyReference, RecordMode } from './context.js';
export type { Control, ControlCall, ControlDecision } from './control.js';
export type {
  CounterEntry,
  CounterRow,
  CounterRows,
  CounterStore,
  CounterSum,
  RecordedCounters,
} from './counter-port.js';
export {
  type DecisionRecordParts,
  draftDecisionRecord,
  frozenContext,
  recordableName,
} from './decision-record.js';
export { createDiscloser, type Discloser } from './disclose.js';
export { type ErrorDetails, EventsError, type EventsErrorCode } from './error.js';
export { checkPlainEvent, type EventFault } from './events/check-plain-event.js';
export type { BarePayload, GovernanceEvent } from './events/event.js';
export { REGISTERED_EVENT_TYPES } from './events/event-types.js';
export {
  createEventGovernancePolicy,
  type EventGovernancePolicy,
  type EventGovernancePolicyOptions,
  type EventRule,
  GovernanceViolationError,
  GovernanceWarning,
} from './events/governance-policy.js';
export {
  eventToWire,
  MAX_EVENT_BYTES,
  MAX_PAYLOAD_DEPTH,
  parseBarePayload,
  parseEvent,
} from './events/parse-event.js';
export type { EvidenceRecord, WriterStamp } from './evidence.js';
export {
  createIds,
  createRandom,
  isUlid,
  type MakeId,
  ulidTimeMs,
  ulidToUuid,
} from './ids.js';
export { keepWith } from './keep-with.js';
export { CATEGORY_PREFIX, foldIdentity, isName, WILDCARD } from './names.js';
export {
  type Decision,
  joinDecisions,
  joinObligations,
  type Obligation,
  OUTCOMES,
  type Outcome,
  strictest,
  strictness,
} from './outcome.js';
export {
  dottedPath,
  firstFault,
  type InputFault,
  type PlainCopyOptions,
  plainCopy,
} from './plain-input.js';
export type {
  DecisionPoint,
  DecisionScope,
  PastCall,
  PolicyDecider,
  PolicyRequest,
  PolicyVerdict,
  RuleFinding,
} from './policy-port.js';
export type {
  Appended,
  AppendOptions,
  EvidencePage,
  EvidenceQuery,
  EvidenceReader,
  Receipt,
  RecordDraft,
  Recorder,
} from './ports.js';
export {
  eachPage,
  eachRecord,
  type ReadOptions,
  type RecordedAt,
  type RecordQuery,
  readRecords,
  readTyped,
} from './read-records.js';
export { readValues } from './read-values.js';
export type { ReviewerCheck, ReviewerFinding, ReviewerQuestion } from './reviewer.js';
export { distinctPeople, isSamePerson } from './same-person.js';
export { policyHasSay, type TraceListOptions } from './service.js';
export type { ServiceStatus } from './service-status.js';
export { createTimeLimit, type TimeLimit } from './time-limit.js';
export { nameUnreadableRecord } from './unreadable-record.js';
export { within } from './within.js';
