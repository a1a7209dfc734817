import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Scalar,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Locate, Path, Problems } from '../bundle/problem.js';

/** Refuses what YAML can say and JSON cannot: tags, keys that are no strings, NaN, large integers. */
export function checkNodes(document: Document, lines: LineCounter, problems: Problems): void {
  const report = (node: Node, message: string): void => {
    const { line, col } = lines.linePos(node.range?.[0] ?? 0);
    problems.add('POLICY_SYNTAX', [], message, { line, column: col });
  };
  const checkTag = (node: Scalar | YAMLMap | YAMLSeq): void => {
    if (node.tag !== undefined) report(node, 'Tags are not accepted.');
  };
  visit(document, {
    Pair(_key, { key }) {
      if (isScalar(key) && typeof key.value === 'string') return;
      if (isNode(key)) report(key, 'A key has to be a string; quote it.');
    },
    Map: (_key, node) => checkTag(node),
    Seq: (_key, node) => checkTag(node),
    Scalar(_key, node) {
      checkTag(node);
      const { value } = node;
      if (typeof value !== 'number') return;
      if (!Number.isFinite(value)) report(node, 'A number has to be finite.');
      else if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
        report(node, 'This number is beyond 2^53 - 1; write it as a string.');
      }
    },
  });
}

/** Finds places in a document; an unknown path is found at the nearest thing around it. */
export function createLocate(document: Document, text: string, lines: LineCounter): Locate {
  return (path, part) => {
    const found = findNode(document, path, part === 'key');
    const start = found.offset + (typeof part === 'number' ? shift(text, found, part) : 0);
    const { line, col } = lines.linePos(start);
    return { line, column: col };
  };
}

interface Found {
  readonly offset: number;
  /** The string that stands there, where one does. */
  readonly value?: string;
}

function findNode(document: Document, path: Path, keyOnly: boolean): Found {
  let node: unknown = document.contents;
  let key: unknown = node;
  for (const part of path) {
    const next = childOf(isAlias(node) ? node.resolve(document) : node, part);
    if (next === undefined) return { offset: offsetOf(node) ?? 0 };
    ({ key, value: node } = next);
  }
  const offset = (keyOnly ? offsetOf(key) : offsetOf(node)) ?? 0;
  return isScalar(node) && typeof node.value === 'string'
    ? { offset, value: node.value }
    : { offset };
}

function childOf(
  holder: unknown,
  part: string | number,
): { key: unknown; value: unknown } | undefined {
  if (isMap(holder)) {
    const pair = holder.items.find(({ key }) => isScalar(key) && key.value === part);
    return isPair(pair) ? { key: pair.key, value: pair.value ?? pair.key } : undefined;
  }
  if (isSeq(holder) && typeof part === 'number') {
    const item = holder.items[part];
    return item === undefined ? undefined : { key: item, value: item };
  }
  return undefined;
}

function offsetOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node)) return undefined;
  return Array.isArray(node.range) && typeof node.range[0] === 'number' ? node.range[0] : undefined;
}

/** How far into the text an offset of a string lies, where the string stands there as it is. */
function shift(text: string, { offset, value }: Found, into: number): number {
  if (value === undefined) return 0;
  for (const quote of [0, 1]) {
    if (text.startsWith(value, offset + quote)) return quote + into;
  }
  return 0;
}
