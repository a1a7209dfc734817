import type { CounterSum } from '@spanforge/core-events';
import type { StoreBlockResult, StoreGroupResult, TakenChange } from '@spanforge/core-events/log';
import type { CounterStep } from './counters.js';
import type { Packet, UnhashedPacket } from './packet.js';

/** What the calling thread asks the writer for. */
export type WriterRequest =
  | { readonly kind: 'append'; readonly packet: Packet | UnhashedPacket }
  | { readonly kind: 'put'; readonly entries: readonly (readonly [string, Uint8Array])[] }
  | { readonly kind: 'unput'; readonly keys: readonly string[] }
  | {
      readonly kind: 'lease';
      readonly name: string;
      readonly holder: string;
      readonly nowMs: number;
      readonly ttlMs: number;
    }
  | { readonly kind: 'break'; readonly name: string }
  | {
      readonly kind: 'terms';
      readonly first: number;
      readonly terms: readonly (readonly string[])[];
    }
  | { readonly kind: 'times'; readonly first: number; readonly timesMs: Float64Array }
  | { readonly kind: 'taken'; readonly change: TakenChange }
  | { readonly kind: 'count'; readonly step: CounterStep }
  | { readonly kind: 'hash'; readonly first: number; readonly count: number }
  | { readonly kind: 'erase'; readonly indexes: readonly number[] }
  | { readonly kind: 'close' };

/** Why it could not be done; an error that survives the crossing between threads. */
export interface WriterFault {
  readonly code: 'EVENTS_STORE_UNAVAILABLE' | 'EVENTS_STORE_INVALID';
  readonly message: string;
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

/** The answers come in the order of the requests; the first one says how opening went. */
export type WriterAnswer =
  | {
      readonly kind: 'done';
      readonly value:
        | readonly StoreGroupResult[]
        | StoreBlockResult
        | CounterSum
        | Uint8Array
        | number
        | boolean;
    }
  | { readonly kind: 'fault'; readonly fault: WriterFault };
