/**
 * An event of the source documents, as code sees it. On the wire the same names are snake_case.
 *
 * `checksum` and `signature` are carried, not judged: they cover the exact bytes the writer had,
 * which a parsed event no longer is.
 */
export interface GovernanceEvent {
  readonly schemaVersion: '1.0' | '2.0';
  /** A ULID. */
  readonly eventId: string;
  /** A dotted name in lower case, such as `llm.trace.span.completed`. */
  readonly eventType: string;
  /** RFC 3339, UTC, `Z`, as the writer wrote it. */
  readonly timestamp: string;
  /** What wrote the event, as `name@semver`. */
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
  /** The ULID of the event before this one in its chain. */
  readonly prevId?: string;
}

/** What the schema gate is handed: only version, source and payload must be there. */
export type BarePayload = Pick<GovernanceEvent, 'schemaVersion' | 'source' | 'payload'> &
  Partial<GovernanceEvent>;
