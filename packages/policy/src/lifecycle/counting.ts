import {
  type CounterEntry,
  type CounterStore,
  type CounterSum,
  type EvidenceContext,
  type MakeId,
  type PolicyRequest,
  type RecordedCounters,
  within,
} from '@spanforge/core-events';
import { canonicalize, sha256, toHex } from '@spanforge/core-signing';
import type { CounterNeed } from '../decide/counters.js';
import type { Decider } from '../decide/decider.js';

/** What was counted for one decision. */
export interface Counted {
  /** Sums by fact; a counter that did not answer is not in it, and its fact is missing. */
  readonly sums: Readonly<Record<string, number>>;
  /** What the decision's record says was counted, when the call is allowed. */
  readonly entries: readonly CountedCall[];
  /** Subtracts the call from its counters again. Never rejects; if a store fails, the entry stays counted. */
  giveBack(): Promise<void>;
}

/** An entry of a counter as a record says it. */
export interface CountedCall {
  readonly counter: string;
  readonly entry: string;
  readonly amount: number;
  readonly atMs: number;
  readonly windowMs: number;
}

/** Counts calls for decisions. */
export interface Counting {
  /** @param space Separates the counters of a candidate; the live counters when absent. */
  count(
    decider: Decider,
    request: PolicyRequest,
    context: EvidenceContext,
    space?: string,
  ): Promise<Counted>;
}

/** What counting needs. */
export interface CountingOptions {
  readonly store: CounterStore | undefined;
  readonly timeoutMs: number;
  readonly clock: () => number;
  readonly makeId: MakeId;
}

const NOTHING: Counted = Object.freeze({
  sums: Object.freeze({}),
  entries: Object.freeze([]),
  giveBack: async () => undefined,
});

export function createCounting({ store, timeoutMs, clock, makeId }: CountingOptions): Counting {
  if (store === undefined) return { count: async () => NOTHING };
  const ledger = 'nameOf' in store ? (store as RecordedCounters) : undefined;
  const countOne = async (entry: CounterEntry): Promise<CounterSum> =>
    store.count?.(entry) ?? { sum: await store.add(entry), timeMs: entry.timeMs, added: true };
  const take = (key: string, id: string): Promise<void> =>
    within(timeoutMs, () => store.remove(key, id)).catch(() => undefined);

  return {
    async count(decider, request, context, space) {
      const needs = decider.counters(request);
      if (needs.length === 0) return NOTHING;
      await ledger?.requireWhole(Math.max(...needs.map(({ windowMs }) => windowMs)));
      const timeMs = clock();
      const id = callOf(decider, request, context) ?? makeId();
      const sums: Record<string, number> = Object.create(null);
      const entries = needs.map((need) => {
        const key = keyOf(need, context, space);
        // A request that only reads must not use the id of the call that counts.
        return { need, key, id: need.amount === 0 ? makeId() : id };
      });
      const counting: { readonly key: string; readonly id: string }[] = [];
      const said: CountedCall[] = [];
      await Promise.all(
        entries.map(async ({ need: { fact, amount, windowMs }, key, id: entry }) => {
          const given = { key, id: entry, amount, timeMs, windowMs };
          const counted = await within(timeoutMs, () => countOne(given)).catch(() => undefined);
          if (Number.isFinite(counted?.sum)) sums[fact] = Number(counted?.sum);
          if (amount === 0) return take(key, entry);
          // A store that did not answer may have counted all the same. Entries that were there before stay.
          if (counted?.added !== false) counting.push({ key, id: entry });
          if (!ledger || !counted) return;
          const name = ledger.nameOf(entry);
          said.push({ counter: key, entry: name, amount, atMs: counted.timeMs, windowMs });
        }),
      );
      said.sort((a, b) => (a.counter < b.counter ? -1 : 1));
      return {
        sums,
        entries: said,
        giveBack: async () =>
          void (await Promise.all(counting.map((one) => take(one.key, one.id)))),
      };
    },
  };
}

const digest = (parts: readonly unknown[]): string => toHex(sha256(canonicalize(parts)));

/** A digest, so that counters contain no names of people and no key is too long. */
function keyOf(need: CounterNeed, context: EvidenceContext, space: string | undefined): string {
  const places = need.context.map((part) => (part === 'run' ? context.run : context.traceId));
  const parts = [context.tenant, space ?? null, need.key, need.context, places];
  return `policy/${digest(parts)}`;
}

/**
 * The id a call counts under. The same call counts once; the same call id with other arguments counts
 * again, so that nobody spends twice under one id. A reading tool runs, and counts, each time it is
 * called: callers choose the ids.
 */
function callOf(
  { bundle }: Decider,
  request: PolicyRequest,
  { run }: EvidenceContext,
): string | undefined {
  const { callId, tool = '', args } = request;
  const reads = Object.hasOwn(bundle.tools, tool) && bundle.tools[tool]?.effect === 'read';
  if (callId === undefined || reads) return undefined;
  return `call/${digest([run, callId, request.tool ?? null, args ?? null])}`;
}
