/** What each node points to. */
export type Graph = ReadonlyMap<string, Iterable<string>>;

/** Nodes in groups that can reach each other (Tarjan), each group after those it points to. */
export function components(graph: Graph): readonly (readonly string[])[] {
  const found: string[][] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const visit = (node: string): number => {
    let low = order.size;
    order.set(node, low);
    open.push(node);
    for (const target of graph.get(node) ?? []) {
      if (!graph.has(target)) continue;
      if (!order.has(target)) low = Math.min(low, visit(target));
      else if (open.includes(target)) low = Math.min(low, order.get(target) ?? low);
    }
    lowest.set(node, low);
    if (low === order.get(node)) found.push(open.splice(open.indexOf(node)));
    return low;
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return found;
}

/** The length of the longest way down, in groups that can reach each other. */
export function floorsOf(graph: Graph): number {
  const floor = new Map<string, number>();
  for (const group of components(graph)) {
    const below = group
      .flatMap((node) => [...(graph.get(node) ?? [])])
      .filter((target) => !group.includes(target))
      .map((target) => floor.get(target) ?? 0);
    for (const node of group) floor.set(node, 1 + Math.max(0, ...below));
  }
  return Math.max(0, ...floor.values());
}

/**
 * Arrows that go against an order of the nodes, as few as a greedy order gives (Eades, Lin and
 * Smyth): none where there is no cycle.
 */
export function upwardArrows(graph: Graph): readonly string[] {
  return components(graph).flatMap((group) => {
    const inside = (node: string, among: ReadonlySet<string>): readonly string[] =>
      [...(graph.get(node) ?? [])].filter((target) => among.has(target));
    const left = new Set([...group].sort());
    const order: string[] = [];
    while (left.size > 0) {
      const score = (node: string): number =>
        inside(node, left).length -
        [...left].filter((one) => inside(one, left).includes(node)).length;
      const next = [...left].reduce((best, node) => (score(node) > score(best) ? node : best));
      order.push(next);
      left.delete(next);
    }
    const all = new Set(group);
    return order.flatMap((node, at) =>
      inside(node, all)
        .filter((target) => order.indexOf(target) < at)
        .map((target) => `${node} > ${target}`),
    );
  });
}
