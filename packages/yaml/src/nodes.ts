import { type Document, isNode, isScalar, type Node, visit } from 'yaml';
import type { YamlFault } from './source.js';

const startOf = (node: Node): number => node.range?.[0] ?? 0;

function faultOfKey(key: unknown): string | undefined {
  if (!isScalar(key) || typeof key.value !== 'string') return 'a key has to be a string; quote it';
  return (
    faultOfText(key.value) ?? (key.value === '__proto__' ? 'no key may be __proto__' : undefined)
  );
}

function faultOfText(text: string): string | undefined {
  return /\p{Cs}/u.test(text) ? 'half of a character' : undefined;
}

function faultOfValue(value: unknown): string | undefined {
  if (typeof value === 'string') return faultOfText(value);
  if (typeof value !== 'number') return undefined;
  if (!Number.isFinite(value)) return 'expected plain data: a number has to be finite';
  return Number.isInteger(value) && !Number.isSafeInteger(value)
    ? 'this number is beyond 2^53 - 1; write it as a string'
    : undefined;
}

/**
 * Finds values of YAML that plain data cannot have: keys that are not strings, duplicate keys, NaN,
 * large integers, a value inside itself.
 */
export function checkNodes(document: Document): readonly YamlFault[] {
  const faults: YamlFault[] = [];
  const report = (code: YamlFault['code'], message: string, node: unknown): void => {
    faults.push({ code, message, offset: isNode(node) ? startOf(node) : 0 });
  };
  visit(document, {
    Map(_at, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        const message = faultOfKey(key);
        if (message !== undefined) report('YAML_KEY', message, key);
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) report('YAML_DUPLICATE_KEY', 'map keys must be unique', key);
        seen.add(key.value);
      }
    },
    Scalar(at, node) {
      const message = at === 'key' ? undefined : faultOfValue(node.value);
      if (message !== undefined) report('YAML_VALUE', message, node);
    },
    Alias(_at, node, around) {
      const target = node.resolve(document);
      if (target && around.includes(target)) {
        report('YAML_ALIAS', 'this alias refers to a value that contains it', node);
      }
    },
  });
  return faults;
}

/** The first alias: only aliases can make the value of a bounded text unbounded. */
export function firstAlias(document: Document): number {
  let offset = 0;
  visit(document, {
    Alias(_at, node) {
      offset = startOf(node);
      return visit.BREAK;
    },
  });
  return offset;
}
