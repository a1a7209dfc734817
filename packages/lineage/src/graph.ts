import type { LineageRecord } from './types.js';

/** A piece of data, or a step. */
export interface GraphNode {
  readonly id: string;
  readonly kind: 'data' | 'step';
  readonly title: string;
  readonly labels: readonly string[];
}

/** An edge, from the earlier node to the later one. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** `used` data into a step, `made` data out of it, `follows` one step after another. */
  readonly kind: 'used' | 'made' | 'follows';
}

/** A problem of a graph: a cycle, or a missing parent. */
export interface GraphFault {
  readonly code: 'cycle' | 'dangling_parent';
  readonly nodes: readonly string[];
}

/** A graph of data and steps, ready to be drawn or exported. */
export interface LineageGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly faults: readonly GraphFault[];
}

/** A step that is not from a lineage record, such as a governed call. */
export interface GraphStep {
  readonly id: string;
  readonly title: string;
  readonly labels: readonly string[];
  /** Ids of steps it follows from. */
  readonly follows: readonly string[];
}

const dataId = (id: string): string => `data:${id}`;
const stepId = (id: string): string => `step:${id}`;

/** The graph of some steps; pure, and the same for the same steps. */
export function graphOf(
  records: readonly LineageRecord[],
  steps: readonly GraphStep[] = [],
): LineageGraph {
  const nodes = new Map<string, GraphNode>();
  const edges: GraphEdge[] = [];
  const addData = ({ id, labels = [] }: { id: string; labels?: readonly string[] }): void => {
    const known = nodes.get(dataId(id))?.labels ?? [];
    const joined = [...new Set([...known, ...labels])].sort();
    nodes.set(dataId(id), { id: dataId(id), kind: 'data', title: id, labels: joined });
  };
  for (const { recordId, activity, inputs, outputs, parents } of records) {
    const id = stepId(recordId);
    nodes.set(id, { id, kind: 'step', title: activity, labels: [] });
    for (const input of inputs) {
      addData(input);
      edges.push({ from: dataId(input.id), to: id, kind: 'used' });
    }
    for (const output of outputs) {
      addData(output);
      edges.push({ from: id, to: dataId(output.id), kind: 'made' });
    }
    for (const parent of parents) edges.push({ from: stepId(parent), to: id, kind: 'follows' });
  }
  for (const { id, title, labels, follows } of steps) {
    nodes.set(stepId(id), { id: stepId(id), kind: 'step', title, labels });
    for (const one of follows) edges.push({ from: stepId(one), to: stepId(id), kind: 'follows' });
  }
  const whole = edges.filter(({ from }) => nodes.has(from));
  const dangling = edges.filter(({ from }) => !nodes.has(from));
  return {
    nodes: [...nodes.values()],
    edges: whole,
    faults: [
      ...dangling.map(
        ({ from, to }): GraphFault => ({ code: 'dangling_parent', nodes: [from, to] }),
      ),
      ...cyclesOf([...nodes.keys()], whole),
    ],
  };
}

/** The nodes that remain after removing those without a predecessor, repeatedly. */
function cyclesOf(ids: readonly string[], edges: readonly GraphEdge[]): readonly GraphFault[] {
  const { waiting } = orderOf(ids, edges);
  return waiting.length === 0 ? [] : [{ code: 'cycle', nodes: waiting }];
}

/** The distance of each node from a start, and the nodes that no start reaches (Kahn, 1962). */
export function orderOf(
  ids: readonly string[],
  edges: readonly GraphEdge[],
): { readonly layers: ReadonlyMap<string, number>; readonly waiting: readonly string[] } {
  const after = new Map<string, string[]>(ids.map((id) => [id, []]));
  const before = new Map<string, number>(ids.map((id) => [id, 0]));
  for (const { from, to } of edges) {
    after.get(from)?.push(to);
    before.set(to, (before.get(to) ?? 0) + 1);
  }
  const layers = new Map<string, number>();
  const ready = ids.filter((id) => before.get(id) === 0);
  for (const id of ready) layers.set(id, 0);
  for (let at = 0; at < ready.length; at += 1) {
    const id = ready[at] ?? '';
    for (const next of after.get(id) ?? []) {
      layers.set(next, Math.max(layers.get(next) ?? 0, (layers.get(id) ?? 0) + 1));
      const left = (before.get(next) ?? 0) - 1;
      before.set(next, left);
      if (left === 0) ready.push(next);
    }
  }
  const placed = new Set(ready);
  return { layers, waiting: ids.filter((id) => !placed.has(id)) };
}
