import { toHex } from '@spanforge/core-signing';
import { z } from 'zod';
import { targetOf, throwUnlessAllowed } from './egress.js';
import { ExportError } from './error.js';
import { throwIfInvalid } from './options.js';
import { type Fetch, post } from './post.js';
import { wait } from './retry.js';
import type { EgressGuard, ExportRecord, Sink } from './sink.js';

/** The settings of a Splunk HTTP Event Collector. */
export interface HecSinkOptions {
  /** Such as `https://splunk.example:8088`; paths are added. */
  readonly url: string;
  /** The collector's token. */
  readonly token: string;
  readonly index?: string;
  /** `spanforge:evidence` when absent. */
  readonly sourcetype?: string;
  readonly host?: string;
  /**
   * Whether to ask for indexer acknowledgement; must match the token's setting. True when absent.
   */
  readonly acknowledge?: boolean;
  /** Milliseconds to wait for an acknowledgement before the batch is sent again; 120,000 when absent. */
  readonly acknowledgeMs?: number;
  /** Milliseconds between requests for an acknowledgement; 1000 when absent. */
  readonly pollMs?: number;
  /** Milliseconds for one request; 30,000 when absent. */
  readonly requestMs?: number;
  readonly egress?: EgressGuard;
  readonly fetch?: Fetch;
  /** A new GUID; the channel of this sink. `crypto.randomUUID` when absent. */
  readonly makeChannel?: () => string;
}

const text = z.string().min(1);
const positive = z.number().positive();
const fn = z.custom<() => unknown>((value) => typeof value === 'function', 'expected a function');
const hecOptions = z.strictObject({
  url: text,
  token: text,
  index: text.optional(),
  sourcetype: text.optional(),
  host: text.optional(),
  acknowledge: z.boolean().optional(),
  acknowledgeMs: positive.optional(),
  pollMs: positive.optional(),
  requestMs: positive.optional(),
  egress: fn.optional(),
  fetch: fn.optional(),
  makeChannel: fn.optional(),
});

/**
 * Codes of the collector for which a retry may help: busy, shutting down, channel or queue full.
 */
const TRY_LATER: ReadonlySet<unknown> = new Set([8, 9, 26, 27]);

/**
 * A sink for Splunk's HTTP Event Collector. A batch is one request. With acknowledgement it counts
 * as delivered when the indexers confirm it, and is sent again if they do not in time. Records may
 * therefore arrive twice; `record.id` identifies them.
 *
 * @throws {ExportError} `EXPORT_OPTIONS_INVALID`.
 */
export function createHecSink(options: HecSinkOptions): Sink {
  throwIfInvalid(hecOptions, options, 'the options of the Splunk sink are not valid');
  const {
    acknowledge = true,
    acknowledgeMs = 120_000,
    pollMs = 1000,
    requestMs = 30_000,
  } = options;
  const target = targetOf(options.url);
  const channel = (options.makeChannel ?? (() => crypto.randomUUID()))();
  const base = target.url.href.replace(/\/+$/, '');
  const headers = {
    authorization: `Splunk ${options.token}`,
    'content-type': 'application/json',
    'x-splunk-request-channel': channel,
  };

  async function ask(path: string, body: string, signal: AbortSignal) {
    throwUnlessAllowed(options.egress, target);
    const url = `${base}/services/collector${path}`;
    const answer = await post(options.fetch ?? fetch, { url, headers, body, requestMs, signal });
    let reply: Record<string, unknown> = {};
    try {
      reply = JSON.parse(answer.body) as Record<string, unknown>;
    } catch {
      // The status is enough.
    }
    if (answer.ok) return reply;
    const details = { status: answer.status, code: Number(reply.code ?? -1) };
    if (answer.retry || TRY_LATER.has(reply.code)) {
      throw new ExportError('EXPORT_SINK_UNAVAILABLE', 'Splunk cannot take records now', {
        details,
      });
    }
    throw new ExportError('EXPORT_SINK_REFUSED', 'Splunk refuses these records or this token', {
      details,
    });
  }

  async function waitForAcknowledgement(ackId: unknown, signal: AbortSignal): Promise<void> {
    for (let waitedMs = 0; waitedMs < acknowledgeMs; waitedMs += pollMs) {
      const { acks } = await ask('/ack', JSON.stringify({ acks: [ackId] }), signal);
      if ((acks as Record<string, unknown> | undefined)?.[String(ackId)] === true) return;
      await wait(pollMs, signal);
      if (signal.aborted) throw new ExportError('EXPORT_STOPPED', 'the export was stopped');
    }
    throw new ExportError('EXPORT_SINK_UNAVAILABLE', 'Splunk has not acknowledged the records', {
      details: { waitedMs: acknowledgeMs },
    });
  }

  return {
    name: 'splunk-hec',
    async send(batch, signal) {
      const body = batch.map((exported) => JSON.stringify(hecEvent(exported, options))).join('\n');
      const reply = await ask('/event', body, signal);
      if (!acknowledge) return;
      if (reply.ackId === undefined) {
        throw new ExportError(
          'EXPORT_SINK_REFUSED',
          'Splunk answers without ackId: turn on indexer acknowledgement for the token, or set acknowledge to false',
        );
      }
      await waitForAcknowledgement(reply.ackId, signal);
    },
  };
}

/** One record as an event of the collector; `event` is the record as in the log. */
export function hecEvent(
  { record, values }: ExportRecord,
  { index, sourcetype = 'spanforge:evidence', host }: Partial<HecSinkOptions> = {},
): Readonly<Record<string, unknown>> {
  const { context } = record;
  return {
    time: Date.parse(record.time) / 1000,
    ...(host === undefined ? {} : { host }),
    source: context.source,
    sourcetype,
    ...(index === undefined ? {} : { index }),
    event: {
      record: JSON.parse(new TextDecoder().decode(record.bytes)),
      log_index: record.index,
      leaf: toHex(record.leaf),
      ...(values.length === 0 ? {} : { values }),
    },
    fields: { tenant: context.tenant, project: context.project, trace_id: context.traceId },
  };
}
