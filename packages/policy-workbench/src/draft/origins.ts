import type { SeenArgument } from './argument.js';
import { type DraftSource, isCompleted, type KnownValues, sourceKey } from './sources.js';
import type { DraftCall, Observation } from './types.js';

/** The calls from which a draft is made, as far as tracing values needs them. */
export interface KnownOrigins {
  of(call: DraftCall): KnownValues;
  /** Tools that only read: their results were looked up. */
  readonly reads: ReadonlySet<string>;
}

/** A source, and the number of calls in which the argument had its value from there. */
export interface CountedSource {
  readonly source: DraftSource;
  readonly count: number;
}

/** The sources of an argument's values. */
export interface Origins {
  /** The sources that together explain the most calls, the best first. */
  readonly sources: readonly CountedSource[];
  /** Calls that none of them explains. */
  readonly unexplained: readonly Observation[];
  /** Calls before which the user wrote the value. */
  readonly said: readonly Observation[];
}

const MAX_SOURCES = 3;

/** Traces the values of an argument to what was read earlier in the same runs. */
export function traceOrigins({ name, present }: SeenArgument, known: KnownOrigins): Origins {
  const origins = new Map(present.map((one) => [one, originsOf(one, name, known)]));
  const sources: CountedSource[] = [];
  let open = present;
  while (open.length > 0 && sources.length < MAX_SOURCES) {
    const best = commonest(
      open.map((one) => origins.get(one) ?? new Map()),
      name,
    );
    if (best === undefined) break;
    const key = sourceKey(best);
    const has = (one: Observation): boolean => origins.get(one)?.has(key) ?? false;
    sources.push({ source: best, count: present.filter(has).length });
    open = open.filter((one) => !has(one));
  }
  const said = present.filter((one) => wasSaid(one, name));
  return { sources, unexplained: open, said };
}

type Found = ReadonlyMap<string, DraftSource>;

/** The places in earlier reading calls that contain the value of an argument. */
function originsOf({ run, at, call }: Observation, name: string, known: KnownOrigins): Found {
  const value = call.args[name];
  const earlier = run.calls
    .slice(0, at)
    .filter((one) => known.reads.has(one.name) && one.name !== call.name && isCompleted(one));
  const found = earlier.flatMap((one) => known.of(one).get(value) ?? []);
  return new Map(found.map((source) => [sourceKey(source), source]));
}

/** The source of most calls; if several are equal, the plainest, then the first by name. */
function commonest(all: readonly Found[], name: string): DraftSource | undefined {
  const counts = new Map<string, { readonly source: DraftSource; count: number }>();
  for (const [key, source] of all.flatMap((found) => [...found])) {
    const entry = counts.get(key) ?? { source, count: 0 };
    entry.count += 1;
    counts.set(key, entry);
  }
  const ranked = [...counts].sort(
    ([a, one], [b, other]) =>
      other.count - one.count ||
      rank(one.source, name) - rank(other.source, name) ||
      (a < b ? -1 : 1),
  );
  return ranked[0]?.[1].source;
}

/** Plainest first: values that were looked up under the same name. */
function rank({ kind, path }: DraftSource, name: string): number {
  if (kind === 'argument') return path === name ? 0 : 1;
  return { field: 2, list: 3, key: 4 }[kind];
}

/** Whether the user wrote the value before the call. */
function wasSaid({ run, at, call }: Observation, name: string): boolean {
  const value = String(call.args[name]);
  return (run.said ?? []).some(({ text, before }) => before <= at && text.includes(value));
}
