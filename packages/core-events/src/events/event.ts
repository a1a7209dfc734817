/**
 * An event of the published event schema, with names in camelCase. On the wire they are in
 * snake_case.
 *
 * `checksum` and `signature` are kept but not verified: they cover the exact bytes of the writer,
 * which a parsed event no longer has.
 */
export interface GovernanceEvent {
  readonly schemaVersion: '1.0' | '2.0';
  /** A ULID. */
  readonly eventId: string;
  /** A dotted name in lower case, such as `llm.trace.span.completed`. */
  readonly eventType: string;
  /** RFC 3339, UTC, `Z`, as written. */
  readonly timestamp: string;
  /** The software that wrote the event, as `name@semver`. */
  readonly source: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly parentSpanId?: string;
  readonly orgId?: string;
  readonly teamId?: string;
  readonly actorId?: string;
  readonly sessionId?: string;
  /** At most 50. */
  readonly tags?: Readonly<Record<string, string>>;
  /** `sha256:<64 hex>`. */
  readonly checksum?: string;
  /** `hmac-sha256:<64 hex>`. */
  readonly signature?: string;
  /** The ULID of the previous event in its chain. */
  readonly prevId?: string;
}

/** The input of the schema gate: only version, source and payload are required. */
export type BarePayload = Pick<GovernanceEvent, 'schemaVersion' | 'source' | 'payload'> &
  Partial<GovernanceEvent>;
