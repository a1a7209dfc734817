import type { GraphNode, LineageGraph } from '../graph.js';
import { showText } from './show.js';

/**
 * The graph as a Mermaid flowchart. Text is quoted, and characters that could end a quote are
 * written as entities.
 */
export function toMermaid({ nodes, edges }: LineageGraph): string {
  const names = new Map(nodes.map(({ id }, at) => [id, `n${at}`]));
  const lines = nodes.map((node) => `  ${names.get(node.id)}${shape(node)}`);
  for (const { from, to, kind } of edges) {
    const arrow = kind === 'follows' ? '-.->' : '-->';
    lines.push(`  ${names.get(from)} ${arrow} ${names.get(to)}`);
  }
  return `flowchart LR\n${lines.join('\n')}\n`;
}

function shape({ kind, title, labels }: GraphNode): string {
  const text = [title, ...labels.map((label) => `[${label}]`)].map(quote).join('<br/>');
  return kind === 'data' ? `[("${text}")]` : `["${text}"]`;
}

function quote(text: string): string {
  return showText(text).replace(/[^\p{L}\p{N} _.:/-]/gu, (one) => `#${one.codePointAt(0)};`);
}
