import type { Governor, ToolOptions } from '@spanforge/govern';
import { type Gate, openGate } from '@spanforge/govern/adapters';
import { fingerprintOf } from './fingerprint.js';
import type { ToolRules } from './options.js';
import { outsideCall } from './outside-call.js';
import type { SdkTool } from './sdk.js';

/** A name that is registered with the governor, and what stood behind it then. */
export interface Registered {
  readonly gate: Gate;
  readonly fingerprint: string;
}

/** The names one tool governor has registered. */
export interface Registry {
  /** Registers a name the first time it is seen; `more` counts before its rule. */
  named(name: string, tool: SdkTool, more: Partial<ToolOptions<never>>): Registered;
}

/** Creates the names of one tool governor. */
export function createRegistry(
  governor: Governor,
  rules: Readonly<Record<string, ToolRules<never>>>,
): Registry {
  const known = new Map<string, Registered>();
  return {
    named(name, tool, more) {
      const before = known.get(name);
      if (before) return before;
      const { streams, ...rule } = Object.hasOwn(rules, name) ? (rules[name] ?? {}) : {};
      const gate = openGate(governor, { ...rule, ...more, name }, outsideCall);
      const one = { gate, fingerprint: fingerprintOf(tool) };
      known.set(name, one);
      return one;
    },
  };
}
