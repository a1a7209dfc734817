import type { PolicyBundle, PolicyRule } from '../bundle/bundle.js';
import { factSources } from '../bundle/fact-order.js';
import { compileCallFact } from './call-fact.js';
import type { ComputeFact } from './compute-fact.js';
import { compileDetectedFact } from './detected-fact.js';

/** A fact that can be computed from the request alone. */
export interface PlannedFact {
  readonly name: string;
  readonly compute: ComputeFact;
}

/** Which facts the rules that could apply to a request read. */
export interface FactPlan {
  /** Each after its sources. */
  readonly computed: readonly PlannedFact[];
  /** Names of the counted ones. */
  readonly counted: readonly string[];
}

/** Plans the facts of any list of a bundle's rules. */
export function createFactPlanner(
  bundle: PolicyBundle,
): (rules: readonly PolicyRule[]) => FactPlan {
  const names = Object.keys(bundle.facts);
  const compiled = new Map<string, PlannedFact>();
  for (const [name, fact] of Object.entries(bundle.facts)) {
    if (fact.kind === 'counted') continue;
    const compute =
      fact.kind === 'calls' ? compileCallFact(fact, bundle.tools) : compileDetectedFact(fact);
    compiled.set(name, Object.freeze({ name, compute }));
  }
  return (rules) => {
    const wanted = new Set<string>();
    const visit = (name: string): void => {
      const fact = bundle.facts[name];
      if (wanted.has(name) || fact === undefined) return;
      for (const source of factSources(fact)) visit(source);
      wanted.add(name);
    };
    for (const { when } of rules) {
      for (const field of when?.fields ?? []) for (const name of factsIn(field, names)) visit(name);
    }
    const computed = [...wanted].flatMap((name) => compiled.get(name) ?? []);
    const counted = [...wanted].filter((name) => bundle.facts[name]?.kind === 'counted');
    return Object.freeze({ computed, counted });
  };
}

/** The facts a field of a condition reads; `facts` alone reads them all. */
function factsIn(field: string, names: readonly string[]): readonly string[] {
  if (field === 'facts') return names;
  const name = /^facts\.([A-Za-z_][A-Za-z0-9_]*)/.exec(field)?.[1];
  return name === undefined ? [] : [name];
}
