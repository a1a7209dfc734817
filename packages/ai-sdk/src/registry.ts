import type { Governor, ToolOptions } from '@spanforge/govern';
import { type Gate, openGate } from '@spanforge/govern/adapters';
import { fingerprintOf } from './fingerprint.js';
import type { AiSdkToolOptions } from './options.js';
import { outsideCallError } from './outside-call.js';
import type { AiSdkTool } from './sdk.js';

/** A name that is registered with the governor, and the fingerprint of its tool at that time. */
export interface Registered {
  readonly gate: Gate;
  readonly fingerprint: string;
}

/** The names one tool governor has registered. */
export interface GateRegistry {
  /** Registers a name the first time it is seen; `more` takes precedence over its options. */
  named(name: string, tool: AiSdkTool, more: Partial<ToolOptions<never>>): Registered;
}

/** Creates the names of one tool governor. */
export function createGateRegistry(
  governor: Governor,
  perTool: Readonly<Record<string, AiSdkToolOptions>>,
): GateRegistry {
  const known = new Map<string, Registered>();
  return {
    named(name, tool, more) {
      const before = known.get(name);
      if (before) return before;
      const { streams, ...options } = Object.hasOwn(perTool, name) ? (perTool[name] ?? {}) : {};
      const gate = openGate(governor, { ...options, ...more, name }, outsideCallError);
      const one = { gate, fingerprint: fingerprintOf(tool) };
      known.set(name, one);
      return one;
    },
  };
}
