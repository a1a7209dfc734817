import { canonicalize } from '@spanforge/core-signing';
import type { PolicyBundle } from '@spanforge/policy';
import { createMatcher } from '@spanforge/policy/internal';

/** How a fact is found, from its declaration. */
export type FactKind = 'calls' | 'counted' | 'detected';

/** The parts of a declared fact that a replay needs. */
export interface FactNeed {
  readonly name: string;
  readonly kind: FactKind;
  /** The tools whose results it is taken from, if `kind` is `calls`. */
  readonly tools: readonly string[];
  /** Equal for facts that mean the same in two bundles. */
  readonly meaning: string;
}

/** The facts a bundle reads to decide about a control and a tool. */
export type FactsRead = (control: string, tool: string | undefined) => readonly FactNeed[];

const NONE: readonly FactNeed[] = [];

/** Finds out which facts the rules of a bundle read. */
export function factsRead(bundle: PolicyBundle): FactsRead {
  const declared = declaredFacts(JSON.parse(bundle.canonical));
  if (declared.size === 0) return () => NONE;
  const rules = bundle.rules.flatMap((rule) => {
    const names = (rule.when?.fields ?? []).flatMap((field) =>
      field === 'facts' ? [...declared.keys()] : (factOf(field) ?? []),
    );
    if (!rule.enabled || names.length === 0) return [];
    const { tools } = rule.target;
    const matches = tools === undefined ? () => true : createMatcher(tools);
    return [{ control: `${rule.service}\n${rule.control}`, matches, names }];
  });
  return (control, tool) => {
    const names = rules
      .filter((rule) => rule.control === control && (tool === undefined || rule.matches(tool)))
      .flatMap((rule) => rule.names);
    if (names.length === 0) return NONE;
    return [...withParents(names, declared)].flatMap((name) => declared.get(name)?.need ?? []);
  };
}

interface Declared {
  readonly need: FactNeed;
  /** Facts it is found by. */
  readonly parents: readonly string[];
}

/** The declared facts of a bundle; empty if it declares none. */
export function declaredFacts(written: unknown): ReadonlyMap<string, Declared> {
  const { facts, tools } = (written ?? {}) as { facts?: unknown; tools?: unknown };
  if (typeof facts !== 'object' || facts === null) return new Map();
  const all = new Map(Object.entries(facts));
  return new Map([...all].map(([name, fact]) => [name, readFact(name, fact, all, tools)]));
}

function readFact(
  name: string,
  fact: unknown,
  all: ReadonlyMap<string, unknown>,
  tools: unknown,
): Declared {
  const parents = textsIn(fact).flatMap((text) => factOf(text) ?? []);
  const from = (fact as { from?: unknown } | null)?.from;
  const sources = [from].flat().filter((one) => typeof one === 'string');
  const results = sources.map((tool) => toolOf(tools, tool));
  const meant = [...closure(name, all)].map((one) => [one, all.get(one) ?? null]);
  const meaning = canonicalize([meant, sources, results]);
  return { need: { name, kind: kindOf(fact), tools: sources, meaning }, parents };
}

function kindOf(fact: unknown): FactKind {
  if (typeof fact !== 'object' || fact === null) return 'counted';
  if ('from' in fact) return 'calls';
  return 'detect' in fact ? 'detected' : 'counted';
}

/** A fact with all facts it depends on. */
function closure(name: string, all: ReadonlyMap<string, unknown>): ReadonlySet<string> {
  const seen = new Set([name]);
  for (const one of seen) {
    for (const text of textsIn(all.get(one))) {
      const parent = factOf(text);
      if (parent !== undefined) seen.add(parent);
    }
  }
  return seen;
}

function withParents(
  names: readonly string[],
  declared: ReadonlyMap<string, Declared>,
): ReadonlySet<string> {
  const seen = new Set(names);
  for (const name of seen) for (const parent of declared.get(name)?.parents ?? []) seen.add(parent);
  return seen;
}

/** What a tool declares about its results. */
function toolOf(tools: unknown, tool: string): readonly unknown[] {
  const all = tools as Record<string, { result?: unknown; failure?: unknown }> | undefined;
  return [all?.[tool]?.result ?? null, all?.[tool]?.failure ?? null];
}

/** The fact a path such as `facts.reservation.status` begins with. */
function factOf(path: string): string | undefined {
  const [root, name] = path.split('.');
  return root === 'facts' && name !== undefined && name !== 'result' ? name : undefined;
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
