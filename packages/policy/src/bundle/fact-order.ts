import type { PolicyFact } from './bundle.js';
import type { Problems } from './problem.js';

/** The facts a fact is computed from, by name. */
export function factSources(fact: PolicyFact): readonly string[] {
  if (fact.kind === 'counted') return [];
  const paths =
    fact.kind === 'detected'
      ? [fact.path]
      : fact.for.flatMap((match) => ('path' in match ? [match.path] : []));
  return paths
    .map((path) => path.split('.'))
    .flatMap(([root, name]) => (root === 'facts' && name !== undefined ? [name] : []));
}

/** Sorts facts so that each comes after its sources; reports undeclared sources and cycles. */
export function orderFacts(
  facts: Readonly<Record<string, PolicyFact>>,
  declared: Readonly<Record<string, unknown>>,
  problems: Problems,
): readonly string[] {
  const ordered = new Set<string>();
  const open = new Set<string>();
  const visit = (name: string): void => {
    const fact = facts[name];
    if (ordered.has(name) || fact === undefined) return;
    open.add(name);
    for (const source of factSources(fact)) {
      const path = ['facts', name];
      if (source === 'result') continue;
      if (open.has(source)) {
        problems.add('POLICY_FACT', path, `"${name}" is computed from itself.`, 'key');
      } else if (!Object.hasOwn(declared, source)) {
        problems.add('POLICY_FACT', path, `There is no fact "${source}".`);
      } else visit(source);
    }
    open.delete(name);
    ordered.add(name);
  };
  for (const name of Object.keys(facts)) visit(name);
  return [...ordered];
}
