import { OperatorError } from '../error.js';
import { MAX_REPLY_BYTES } from '../package/timestamp.js';
import type { TimestampAuthority } from './stamper.js';

/** How a time-stamping authority is asked over HTTP (RFC 3161, section 3.4). */
export interface HttpTimestampAuthorityOptions {
  readonly url: string;
  /** Such as the one of an egress rule; redirects are never followed. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Milliseconds for the whole answer; 15,000 when absent. */
  readonly requestMs?: number;
  /** Such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
}

const REPLY_TYPE = 'application/timestamp-reply';

function unavailableError(reason: string, cause?: unknown, status?: number): OperatorError {
  return new OperatorError(
    'OPERATOR_TIMESTAMP_UNAVAILABLE',
    `the time-stamping authority gave no answer: ${reason}`,
    {
      details: { reason, ...(status === undefined ? {} : { status }) },
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

function checkUrl(url: string): void {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return;
  throw new OperatorError('OPERATOR_OPTIONS_INVALID', 'url: expected an http or https URL', {
    details: { path: '$.url' },
  });
}

async function readLimited(response: Response): Promise<Uint8Array> {
  const bytes = new Uint8Array(MAX_REPLY_BYTES);
  let length = 0;
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
    if (length + part.value.length > MAX_REPLY_BYTES) {
      await reader?.cancel();
      throw unavailableError('answer_too_large');
    }
    bytes.set(part.value, length);
    length += part.value.length;
  }
  return bytes.slice(0, length);
}

/** Errors of the network; those of an egress rule and the like stay what they are. */
function isNetworkError(error: unknown): boolean {
  const name = error instanceof Error ? error.name : '';
  return ['TypeError', 'AbortError', 'TimeoutError'].includes(name);
}

/**
 * A time-stamping authority that is asked by HTTP POST.
 *
 * The answer has status 200, media type `application/timestamp-reply` and at most 65,536 bytes, and is
 * there in time; else `OPERATOR_TIMESTAMP_UNAVAILABLE`. What the bytes say is judged by the stamper.
 *
 * @throws {OperatorError} `OPERATOR_OPTIONS_INVALID`.
 */
export function createHttpTimestampAuthority(
  options: HttpTimestampAuthorityOptions,
): TimestampAuthority {
  const { url, fetch: send = fetch, requestMs = 15_000, headers } = options;
  checkUrl(url);
  return async (request) => {
    try {
      const response = await send(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/timestamp-query', accept: REPLY_TYPE },
        body: new Uint8Array(request),
        redirect: 'error',
        signal: AbortSignal.timeout(requestMs),
      });
      const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
      if (response.status !== 200 || type !== REPLY_TYPE) {
        await response.body?.cancel();
        const reason = response.status === 200 ? 'content_type' : 'status';
        throw unavailableError(reason, undefined, response.status);
      }
      return await readLimited(response);
    } catch (error) {
      if (!isNetworkError(error)) throw error;
      throw unavailableError((error as Error).name === 'TypeError' ? 'network' : 'timeout', error);
    }
  };
}
