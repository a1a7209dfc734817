import { connectionReason } from './connection-reason.js';
import { ExportError } from './error.js';

/** The part of `fetch` that sinks need. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** One request. */
export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly requestMs: number;
  readonly signal: AbortSignal;
}

/** The response. */
export interface PostAnswer {
  readonly ok: boolean;
  readonly status: number;
  /** True for a status for which a retry may help. */
  readonly retry: boolean;
  readonly body: string;
}

const MAX_ANSWER_BYTES = 65_536;

/** The beginning of a body, so that a long answer takes no memory. */
async function readStart(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const decoder = new TextDecoder();
  let text = '';
  for (let bytes = 0; bytes < MAX_ANSWER_BYTES; ) {
    const { done, value } = await reader.read();
    if (done) return text;
    bytes += value.length;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text;
}

/**
 * Posts without following redirects, so that a receiver cannot send evidence elsewhere.
 *
 * @throws {ExportError} `EXPORT_SINK_UNAVAILABLE` when there is no answer, or a redirect.
 */
export async function post(fetch: Fetch, request: PostRequest): Promise<PostAnswer> {
  const { url, headers, body, requestMs, signal } = request;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(requestMs)]),
    });
    const { status } = response;
    const retry = status === 408 || status === 429 || status >= 500;
    return { ok: status >= 200 && status < 300, status, retry, body: await readStart(response) };
  } catch (cause) {
    if (signal.aborted)
      throw new ExportError('EXPORT_STOPPED', 'the export was stopped', { cause });
    const message = `the receiver did not answer${connectionReason(cause)}`;
    throw new ExportError('EXPORT_SINK_UNAVAILABLE', message, { cause });
  }
}
