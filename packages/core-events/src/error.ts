const BRAND: unique symbol = Symbol.for('spanforge.core-events.error');

/** Every code an {@link EventsError} can carry. */
export type EventsErrorCode =
  | 'EVENTS_EVENT_INVALID'
  | 'EVENTS_GOVERNANCE_VIOLATION'
  | 'EVENTS_RECORD_INVALID'
  | 'EVENTS_RECORD_TOO_LARGE'
  | 'EVENTS_RECORD_UNSUPPORTED'
  | 'EVENTS_RECORD_TAMPERED'
  | 'EVENTS_DISCLOSURE_TOO_LARGE'
  | 'EVENTS_QUERY_INVALID'
  | 'EVENTS_CLAIM_TAKEN'
  | 'EVENTS_IDEMPOTENCY_CONFLICT'
  | 'EVENTS_QUEUE_FULL'
  | 'EVENTS_APPEND_FAILED'
  | 'EVENTS_STORE_UNAVAILABLE'
  | 'EVENTS_STORE_INVALID'
  | 'EVENTS_INDEX_INCOMPLETE'
  | 'EVENTS_COUNTER_SHORTENED'
  | 'EVENTS_STATE_UNAVAILABLE'
  | 'EVENTS_LOG_CLOSED'
  | 'EVENTS_LOG_FROZEN'
  | 'EVENTS_LEASE_HELD'
  | 'EVENTS_KEY_RETIRED'
  | 'EVENTS_PROOF_UNAVAILABLE'
  | 'EVENTS_OPTIONS_INVALID';

/** Plain identifiers of what failed and where: never keys, never governed text. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** The error class of this package. */
export class EventsError extends Error {
  readonly code: EventsErrorCode;
  readonly details: ErrorDetails;
  readonly [BRAND] = true;

  constructor(
    code: EventsErrorCode,
    message: string,
    options: { details?: ErrorDetails; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'EventsError';
    this.code = code;
    this.details = options.details ?? {};
  }

  /** True for an error of this class, from whichever copy of the package. */
  static is(value: unknown): value is EventsError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
