import { GovernError } from '../error.js';
import type { StreamKind, StreamSource } from './source.js';

/** How much of a stream is kept. */
export interface StreamLimits {
  readonly maxItems: number;
  readonly maxBytes: number;
}

/** The parts of a stream, as far as they are kept. */
export interface Collector {
  /** False when there is no more room; nothing of the stream is kept then. */
  add(part: unknown): boolean;
  /** Text that came in pieces as one text, anything else as the list of its parts. */
  content(): unknown;
}

/** What is held of a stream until it may be handed on. */
export interface HeldStream {
  readonly kind: StreamKind;
  readonly parts: readonly unknown[];
}

const MAX_NODES = 1_000_000;

/** Bytes a part will take, roughly and never less than the text and binary in it. */
function sizeOf(part: unknown, budget: number): number {
  let size = 0;
  let nodes = 0;
  const open: unknown[] = [part];
  while (open.length > 0) {
    const value = open.pop();
    nodes += 1;
    if (size > budget || nodes > MAX_NODES) return Number.POSITIVE_INFINITY;
    if (typeof value === 'string') size += value.length * 2;
    else if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) size += value.byteLength;
    else if (Array.isArray(value)) for (const item of value) open.push(item);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, member] of Object.entries(value)) {
        size += key.length * 2;
        open.push(member);
      }
    }
    size += 8;
  }
  return size;
}

/** Keeps the parts of a stream within limits. */
export function createCollector({ maxItems, maxBytes }: StreamLimits): Collector & {
  readonly parts: readonly unknown[];
} {
  const parts: unknown[] = [];
  let bytes = 0;
  let full = false;
  return {
    parts,
    add(part) {
      if (full) return false;
      bytes += sizeOf(part, maxBytes - bytes);
      full = bytes > maxBytes || parts.length >= maxItems;
      if (full) parts.length = 0;
      else parts.push(part);
      return !full;
    },
    content: () =>
      parts.length > 0 && parts.every((part) => typeof part === 'string')
        ? parts.join('')
        : [...parts],
  };
}

/** What became of a stream that was read to its end. */
export interface Drained {
  readonly content: unknown;
  readonly held: HeldStream;
}

/**
 * Reads a stream to its end and holds it.
 *
 * @param stopped True once nobody waits for it any more.
 * @throws {GovernError} `GOVERN_STREAM_TOO_LARGE`, and what the stream throws.
 */
export async function drain(
  source: StreamSource,
  limits: StreamLimits,
  stopped: () => boolean,
): Promise<Drained> {
  const collector = createCollector(limits);
  for (;;) {
    const step = source.kind === 'sync' ? source.next() : await source.next();
    const { done, value } = step as IteratorResult<unknown>;
    if (done) break;
    if (stopped() || !collector.add(value)) {
      source.cancel();
      throw new GovernError('GOVERN_STREAM_TOO_LARGE', 'the stream is larger than what is held');
    }
  }
  return {
    content: collector.content(),
    held: { kind: source.kind, parts: [...collector.parts] },
  };
}
