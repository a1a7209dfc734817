/**
 * Who acts, where and in which run: the part of a record that comes from the authenticated context
 * and never from a payload.
 */
export interface EvidenceContext {
  readonly tenant: string;
  readonly project: string;
  /** The environment, such as `prod`. */
  readonly env: string;
  /** One run of an agent, 1 to 128 printable ASCII characters. */
  readonly run: string;
  /** 1 to 128 printable ASCII characters; 32 hexadecimal digits if OpenTelemetry is used. */
  readonly traceId: string;
  readonly spanId?: string;
  /** The agent that acts. */
  readonly agent: string;
  /** The principal on whose behalf the agent acts, from a verified token or the host. */
  readonly actor: string;
  /** The software that wrote the record, as `name@semver`. */
  readonly source: string;
}

/** `live` is production; no other mode can ever be shown as production. */
export type RecordMode = 'live' | 'shadow' | 'simulate' | 'replay';

/** The bundle that decided: its id, version and the SHA-256 of its canonical bytes in hex. */
export interface PolicyReference {
  readonly id: string;
  readonly version: string;
  readonly digest: string;
}
