import { GovernError } from '../error.js';
import type { StreamKind, StreamSource } from './source.js';

/** How much of a stream may be kept. */
export interface StreamLimits {
  readonly maxItems: number;
  readonly maxBytes: number;
}

/** Collects the parts of a stream, within limits. */
export interface Collector {
  /** False when the limits are exceeded; nothing of the stream is kept then. */
  add(part: unknown): boolean;
  /** Text parts joined to one text; anything else as the list of its parts. */
  content(): unknown;
}

/** The parts of a stream that are held until they may be released. */
export interface HeldStream {
  readonly kind: StreamKind;
  readonly parts: readonly unknown[];
}

const MAX_NODES = 1_000_000;

/** Roughly how many bytes a part takes; never less than its text and binary. */
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

/** A stream that was read to its end. */
export interface DrainedStream {
  readonly content: unknown;
  readonly held: HeldStream;
}

/**
 * Reads a stream to its end and keeps its parts.
 *
 * @param stopped True once nobody waits for the stream.
 * @throws {GovernError} `GOVERN_STREAM_TOO_LARGE`, and what the stream throws.
 */
export async function drainStream(
  source: StreamSource,
  limits: StreamLimits,
  stopped: () => boolean,
): Promise<DrainedStream> {
  const collector = createCollector(limits);
  for (;;) {
    const step = source.kind === 'sync' ? source.next() : await source.next();
    const { done, value } = step as IteratorResult<unknown>;
    if (done) break;
    if (stopped() || !collector.add(value)) {
      source.cancel();
      throw new GovernError(
        'GOVERN_STREAM_TOO_LARGE',
        'the stream exceeds maxStreamItems or maxStreamBytes',
      );
    }
  }
  return {
    content: collector.content(),
    held: { kind: source.kind, parts: [...collector.parts] },
  };
}
