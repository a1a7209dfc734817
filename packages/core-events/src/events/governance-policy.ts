import { EventsError } from '../error.js';
import type { GovernanceEvent } from './event.js';
import { REGISTERED_EVENT_TYPES } from './event-types.js';

/** Thrown when a policy blocks an event. */
export class GovernanceViolationError extends EventsError {
  readonly eventType: string;
  /** Why, for people; a custom rule's own words where one blocked. */
  readonly reason: string;

  constructor(eventType: string, reason: string, options: { cause?: unknown } = {}) {
    super('EVENTS_GOVERNANCE_VIOLATION', `event blocked by governance policy: ${eventType}`, {
      details: { eventType },
      cause: options.cause,
    });
    this.name = 'GovernanceViolationError';
    this.eventType = eventType;
    this.reason = reason;
  }

  /** True for an error of this class, whichever copy of the package made it. */
  static override is(value: unknown): value is GovernanceViolationError {
    return EventsError.is(value) && value.code === 'EVENTS_GOVERNANCE_VIOLATION';
  }
}

/** Says that an event of a deprecated type was seen; given to the warning handler, never thrown. */
export class GovernanceWarning extends Error {
  readonly eventType: string;

  constructor(eventType: string) {
    super(`event type is deprecated: ${eventType}`);
    this.name = 'GovernanceWarning';
    this.eventType = eventType;
  }
}

/** A rule of the host: text blocks the event and says why; empty text or nothing lets it pass. */
export type EventRule = (event: GovernanceEvent) => string | null | undefined;

/** What an event policy is made of. Everything is copied: later changes to it change nothing. */
export interface EventGovernancePolicyOptions {
  /** Event types that are always refused. */
  readonly blockedTypes?: Iterable<string>;
  /** Event types that give a {@link GovernanceWarning}. */
  readonly warnDeprecated?: Iterable<string>;
  readonly customRules?: Iterable<EventRule>;
  /** Refuse every type that is not among `registeredTypes`; false when absent. */
  readonly strictUnknown?: boolean;
  /** The types `strictUnknown` knows; `REGISTERED_EVENT_TYPES` when absent. */
  readonly registeredTypes?: Iterable<string>;
  /**
   * Takes the warnings; `process.emitWarning` when absent, where there is one. An error it throws
   * passes through `checkEvent`, which makes warnings fatal for those who want that.
   */
  readonly onWarning?: (warning: GovernanceWarning) => void;
}

/** Which event types are refused, which are deprecated, and the host's own rules. */
export interface EventGovernancePolicy {
  readonly blockedTypes: ReadonlySet<string>;
  readonly warnDeprecated: ReadonlySet<string>;
  readonly customRules: readonly EventRule[];
  readonly strictUnknown: boolean;
  /**
   * Checks one event, in this order: blocked types, deprecation warning, custom rules (the first
   * text wins), unknown types. A custom rule that throws, or answers with anything else than text
   * or nothing, blocks.
   *
   * @throws {GovernanceViolationError} when the event is refused.
   */
  checkEvent(event: GovernanceEvent): void;
}

function emitProcessWarning(warning: GovernanceWarning): void {
  if (typeof process === 'object' && typeof process.emitWarning === 'function') {
    process.emitWarning(warning);
  }
}

function askRule(rule: EventRule, event: GovernanceEvent): string {
  let answer: unknown;
  try {
    answer = rule(event);
  } catch (cause) {
    throw new GovernanceViolationError(event.eventType, 'a custom rule failed', { cause });
  }
  if (answer === undefined || answer === null) return '';
  return typeof answer === 'string' ? answer : 'a custom rule gave no usable answer';
}

/** Creates an event policy. Without options it refuses nothing. */
export function createEventGovernancePolicy(
  options: EventGovernancePolicyOptions = {},
): EventGovernancePolicy {
  const blockedTypes = new Set(options.blockedTypes);
  const warnDeprecated = new Set(options.warnDeprecated);
  const registeredTypes = new Set(options.registeredTypes ?? REGISTERED_EVENT_TYPES);
  const customRules = Object.freeze([...(options.customRules ?? [])]);
  const strictUnknown = options.strictUnknown ?? false;
  const onWarning = options.onWarning ?? emitProcessWarning;
  return Object.freeze({
    blockedTypes,
    warnDeprecated,
    customRules,
    strictUnknown,
    checkEvent(event: GovernanceEvent) {
      const { eventType } = event;
      if (blockedTypes.has(eventType)) {
        throw new GovernanceViolationError(eventType, 'the event type is blocked');
      }
      if (warnDeprecated.has(eventType)) onWarning(new GovernanceWarning(eventType));
      for (const rule of customRules) {
        const reason = askRule(rule, event);
        if (reason !== '') throw new GovernanceViolationError(eventType, reason);
      }
      if (strictUnknown && !registeredTypes.has(eventType)) {
        throw new GovernanceViolationError(eventType, 'the event type is not registered');
      }
    },
  });
}
