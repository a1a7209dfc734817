import { type Document, isAlias, isMap, isPair, isScalar, isSeq } from 'yaml';
import type { Position } from './error.js';
import type { YamlSource } from './source.js';

/** The part of a path to locate: its value, its key, or an offset into its string. */
export type Part = 'value' | 'key' | number;

/**
 * The position of a path of keys and indexes. A missing part is located at the nearest part around
 * it.
 */
export type Locate = (path: readonly PropertyKey[], part?: Part) => Position;

interface Found {
  readonly key: unknown;
  readonly value: unknown;
}

/** Finds places in a document. */
export function createLocate(document: Document, { text, positionAt }: YamlSource): Locate {
  return (path, part = 'value') => {
    const { key, value } = find(document, path);
    const offset = offsetOf(part === 'key' ? key : value) ?? 0;
    return positionAt(offset + (typeof part === 'number' ? shift(text, offset, value, part) : 0));
  };
}

function find(document: Document, path: readonly PropertyKey[]): Found {
  let found: Found = { key: document.contents, value: document.contents };
  for (const part of path) {
    const { value } = found;
    const next = childOf(isAlias(value) ? value.resolve(document) : value, part);
    if (next === undefined) return { key: value, value };
    found = next;
  }
  return found;
}

function childOf(holder: unknown, part: PropertyKey): Found | undefined {
  if (isMap(holder)) {
    const pair = holder.items.find(({ key }) => isScalar(key) && key.value === part);
    return isPair(pair) ? { key: pair.key, value: pair.value ?? pair.key } : undefined;
  }
  if (!isSeq(holder) || typeof part !== 'number') return undefined;
  const item = holder.items[part];
  return item === undefined ? undefined : { key: item, value: item };
}

function offsetOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node)) return undefined;
  return Array.isArray(node.range) && typeof node.range[0] === 'number' ? node.range[0] : undefined;
}

/** The offset in the text of an offset in a string, if the text has the string unescaped. */
function shift(text: string, offset: number, node: unknown, into: number): number {
  const value = isScalar(node) ? node.value : undefined;
  if (typeof value !== 'string') return 0;
  for (const quote of [0, 1]) {
    if (text.startsWith(value, offset + quote)) return quote + into;
  }
  return 0;
}
