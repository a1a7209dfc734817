import type { Scalar } from '@spanforge/condition';
import type { PolicyRequest } from '@spanforge/core-events';
import type { AskedRule } from './compiled-rule.js';
import { bestGuards, type Guard, type Guards, guardsOf } from './guard.js';
import { readPath } from './read-path.js';

/** Selects the rules whose condition may not be false for a request, ordered by position. */
export type SelectRules = (request: PolicyRequest) => readonly AskedRule[];

/** With fewer rules, evaluating all is as fast as a lookup. */
const FEW = 8;

const NONE: readonly AskedRule[] = [];

interface Guarded {
  readonly guard: Guard;
  readonly compiled: AskedRule;
}

/** Rules that are looked up together: at least one. */
type GuardGroup = [Guarded, ...Guarded[]];

/**
 * Indexes rules that are evaluated together. Rules that compare a path with constants are found by
 * the value at that path; when the value cannot be compared, all of them are evaluated.
 */
export function createGuardIndex(rules: readonly AskedRule[]): SelectRules {
  if (rules.length < FEW) return () => rules;
  const chosen = chooseGuards(rules);
  const groups = new Map<string, GuardGroup>();
  for (const [compiled, guards] of chosen) {
    for (const guard of guards) {
      const group = groups.get(guard.group);
      if (group === undefined) groups.set(guard.group, [{ guard, compiled }]);
      else group.push({ guard, compiled });
    }
  }
  if (groups.size === 0) return () => rules;
  const unguarded = rules.filter((compiled) => !chosen.has(compiled));
  const selectors = [...groups.values()].map(selectorOf);
  return (request) => {
    let found: AskedRule[] | undefined;
    for (const select of selectors) {
      const some = select(request);
      if (some.length > 0) found = found === undefined ? [...some] : found.concat(some);
    }
    if (found === undefined) return unguarded;
    return inOrder(unguarded.length === 0 ? found : found.concat(unguarded));
  };
}

/** By position; a rule found at two places is asked once. */
function inOrder(rules: AskedRule[]): readonly AskedRule[] {
  if (rules.length < 2) return rules;
  rules.sort((a, b) => a.position - b.position);
  return rules.filter((compiled, index) => compiled !== rules[index - 1]);
}

/** For each rule that can be indexed, the most selective guards. */
function chooseGuards(rules: readonly AskedRule[]): ReadonlyMap<AskedRule, Guards> {
  const constants = countConstants(rules);
  const tells = ({ group }: Guard): number => constants.get(group)?.size ?? 0;
  const chosen = new Map<AskedRule, Guards>();
  const sizes = new Map<string, number>();
  for (const compiled of rules) {
    const guards = bestGuards(compiled.rule, tells);
    if (guards === undefined) continue;
    chosen.set(compiled, guards);
    for (const { group } of guards) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  }
  for (const [compiled, guards] of chosen) {
    if (guards.some(({ group }) => (sizes.get(group) ?? 0) < FEW)) chosen.delete(compiled);
  }
  return chosen;
}

/** The constants each path is compared with. More constants make a path more selective. */
function countConstants(rules: readonly AskedRule[]): ReadonlyMap<string, Set<Scalar>> {
  const found = new Map<string, Set<Scalar>>();
  for (const guard of rules.flatMap(({ rule }) => guardsOf(rule))) {
    const constants = found.get(guard.group) ?? new Set();
    found.set(guard.group, constants);
    for (const value of constantsOf(guard)) constants.add(value);
  }
  return found;
}

function constantsOf(guard: Guard): readonly Scalar[] {
  return 'values' in guard ? guard.values : [guard.limit];
}

function selectorOf(group: GuardGroup): SelectRules {
  const all = group.map(({ compiled }) => compiled);
  const choose = chooserOf(group);
  const { keys } = group[0].guard;
  return (request) => {
    let value: unknown;
    try {
      value = readPath(request, keys);
    } catch {
      // The path cannot be read: evaluate all rules, which report the error.
      return all;
    }
    return choose(value) ?? all;
  };
}

/** The rules that a value does not make false; `undefined` when it cannot be compared. */
type Choose = (value: unknown) => readonly AskedRule[] | undefined;

function chooserOf(group: GuardGroup): Choose {
  const { kind } = group[0].guard;
  if (kind === 'truth') return (value) => (value === false ? NONE : undefined);
  return kind === 'equal' ? chooseEqual(group) : chooseBeyond(group, kind === 'above' ? 1 : -1);
}

/** Longer texts cost steps to compare. */
const MAX_TEXT = 1024;

function chooseEqual(group: readonly Guarded[]): Choose {
  const byValue = new Map<Scalar, AskedRule[]>();
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
    // Null can be compared with every type, and equals none of these constants.
    if (value === null) return NONE;
    const comparable =
      typeof value === type &&
      (typeof value !== 'number' || Number.isFinite(value)) &&
      (typeof value !== 'string' || value.length <= MAX_TEXT);
    return comparable ? (byValue.get(value as Scalar) ?? NONE) : undefined;
  };
}

/** Rules sorted by limit, so that a value selects a prefix of the list. */
function chooseBeyond(group: readonly Guarded[], direction: 1 | -1): Choose {
  const sorted = group
    .map(({ guard, compiled }) => ({
      limit: 'limit' in guard ? direction * guard.limit : 0,
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

/** How many of the sorted numbers are at most a value. */
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
