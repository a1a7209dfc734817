/** The kinds of streams a tool may answer with. */
export type StreamKind = 'async' | 'web' | 'sync';

/** A stream being read, of whatever kind. */
export interface StreamSource {
  readonly kind: StreamKind;
  next(): Promise<IteratorResult<unknown>> | IteratorResult<unknown>;
  /** Tells it that nobody reads any further. Never throws, and waits for nothing. */
  cancel(): void;
}

function hasMethod(value: object, name: PropertyKey): boolean {
  return typeof (value as Record<PropertyKey, unknown>)[name] === 'function';
}

/** The kind of stream a value is: a web stream, an async iterable or a started generator. */
export function streamKind(value: unknown): StreamKind | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (hasMethod(value, 'getReader') && hasMethod(value, 'tee')) return 'web';
  if (hasMethod(value, Symbol.asyncIterator)) return 'async';
  return hasMethod(value, Symbol.iterator) && hasMethod(value, 'next') ? 'sync' : undefined;
}

function quietly(work: () => unknown): void {
  try {
    Promise.resolve(work()).catch(() => undefined);
  } catch {
    // The source has been told; how it reacts does not matter here.
  }
}

/** Starts reading a stream, which locks it. @throws what its own methods throw. */
export function openStream(value: unknown, kind: StreamKind): StreamSource {
  if (kind === 'web') {
    const reader = (value as ReadableStream<unknown>).getReader();
    return {
      kind,
      next: async () => {
        const { done, value: part } = await reader.read();
        return done ? { done: true, value: undefined } : { done: false, value: part };
      },
      cancel: () => quietly(() => reader.cancel()),
    };
  }
  const iterator =
    kind === 'async'
      ? (value as AsyncIterable<unknown>)[Symbol.asyncIterator]()
      : (value as Iterable<unknown>)[Symbol.iterator]();
  return {
    kind,
    next: () => iterator.next(),
    cancel: () => quietly(() => iterator.return?.()),
  };
}
