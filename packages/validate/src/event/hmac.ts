import {
  deriveTenantKey,
  type MacKey,
  parseJson,
  SigningError,
  signEvent,
  verifyEvent,
  verifyEventScheme1,
} from '@spanforge/core-signing';
import { enforceEvent } from './enforce-event.js';

/** A tenant's derived key, or the secret to derive it from. There is no default. */
export type EventKey =
  | MacKey
  | { readonly secret: Uint8Array; readonly kid: string; readonly tenant: string };

/** The result of verifying an event's signature, and which part of the event it covers. */
export type EventHmacResult =
  | { readonly valid: true; readonly scheme: 2; readonly coverage: 'every field' }
  | { readonly valid: true; readonly scheme: 1; readonly coverage: 'payload-only' }
  | { readonly valid: false; readonly reason: 'malformed' | 'signature' };

/** The keys for verifying a signature. */
export interface VerifyHmacOptions {
  readonly key: EventKey;
  /**
   * The undivided secret of scheme 1, for events of older writers; without it such events are not
   * valid. Their result is valid `payload-only`, because the signature covers nothing else.
   */
  readonly scheme1Secret?: Uint8Array;
}

function keyOf(key: EventKey): MacKey {
  return 'mac' in key ? key : deriveTenantKey(key);
}

/**
 * Signs an event in wire form: HMAC-SHA256 of scheme 2, over every field but `signature`.
 *
 * @returns The event with its `signature`, which replaces an earlier one.
 * @throws {ValidateError} `VALIDATE_EVENT_INVALID` for an invalid event.
 * @throws {SigningError} `SIGNING_SECRET_WEAK`, `SIGNING_ARGUMENT_INVALID` for the key.
 */
export function signEventHmac(
  event: Readonly<Record<string, unknown>>,
  key: EventKey,
): Readonly<Record<string, unknown>> {
  enforceEvent(event);
  return Object.freeze({ ...event, signature: signEvent(event, keyOf(key)) });
}

function parsed(event: string | Uint8Array | object): object | undefined {
  if (typeof event === 'object' && !(event instanceof Uint8Array)) return event ?? undefined;
  try {
    const value = parseJson(event);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch (error) {
    if (SigningError.is(error)) return undefined;
    throw error;
  }
}

/**
 * Verifies an event's signature, in constant time: scheme 2, and scheme 1 where its secret is given.
 *
 * Give the text of the event as it was received, because older checksums cover the spelling of its
 * numbers. Never throws for the event.
 *
 * @throws {SigningError} `SIGNING_SECRET_WEAK`, `SIGNING_ARGUMENT_INVALID` for the keys.
 */
export function verifyEventHmac(
  event: string | Uint8Array | object,
  { key, scheme1Secret }: VerifyHmacOptions,
): EventHmacResult {
  const macKey = keyOf(key);
  const value = parsed(event);
  if (value === undefined) return { valid: false, reason: 'malformed' };
  if (verifyEvent(value, macKey)) return { valid: true, scheme: 2, coverage: 'every field' };
  if (scheme1Secret !== undefined) {
    const { valid, coverage } = verifyEventScheme1(event, scheme1Secret);
    if (valid) return { valid, scheme: 1, coverage };
  }
  return { valid: false, reason: 'signature' };
}
