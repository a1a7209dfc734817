import type { ToolSchema } from './types.js';

/** The effect of a tool, and how it was determined. */
export interface DraftedEffect {
  readonly effect: 'read' | 'write';
  /** `name` and `declared` are evidence; `unknown` means none was found, and a write is assumed. */
  readonly from: 'declared' | 'name' | 'unknown';
}

const READS =
  /^(get|list|search|find|read|fetch|lookup|look|query|check|describe|show|view|count|calculate|compute|think|verify|validate|estimate|preview|browse|retrieve)$/;
const WRITES =
  /^(create|add|insert|book|buy|order|pay|send|post|put|patch|update|set|edit|modify|change|move|rename|write|upload|delete|remove|drop|cancel|return|exchange|refund|issue|grant|revoke|approve|reject|assign|schedule|deploy|run|execute|start|stop|restart|transfer)$/;

/**
 * Determines the effect of a tool from its declaration, or else from the first verb in its name.
 */
export function effectOf(name: string, declared: ToolSchema | undefined): DraftedEffect {
  if (declared?.readOnly !== undefined) {
    return { effect: declared.readOnly ? 'read' : 'write', from: 'declared' };
  }
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  // A namespace may precede the verb, and objects may follow it; "find and book" does both.
  const both = words.includes('and') || words.includes('or');
  const verbs = words.filter((word) => WRITES.test(word) || READS.test(word));
  const [verb] = both ? [...verbs].sort((one, other) => rank(one) - rank(other)) : verbs;
  if (verb !== undefined) return { effect: WRITES.test(verb) ? 'write' : 'read', from: 'name' };
  return { effect: 'write', from: 'unknown' };
}

/** Verbs that write come first. */
const rank = (word: string): number => (WRITES.test(word) ? 0 : 1);
