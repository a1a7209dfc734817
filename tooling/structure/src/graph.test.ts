import fc from 'fast-check';
import { expect, it } from 'vitest';
import { components, floorsOf, type Graph, upwardArrows } from './graph.js';

const graph = (arrows: Readonly<Record<string, string>>): Graph =>
  new Map(Object.entries(arrows).map(([node, targets]) => [node, [...targets]]));

it('counts floors by the longest way down, a cycle as one', () => {
  expect(floorsOf(graph({ a: 'bc', b: 'c', c: '' }))).toBe(3);
  expect(floorsOf(graph({ a: 'b', b: 'ac', c: '' }))).toBe(2);
  expect(floorsOf(graph({}))).toBe(0);
});

it('names as few upward arrows as it takes', () => {
  expect(upwardArrows(graph({ a: 'bc', b: 'c', c: 'a' }))).toEqual(['c > a']);
  expect(upwardArrows(graph({ a: 'bc', b: 'c', c: '' }))).toEqual([]);
});

it('leaves no cycle without the upward arrows, and has none without a cycle', () => {
  const nodes = ['a', 'b', 'c', 'd', 'e'];
  const some = fc.dictionary(
    fc.constantFrom(...nodes),
    fc.subarray(nodes).map((to) => to.join('')),
  );
  fc.assert(
    fc.property(some, (arrows) => {
      const whole = graph(
        Object.fromEntries(nodes.map((node) => [node, (arrows[node] ?? '').replace(node, '')])),
      );
      const upward = upwardArrows(whole);
      const rest = new Map(
        [...whole].map(([node, to]) => [
          node,
          [...to].filter((one) => !upward.includes(`${node} > ${one}`)),
        ]),
      );
      expect(components(rest)).toHaveLength(nodes.length);
      expect(upward.length === 0).toBe(components(whole).length === nodes.length);
    }),
  );
});
