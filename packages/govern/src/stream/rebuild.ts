import type { HeldStream } from './collect.js';

/** The parts to release: the original ones when nothing was changed. */
function partsOf(held: HeldStream, content: unknown, changed: boolean): readonly unknown[] {
  if (typeof content === 'string' && !changed) return held.parts;
  return Array.isArray(content) ? content : [content];
}

async function* asynchronously(parts: readonly unknown[]): AsyncGenerator<unknown> {
  yield* parts;
}

function* synchronously(parts: readonly unknown[]): Generator<unknown> {
  yield* parts;
}

/** Turns what may be released back into a stream of the original kind. */
export function rebuildStream(held: HeldStream, content: unknown, changed: boolean): unknown {
  const parts = partsOf(held, content, changed);
  if (held.kind === 'sync') return synchronously(parts);
  if (held.kind === 'async') return asynchronously(parts);
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
}
