import { RPC } from './message.js';

/** A request that is answered with an error: the HTTP status, and the code of the JSON-RPC error. */
export class HttpFault extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code: number = RPC.invalidRequest,
  ) {
    super(message);
  }
}
