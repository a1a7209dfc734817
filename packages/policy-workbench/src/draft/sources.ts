import type { DraftCall } from './types.js';

/** The place in an earlier call from which a value may come. */
export interface DraftSource {
  /**
   * An argument, a field of the result, a list in it that contains the value, or a map with the
   * value as key.
   */
  readonly kind: 'argument' | 'field' | 'list' | 'key';
  readonly tool: string;
  /** Dotted; empty for the result itself. */
  readonly path: string;
}

/** The values that an earlier call contained, with their places. */
export type KnownValues = ReadonlyMap<unknown, readonly DraftSource[]>;

const MAX_DEPTH = 5;

/** Every text in the arguments and the result of a call. */
export function knownValues({ name: tool, args, result }: DraftCall): KnownValues {
  const known = new Map<unknown, DraftSource[]>();
  const add = (value: unknown, kind: DraftSource['kind'], path: string): void => {
    const list = known.get(value) ?? [];
    if (!list.some((one) => one.kind === kind && one.path === path))
      list.push({ kind, tool, path });
    known.set(value, list);
  };
  for (const [argument, value] of Object.entries(args)) {
    if (typeof value === 'string' && isName(argument)) add(value, 'argument', argument);
  }
  const walk = (value: unknown, path: string, depth: number): void => {
    if (depth > MAX_DEPTH) return;
    if (typeof value === 'string' && path !== '') add(value, 'field', path);
    if (Array.isArray(value)) {
      for (const item of value) if (typeof item === 'string') add(item, 'list', path);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    for (const [key, part] of Object.entries(value)) {
      if (path !== '') add(key, 'key', path);
      if (isName(key)) walk(part, path === '' ? key : `${path}.${key}`, depth + 1);
    }
  };
  walk(readJson(result), '', 0);
  return known;
}

/** True for a name that a path of a bundle can contain. */
const isName = (name: string): boolean => name !== '' && !name.includes('.');

/** The result as the policy will read it: JSON in a text is parsed. */
export function readJson(result: unknown): unknown {
  if (typeof result !== 'string') return result;
  try {
    return JSON.parse(result);
  } catch {
    return result;
  }
}

/** A key for counting equal sources together. */
export function sourceKey({ kind, tool, path }: DraftSource): string {
  return JSON.stringify([kind, tool, path]);
}

/** The prefix by which failures of a tool are told from results. */
export const FAILURE = 'Error';

/** True if a call returned anything but a failure. */
export function isCompleted({ result }: DraftCall): boolean {
  return result !== undefined && !(typeof result === 'string' && result.startsWith(FAILURE));
}
