import { EventsError } from '../error.js';
import type { GovernanceEvent } from './event.js';
import { REGISTERED_EVENT_TYPES } from './event-types.js';

/** Thrown when a policy blocks an event. */
export class GovernanceViolationError extends EventsError {
  readonly eventType: string;
  /** The reason for people; the text of the custom rule, if one blocked. */
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

  /** True for an error of this class, from whichever copy of the package. */
  static override is(value: unknown): value is GovernanceViolationError {
    return EventsError.is(value) && value.code === 'EVENTS_GOVERNANCE_VIOLATION';
  }
}

/** Warns about an event of a deprecated type; passed to the warning handler, never thrown. */
export class GovernanceWarning extends Error {
  readonly eventType: string;

  constructor(eventType: string) {
    super(`event type is deprecated: ${eventType}`);
    this.name = 'GovernanceWarning';
    this.eventType = eventType;
  }
}

/**
 * A rule of the host: a text blocks the event and is the reason; an empty text or nothing lets it
 * pass.
 */
export type EventRule = (event: GovernanceEvent) => string | null | undefined;

/** Options of an event policy. They are copied, so later changes have no effect. */
export interface EventGovernancePolicyOptions {
  /** Event types that are always refused. */
  readonly blockedTypes?: Iterable<string>;
  /** Event types that cause a {@link GovernanceWarning}. */
  readonly warnDeprecated?: Iterable<string>;
  readonly customRules?: Iterable<EventRule>;
  /** Refuse every type that is not among `registeredTypes`; default false. */
  readonly strictUnknown?: boolean;
  /** The types that `strictUnknown` accepts; default `REGISTERED_EVENT_TYPES`. */
  readonly registeredTypes?: Iterable<string>;
  /**
   * Receives the warnings; default `process.emitWarning`, if there is one. An error that it throws
   * passes through `checkEvent`, which can be used to make warnings fatal.
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
   * text wins), unknown types. A custom rule that throws, or returns anything other than text or
   * nothing, blocks.
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
