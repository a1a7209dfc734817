import type { PolicyRequest } from '@spanforge/core-events';
import { controlKey } from '../bundle/controls.js';
import type { CompiledRule } from './compiled-rule.js';
import { splitPatterns } from './pattern.js';

/** Finds the rules that could apply to a request without looking at those that cannot. */
export interface RuleIndex {
  /** In the order of their positions, each once. */
  candidates(request: PolicyRequest): readonly CompiledRule[];
}

const NONE: readonly CompiledRule[] = [];

/** Indexes rules by service and control, then by tool. */
export function createRuleIndex(rules: readonly CompiledRule[]): RuleIndex {
  const groups = new Map<string, CompiledRule[]>();
  for (const compiled of rules) {
    push(groups, controlKey(compiled.rule.service, compiled.rule.control), compiled);
  }
  const byControl = new Map([...groups].map(([key, group]) => [key, indexTools(group)]));
  return {
    candidates: ({ service, control, tool }) =>
      byControl.get(controlKey(service, control))?.(tool) ?? NONE,
  };
}

type ByTool = (tool: string | undefined) => readonly CompiledRule[];

/**
 * Rules that name tools are found by name, rules with prefixes by the beginnings of the name, and
 * only rules for every tool are always candidates. Named tools have their list made beforehand.
 */
function indexTools(rules: readonly CompiledRule[]): ByTool {
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
  const lengths = [...new Set([...byPrefix.keys()].map((prefix) => prefix.length))];
  const collect = (tool: string): readonly CompiledRule[] => {
    const found = lengths.flatMap((length) => byPrefix.get(tool.slice(0, length)) ?? NONE);
    return inOrder([...forEvery, ...(byName.get(tool) ?? NONE), ...found]);
  };
  const ready = new Map([...byName.keys()].map((name) => [name, collect(name)]));
  return (tool) => {
    if (tool === undefined) return forEvery;
    return ready.get(tool) ?? (lengths.length === 0 ? forEvery : collect(tool));
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
