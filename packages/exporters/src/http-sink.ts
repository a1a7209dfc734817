import { z } from 'zod';
import { targetOf, throwUnlessAllowed } from './egress.js';
import { ExportError } from './error.js';
import { throwIfInvalid } from './options.js';
import { type Fetch, post } from './post.js';
import type { EgressGuard, ExportRecord, Sink } from './sink.js';

/** The settings for posting records. */
export interface HttpSinkOptions {
  readonly url: string;
  /**
   * One line for a record, without a line break, such as `toOcsf` as JSON. `undefined` leaves the
   * record out.
   */
  readonly format: (exported: ExportRecord) => string | undefined;
  /** Such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** `application/x-ndjson` when absent. */
  readonly contentType?: string;
  /** Milliseconds for one request; 30,000 when absent. */
  readonly requestMs?: number;
  readonly egress?: EgressGuard;
  readonly fetch?: Fetch;
}

const fn = z.custom<() => unknown>((value) => typeof value === 'function', 'expected a function');
const httpOptions = z.strictObject({
  url: z.string().min(1),
  format: fn,
  headers: z.record(z.string(), z.string()).optional(),
  contentType: z.string().min(1).optional(),
  requestMs: z.number().positive().optional(),
  egress: fn.optional(),
  fetch: fn.optional(),
});

/**
 * A sink that posts lines to an HTTP receiver, one request for each batch. A 2xx answer means
 * delivered. 408, 429 and 5xx are tried again. Any other answer stops the export. Redirects are not
 * followed.
 *
 * @throws {ExportError} `EXPORT_OPTIONS_INVALID`.
 */
export function createHttpSink(options: HttpSinkOptions): Sink {
  throwIfInvalid(httpOptions, options, 'the options of the HTTP sink are not valid');
  const { contentType = 'application/x-ndjson', requestMs = 30_000 } = options;
  const target = targetOf(options.url);
  const headers = { ...options.headers, 'content-type': contentType };
  return {
    name: 'http',
    async send(batch, signal) {
      const lines = batch.flatMap((exported) => options.format(exported) ?? []);
      if (lines.length === 0) return;
      throwUnlessAllowed(options.egress, target);
      const body = `${lines.join('\n')}\n`;
      const request = { url: target.url.href, headers, body, requestMs, signal };
      const { ok, status, retry } = await post(options.fetch ?? fetch, request);
      if (ok) return;
      const code = retry ? 'EXPORT_SINK_UNAVAILABLE' : 'EXPORT_SINK_REFUSED';
      throw new ExportError(code, `the receiver answered ${status}`, { details: { status } });
    },
  };
}
