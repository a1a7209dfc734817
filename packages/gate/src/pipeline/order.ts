/** The parts of a gate that decide its order. */
interface Ordered {
  readonly id: string;
  readonly needs: readonly string[];
}

/** Finds gates that wait for each other in a cycle; undefined if there are none. */
export function findCycle(gates: readonly Ordered[]): readonly string[] | undefined {
  const needs = new Map(gates.map((gate) => [gate.id, gate.needs]));
  const done = new Set<string>();
  const visit = (id: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(id)) return [...path.slice(path.indexOf(id)), id];
    if (done.has(id)) return undefined;
    for (const need of needs.get(id) ?? []) {
      const cycle = visit(need, [...path, id]);
      if (cycle !== undefined) return cycle;
    }
    done.add(id);
    return undefined;
  };
  for (const { id } of gates) {
    const cycle = visit(id, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
