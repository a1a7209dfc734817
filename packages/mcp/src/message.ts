import { isPlainObject, member, type PlainObject } from './plain.js';

/** The id of a JSON-RPC request. */
export type MessageId = string | number;

/** A JSON-RPC 2.0 message whose shape is known; everything else of it is left as it came. */
export type Message =
  | {
      readonly kind: 'request';
      readonly id: MessageId;
      readonly method: string;
      readonly raw: PlainObject;
    }
  | { readonly kind: 'notification'; readonly method: string; readonly raw: PlainObject }
  | { readonly kind: 'response'; readonly id: MessageId; readonly raw: PlainObject }
  | { readonly kind: 'invalid'; readonly id: MessageId | null };

/** A JSON-RPC error as it stands in a response. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** Codes of JSON-RPC 2.0, and the one that stands for a refusal by governance. */
export const RPC = {
  parse: -32_700,
  invalidRequest: -32_600,
  invalidParams: -32_602,
  internal: -32_603,
  unavailable: -32_000,
  refused: -32_090,
} as const;

function isId(value: unknown): value is MessageId {
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
}

/** Classifies a value as a JSON-RPC 2.0 message; an ambiguous one is `invalid`. */
export function classify(value: unknown): Message {
  const id = member(value, 'id');
  const known = isId(id) ? id : null;
  if (!isPlainObject(value) || member(value, 'jsonrpc') !== '2.0') {
    return { kind: 'invalid', id: known };
  }
  const answers = Object.hasOwn(value, 'result') || Object.hasOwn(value, 'error');
  const method = member(value, 'method');
  if (Object.hasOwn(value, 'method')) {
    if (typeof method !== 'string' || answers) return { kind: 'invalid', id: known };
    if (!Object.hasOwn(value, 'id')) return { kind: 'notification', method, raw: value };
    if (known === null) return { kind: 'invalid', id: null };
    return { kind: 'request', id: known, method, raw: value };
  }
  const twice = Object.hasOwn(value, 'result') && Object.hasOwn(value, 'error');
  if (!answers || twice || known === null) return { kind: 'invalid', id: known };
  return { kind: 'response', id: known, raw: value };
}

/** A key that differs for ids that look alike: `1` and `"1"`. */
export function idKey(id: unknown): string {
  return `${typeof id}:${String(id)}`;
}

/** A response that carries a result. */
export function resultOf(id: MessageId, result: unknown): PlainObject {
  return { jsonrpc: '2.0', id, result };
}

/** A response that carries an error. */
export function errorOf(id: MessageId | null, error: RpcError): PlainObject {
  return { jsonrpc: '2.0', id, error };
}
