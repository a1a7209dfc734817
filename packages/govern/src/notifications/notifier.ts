import {
  type Clock,
  EventsError,
  type EvidenceReader,
  type EvidenceRecord,
  systemClock,
} from '@spanforge/core-events';
import { hmacSha256, type SigningKey, utf8 } from '@spanforge/core-signing';
import { throwInvalid } from '../option-checks.js';
import { eventOf, notificationOf, slackMessageOf } from './message.js';
import { checkTarget, type NotificationTarget } from './target.js';

/** Where a notifier keeps its position; if it is not durable, notifications are sent twice. */
export interface NotificationCursor {
  load(): Promise<number | undefined>;
  save(next: number): Promise<void>;
}

/** How notifications are signed: with a secret both sides know, or with a key of its own. */
export type NotificationSigning =
  | { readonly kind: 'hmac'; readonly secret: Uint8Array }
  | { readonly kind: 'ed25519'; readonly key: SigningKey };

/** Options of a review notifier. */
export interface NotifierOptions {
  readonly log: EvidenceReader;
  readonly target: NotificationTarget;
  readonly signing: NotificationSigning;
  readonly cursor: NotificationCursor;
  /** `json`, also when absent, or Slack's message format. */
  readonly format?: 'json' | 'slack';
  /** Which events are sent, such as `review.requested`; all when absent. */
  readonly events?: readonly string[];
  /** How often one notification is tried before the pass ends; 5 when absent. */
  readonly maxAttempts?: number;
  /** How long one attempt may take; 10000 when absent. */
  readonly timeoutMs?: number;
  /** The first pause before another attempt, doubled each time up to a minute; 500 when absent. */
  readonly backoffMs?: number;
  readonly fetch?: typeof globalThis.fetch;
  readonly pause?: (ms: number) => Promise<void>;
  readonly clock?: Clock;
}

/** The result of one pass over the log. */
export interface NotifierPass {
  readonly delivered: number;
  /** The notification that could not be delivered; the next pass begins with it. */
  readonly failed?: { readonly index: number; readonly attempts: number; readonly reason: string };
}

/** Sends notifications about reviews, in the order of the log. */
export interface ReviewNotifier {
  /**
   * Sends everything that is new. Never rejects because of the receiver.
   *
   * @throws {GovernError} `GOVERN_OPTIONS_INVALID`, path `cursor`, for a cursor beyond the end of the log.
   */
  deliver(): Promise<NotifierPass>;
}

const TYPES = [
  'requested.v1',
  'escalated.v1',
  'resolved.v1',
  'resolved.v2',
  'granted.v1',
  'revoked.v1',
  'consumed.v1',
].map((name) => `spanforge.review.${name}`);
const MIN_SECRET_BYTES = 32;
const MAX_PAUSE_MS = 60_000;

const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

/** The headers of the Standard Webhooks convention: id, time, and a signature over both and the body. */
async function headersOf(
  signing: NotificationSigning,
  { id, seconds, body }: { readonly id: string; readonly seconds: number; readonly body: string },
): Promise<Record<string, string>> {
  const signed = utf8(`${id}.${seconds}.${body}`);
  const signature =
    signing.kind === 'hmac'
      ? `v1,${toBase64(hmacSha256(signing.secret, signed))}`
      : `v1a,${toBase64(await signing.key.sign(signed))}`;
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signature,
  };
}

const MAX_TIMER_MS = 2 ** 31 - 1;

function check({ signing, ...limits }: NotifierOptions): void {
  const { maxAttempts = 1, timeoutMs = 1, backoffMs = 0 } = limits;
  if (signing.kind === 'hmac' && signing.secret.length < MIN_SECRET_BYTES) {
    throwInvalid('signing.secret', 'at least 32 bytes');
  }
  if (signing.kind === 'ed25519' && signing.key.alg !== 'Ed25519') {
    throwInvalid('signing.key', 'an Ed25519 key');
  }
  if (!Number.isSafeInteger(maxAttempts) || maxAttempts < 1) {
    throwInvalid('maxAttempts', 'a positive integer');
  }
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > MAX_TIMER_MS) {
    throwInvalid('timeoutMs', 'milliseconds, at least 1');
  }
  if (!(backoffMs >= 0 && backoffMs <= MAX_TIMER_MS)) {
    throwInvalid('backoffMs', 'milliseconds, at least 0');
  }
}

/**
 * A cursor stands behind a record that was delivered: where the log has neither this one nor a later one, it
 * lost records, or the cursor is that of another log, and all that comes until then would never be told.
 */
async function requireWithin(log: EvidenceReader, at: number): Promise<void> {
  if (at === 0) return;
  try {
    const { records, next } = await log.query({ cursor: at - 1, limit: 1 });
    if (records.length > 0 || next !== undefined) return;
  } catch (error) {
    // It is there, though it is not what was written: it was told already.
    if (EventsError.is(error) && error.code === 'EVENTS_RECORD_TAMPERED') return;
    throw error;
  }
  throwInvalid('cursor', 'a position within the log: it is beyond the last record');
}

/**
 * Creates a notifier of reviews. It reads the log, so it reports only durable records, and continues
 * at its cursor: a receiver that was unreachable gets every notification later, in order, at least
 * once. Receivers recognise repeated ones by `webhook-id`.
 *
 * @throws {GovernError} `GOVERN_OPTIONS_INVALID`.
 */
export function createReviewNotifier(options: NotifierOptions): ReviewNotifier {
  check(options);
  const url = checkTarget(options.target);
  const { log, signing, cursor, format = 'json', events, clock = systemClock } = options;
  const { maxAttempts = 5, timeoutMs = 10_000, backoffMs = 500 } = options;
  const send = options.fetch ?? globalThis.fetch;
  const pause =
    options.pause ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)));

  async function attempt(id: string, body: string): Promise<string | undefined> {
    try {
      const seconds = Math.floor(clock() / 1000);
      const response = await send(url, {
        method: 'POST',
        headers: await headersOf(signing, { id, seconds, body }),
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      await response.body?.cancel();
      return response.ok ? undefined : `status ${response.status}`;
    } catch {
      return 'unreachable';
    }
  }

  async function tell(record: EvidenceRecord): Promise<NotifierPass['failed']> {
    const notification = notificationOf(record);
    const body = JSON.stringify(format === 'slack' ? slackMessageOf(notification) : notification);
    for (let attempts = 1; ; attempts += 1) {
      const reason = await attempt(notification.id, body);
      if (reason === undefined) return undefined;
      if (attempts >= maxAttempts) return { index: record.index, attempts, reason };
      await pause(Math.min(backoffMs * 2 ** (attempts - 1), MAX_PAUSE_MS));
    }
  }

  return {
    async deliver() {
      let delivered = 0;
      let at = (await cursor.load()) ?? 0;
      await requireWithin(log, at);
      for (;;) {
        const { records, next } = await log.query({ types: TYPES, cursor: at, limit: 100 });
        for (const record of records) {
          const wanted = events === undefined || events.includes(eventOf(record));
          const failed = wanted ? await tell(record) : undefined;
          if (failed) return { delivered, failed };
          at = record.index + 1;
          await cursor.save(at);
          if (wanted) delivered += 1;
        }
        if (next === undefined) return { delivered };
        at = next;
      }
    },
  };
}
