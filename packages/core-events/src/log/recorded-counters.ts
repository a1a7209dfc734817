import { sha256, toHex } from '@spanforge/core-signing';
import type { CounterEntry, CounterRows, CounterStore, RecordedCounters } from '../counter-port.js';
import { createComparison, type RecordedCountersParts } from './counter-comparison.js';
import { createExpectedSums } from './expected-sums.js';

const DOMAIN = 'spanforge.counter.v1\n';

/**
 * Counters whose entries are recorded in the log. If records are not signed there is no key to hide the
 * calls with, and the counters are returned unchanged.
 */
export function recordCounters(
  counters: CounterStore & Partial<CounterRows>,
  parts: RecordedCountersParts,
): CounterStore | RecordedCounters {
  if (!parts.keys.signing) return counters;
  const nameOf = (id: string): string => {
    const digest = sha256(`${DOMAIN}${id}`);
    return `call/${toHex(parts.keys.steady(digest) ?? digest)}`;
  };
  const countOne = counters.count?.bind(counters);
  const expected = createExpectedSums();
  const comparison = createComparison(parts, counters, expected);

  /** What the counter surely has before an entry is added; what the store answers has the entry, too. */
  const leastBefore = ({ key, timeMs, windowMs }: CounterEntry): number =>
    expected.least(key, timeMs, windowMs);

  /** A sum below what is known to be in it is not used until the counters were compared again. */
  async function requireSum(
    { key, windowMs }: CounterEntry,
    sum: number,
    least: number,
  ): Promise<void> {
    // Sums of decimals differ by their order.
    if (sum >= least - Math.abs(least) * 1e-9) return;
    expected.reset(key);
    await comparison.again(windowMs);
  }

  return Object.freeze({
    async add(entry) {
      const named = { ...entry, id: nameOf(entry.id) };
      const least = leastBefore(named);
      const sum = await counters.add(named);
      await requireSum(named, sum, least);
      return sum;
    },
    ...(countOne && {
      async count(entry: CounterEntry) {
        const { key, amount, windowMs } = entry;
        const named = { ...entry, id: nameOf(entry.id) };
        const before = leastBefore(named);
        const counted = await countOne(named);
        const { sum, timeMs, added } = counted;
        try {
          // Nothing is known of a counter whose least sum is 0.
          await requireSum(named, sum, added && before > 0 ? before + amount : before);
        } catch (error) {
          if (added) await counters.remove(key, named.id);
          throw error;
        }
        if (added) expected.note({ key, id: named.id, amount, timeMs, untilMs: timeMs + windowMs });
        return counted;
      },
    }),
    async remove(key, id) {
      expected.forget(key, nameOf(id));
      await counters.remove(key, nameOf(id));
    },
    nameOf,
    requireWhole: comparison.requireWhole,
  } satisfies RecordedCounters);
}
