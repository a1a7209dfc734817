import type { Scalar } from '@spanforge/condition';
import type { PolicyRequest } from '@spanforge/core-events';
import type { CompiledRule } from './compiled-rule.js';
import { type Guard, guardsOf } from './guard.js';
import { readPath } from './read-path.js';

/** Leaves out rules whose condition a request makes false; in the order of their positions. */
export type SelectRules = (request: PolicyRequest) => readonly CompiledRule[];

/** Below so many, asking is as fast as looking up. */
const FEW = 8;

const NONE: readonly CompiledRule[] = [];

interface Guarded {
  readonly guard: Guard;
  readonly compiled: CompiledRule;
}

/**
 * Prepares a list of rules that is asked together. Rules that compare one place with constants are
 * found by what stands there; where that cannot be compared, all of them are asked.
 */
export function createGuardIndex(rules: readonly CompiledRule[]): SelectRules {
  if (rules.length < FEW) return () => rules;
  const groups = new Map<string, Guarded[]>();
  const always = new Set(rules);
  const constants = countConstants(rules);
  const told = ({ group }: Guard): number => constants.get(group)?.size ?? 0;
  for (const compiled of rules) {
    const [first, ...others] = guardsOf(compiled.rule);
    if (first === undefined) continue;
    const guard = others.reduce((best, other) => (told(other) > told(best) ? other : best), first);
    const group = groups.get(guard.group) ?? [];
    groups.set(guard.group, group);
    group.push({ guard, compiled });
  }
  const selectors = [...groups.values()]
    .filter((group) => group.length >= FEW)
    .map((group) => {
      for (const { compiled } of group) always.delete(compiled);
      return selectorOf(group);
    });
  if (selectors.length === 0) return () => rules;
  const unguarded = [...always];
  return (request) => {
    let found: CompiledRule[] | undefined;
    for (const select of selectors) {
      const some = select(request);
      if (some.length > 0) found = found === undefined ? [...some] : found.concat(some);
    }
    if (found === undefined) return unguarded;
    return [...unguarded, ...found].sort((a, b) => a.position - b.position);
  };
}

/** The constants each place is compared with: the more, the fewer rules a value leaves in. */
function countConstants(rules: readonly CompiledRule[]): ReadonlyMap<string, Set<Scalar>> {
  const found = new Map<string, Set<Scalar>>();
  for (const guard of rules.flatMap(({ rule }) => guardsOf(rule))) {
    const constants = found.get(guard.group) ?? new Set();
    found.set(guard.group, constants);
    for (const value of guard.kind === 'equal' ? guard.values : [guard.limit]) constants.add(value);
  }
  return found;
}

function selectorOf(group: readonly Guarded[]): SelectRules {
  const all = group.map(({ compiled }) => compiled);
  const choose = chooserOf(group);
  const keys = group[0]?.guard.keys ?? [];
  return (request) => {
    let value: unknown;
    try {
      value = readPath(request, keys);
    } catch {
      // What cannot be read is for the rules to say.
      return all;
    }
    return choose(value) ?? all;
  };
}

/** The rules a value does not make false; `undefined` where it cannot be compared. */
type Choose = (value: unknown) => readonly CompiledRule[] | undefined;

function chooserOf(group: readonly Guarded[]): Choose {
  const kind = group[0]?.guard.kind;
  return kind === 'equal' ? chooseEqual(group) : chooseBeyond(group, kind === 'above' ? 1 : -1);
}

/** Longer texts cost steps to compare. */
const MAX_TEXT = 1024;

function chooseEqual(group: readonly Guarded[]): Choose {
  const byValue = new Map<Scalar, CompiledRule[]>();
  let type = '';
  for (const { guard, compiled } of group) {
    if (guard.kind !== 'equal') continue;
    type = guard.type;
    for (const value of new Set(guard.values)) {
      const list = byValue.get(value);
      if (list === undefined) byValue.set(value, [compiled]);
      else list.push(compiled);
    }
  }
  return (value) => {
    // Null is comparable with everything, and equal to none of these.
    if (value === null) return NONE;
    const comparable =
      typeof value === type &&
      (typeof value !== 'number' || Number.isFinite(value)) &&
      (typeof value !== 'string' || value.length <= MAX_TEXT);
    return comparable ? (byValue.get(value as Scalar) ?? NONE) : undefined;
  };
}

/** Rules in the order in which a value that grows (or shrinks) reaches their limits. */
function chooseBeyond(group: readonly Guarded[], direction: 1 | -1): Choose {
  const sorted = group
    .map(({ guard, compiled }) => ({
      limit: direction * (guard.kind === 'equal' ? 0 : guard.limit),
      compiled,
    }))
    .sort((a, b) => a.limit - b.limit);
  const limits = sorted.map(({ limit }) => limit);
  const rules = sorted.map(({ compiled }) => compiled);
  return (value) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
    const reached = countUpTo(limits, direction * value);
    return reached === 0 ? NONE : rules.slice(0, reached);
  };
}

/** How many of some sorted numbers are not above a value. */
function countUpTo(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
