import { OperatorError } from '../error.js';

/** What a witness answered to a request. */
export interface WitnessResponse {
  readonly status: number;
  readonly body: string;
}

/**
 * Sends the body of an `add-checkpoint` request to a URL. Rejects with `OPERATOR_WITNESS_UNAVAILABLE`
 * where there is no answer.
 */
export type WitnessTransport = (url: string, body: string) => Promise<WitnessResponse>;

/** How witnesses are asked over HTTP. */
export interface HttpWitnessOptions {
  /** Such as the one of an egress rule; redirects are never followed. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Milliseconds for the whole answer; 15,000 when absent. */
  readonly requestMs?: number;
}

/** A hundred signature lines are shorter. */
const MAX_BYTES = 65_536;

function unavailable(reason: string, cause?: unknown): OperatorError {
  return new OperatorError('OPERATOR_WITNESS_UNAVAILABLE', `a witness gave no answer: ${reason}`, {
    details: { reason },
    ...(cause === undefined ? {} : { cause }),
  });
}

async function readLimited(response: Response): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const reader = response.body?.getReader();
  let [text, length] = ['', 0];
  for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
    length += part.value.length;
    if (length > MAX_BYTES) {
      await reader?.cancel();
      throw unavailable('answer_too_large');
    }
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
}

/** Errors of the network and of bytes that are no text; those of an egress rule stay what they are. */
function reasonOf(error: unknown): string | undefined {
  const name = error instanceof Error ? error.name : '';
  if (name === 'AbortError' || name === 'TimeoutError') return 'timeout';
  return name === 'TypeError' ? 'network' : undefined;
}

/** Asks witnesses by HTTP POST, within a time and a number of bytes. */
export function createHttpWitnessTransport(options: HttpWitnessOptions = {}): WitnessTransport {
  const { fetch: send = fetch, requestMs = 15_000 } = options;
  return async (url, body) => {
    try {
      const response = await send(url, {
        method: 'POST',
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        body,
        redirect: 'error',
        signal: AbortSignal.timeout(requestMs),
      });
      return { status: response.status, body: await readLimited(response) };
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === undefined) throw error;
      throw unavailable(reason, error);
    }
  };
}
