import type { LineageRecord, Walk } from './types.js';

/** Finds the steps that used or made some data. */
export type FindSteps = (data: string) => Promise<readonly LineageRecord[]>;

export type Direction = 'ancestors' | 'descendants';

const MAX_STEPS = 10_000;

/**
 * Walks from data to what it was made from, or to what was made from it, nearest first. Each piece
 * of data takes one look-up by index, so the cost grows with the answer, not with the log.
 */
export async function walk(
  find: FindSteps,
  from: readonly string[],
  direction: Direction,
  maxSteps = MAX_STEPS,
): Promise<Walk> {
  const seen = new Set(from);
  const records = new Map<string, LineageRecord>();
  const queue = [...from];
  let at = 0;
  for (; at < queue.length && at < maxSteps; at += 1) {
    const data = queue[at] ?? '';
    for (const record of await find(data)) {
      const [near, far] =
        direction === 'ancestors'
          ? [record.outputs, record.inputs]
          : [record.inputs, record.outputs];
      if (!near.some(({ id }) => id === data)) continue;
      records.set(record.recordId, record);
      for (const { id } of far) {
        if (seen.has(id)) continue;
        seen.add(id);
        queue.push(id);
      }
    }
  }
  return {
    data: queue.slice(from.length),
    records: [...records.values()].sort((a, b) => a.index - b.index),
    truncated: at < queue.length,
  };
}
