import type { PolicyRequest } from '@spanforge/core-events';
import { splitPatterns } from '../pattern.js';
import type { AskedRule, CompiledRule } from './compiled-rule.js';

/** Finds the rules that could apply to a request without looking at those that cannot. */
export interface RuleIndex<T> {
  /** The prepared rules for a request, ordered by position. */
  find(request: Pick<PolicyRequest, 'service' | 'control' | 'tool'>): T;
}

/** Turns a list of rules that are evaluated together into the index's answer. */
export type Prepare<T> = (rules: readonly AskedRule[]) => T;

/**
 * Indexes rules by service and control, then by tool. Every possible list is built beforehand, so
 * that a lookup allocates nothing.
 */
export function createRuleIndex<T>(
  rules: readonly CompiledRule[],
  prepare: Prepare<T>,
): RuleIndex<T> {
  const services = new Map<string, Map<string, CompiledRule[]>>();
  for (const compiled of rules) {
    const { service, control } = compiled.rule;
    const controls = services.get(service) ?? new Map<string, CompiledRule[]>();
    services.set(service, controls);
    push(controls, control, compiled);
  }
  const byService = new Map(
    [...services].map(([service, controls]) => [
      service,
      new Map([...controls].map(([control, group]) => [control, indexTools(group, prepare)])),
    ]),
  );
  const none = prepare([]);
  return {
    find: ({ service, control, tool }) => byService.get(service)?.get(control)?.(tool) ?? none,
  };
}

type ByTool<T> = (tool: string | undefined) => T;

/**
 * Rules that name tools are found by name. Rules with prefixes are found by the longest matching
 * prefix, whose list includes those of its shorter prefixes. Rules for every tool always apply.
 */
function indexTools<T>(rules: readonly CompiledRule[], prepare: Prepare<T>): ByTool<T> {
  const forEvery: CompiledRule[] = [];
  const byName = new Map<string, CompiledRule[]>();
  const byPrefix = new Map<string, CompiledRule[]>();
  for (const compiled of rules) {
    const { tools } = compiled.rule.target;
    if (tools === undefined) forEvery.push(compiled);
    const { names, prefixes } = splitPatterns(tools ?? []);
    for (const name of names) push(byName, name, compiled);
    for (const prefix of prefixes) push(byPrefix, prefix, compiled);
  }
  const lengths = [...new Set([...byPrefix.keys()].map(({ length }) => length))].sort(
    (a, b) => b - a,
  );
  const collect = (text: string, named: readonly CompiledRule[]): T => {
    const prefixed = lengths.flatMap((length) => byPrefix.get(text.slice(0, length)) ?? []);
    const found = inOrder([...forEvery, ...named, ...prefixed]);
    return prepare(found.map(({ ofTool }) => ofTool));
  };
  const ofName = new Map([...byName].map(([name, named]) => [name, collect(name, named)]));
  const ofPrefix = new Map([...byPrefix.keys()].map((prefix) => [prefix, collect(prefix, [])]));
  const ofEvery = prepare(forEvery.map(({ ofTool }) => ofTool));
  const ofAll = once(() => prepare(rules));
  return (tool) => {
    // A tool that is not a string could be any tool: every rule is evaluated, as indeterminate.
    if (typeof tool !== 'string') return tool === undefined ? ofEvery : ofAll();
    const named = ofName.get(tool);
    if (named !== undefined) return named;
    for (const length of lengths) {
      const found = ofPrefix.get(tool.slice(0, length));
      if (found !== undefined) return found;
    }
    return ofEvery;
  };
}

/** Makes something when it is first asked for: most bundles never see such a request. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function inOrder(rules: readonly CompiledRule[]): readonly CompiledRule[] {
  return [...new Set(rules)].sort((a, b) => a.position - b.position);
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
