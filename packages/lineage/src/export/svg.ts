import { type GraphNode, type LineageGraph, orderOf } from '../graph.js';
import { showText } from './show.js';

const WIDTH = 200;
const HEIGHT = 58;
const GAP_X = 70;
const GAP_Y = 26;
const MARGIN = 24;

interface Box {
  readonly node: GraphNode;
  readonly x: number;
  readonly y: number;
}

/**
 * Draws the graph from left to right as one self-contained SVG without script, with escaped text.
 * Nodes of a cycle stand in a column of their own at the end.
 */
export function toSvg(graph: LineageGraph): string {
  const boxes = placeNodes(graph);
  const all = [...boxes.values()];
  const width = Math.max(0, ...all.map(({ x }) => x + WIDTH)) + MARGIN;
  const height = Math.max(0, ...all.map(({ y }) => y + HEIGHT)) + MARGIN;
  const edges = graph.edges.map(({ from, to, kind }) => {
    const [a, b] = [boxes.get(from), boxes.get(to)];
    return a && b ? drawEdge(a, b, kind === 'follows') : '';
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#667085"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...edges,
    ...all.map(drawNode),
    '</svg>',
    '',
  ].join('\n');
}

function placeNodes({ nodes, edges }: LineageGraph): ReadonlyMap<string, Box> {
  const { layers, waiting } = orderOf(
    nodes.map(({ id }) => id),
    edges,
  );
  const last = Math.max(-1, ...layers.values()) + 1;
  const stuck = new Set(waiting);
  const filled = new Map<number, number>();
  const boxes = new Map<string, Box>();
  for (const node of nodes) {
    const layer = stuck.has(node.id) ? last : (layers.get(node.id) ?? 0);
    const row = filled.get(layer) ?? 0;
    filled.set(layer, row + 1);
    const x = MARGIN + layer * (WIDTH + GAP_X);
    boxes.set(node.id, { node, x, y: MARGIN + row * (HEIGHT + GAP_Y) });
  }
  return boxes;
}

function drawEdge(from: Box, to: Box, dashed: boolean): string {
  const [x1, y1] = [from.x + WIDTH, from.y + HEIGHT / 2];
  const [x2, y2] = [to.x, to.y + HEIGHT / 2];
  const bend = Math.max(GAP_X / 2, Math.abs(x2 - x1) / 2);
  const dash = dashed ? ' stroke-dasharray="4 4"' : '';
  return `<path d="M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}" fill="none" stroke="#667085"${dash} marker-end="url(#tip)"/>`;
}

/** Colours of labels that need to be seen; any other label is grey. */
const COLOURS: Readonly<Record<string, string>> = {
  untrusted: '#b42318',
  secret: '#6941c6',
  confidential: '#6941c6',
  internal: '#175cd3',
  pii: '#b54708',
};

const SHOWN_LABELS = 3;
const TITLE = 28;

function drawNode({ node, x, y }: Box): string {
  const { kind, title, labels } = node;
  const [fill, stroke, radius] =
    kind === 'data' ? ['#f9fafb', '#98a2b3', HEIGHT / 2] : ['#eff8ff', '#2e90fa', 8];
  const plain = labels.filter((label) => !label.includes(':'));
  const more = plain.length > SHOWN_LABELS ? [`+${plain.length - SHOWN_LABELS}`] : [];
  const chips = [...plain.slice(0, SHOWN_LABELS), ...more];
  const middle = x + WIDTH / 2;
  return [
    `<g><title>${escapeXml(showText(title))}${escapeXml(labels.map((one) => ` ${showText(one)}`).join(''))}</title>`,
    `<rect x="${x}" y="${y}" width="${WIDTH}" height="${HEIGHT}" rx="${radius}" fill="${fill}" stroke="${stroke}"/>`,
    `<text x="${middle}" y="${y + (chips.length === 0 ? 33 : 24)}" text-anchor="middle" fill="#101828">${escapeXml(shorten(showText(title)))}</text>`,
    chips.length === 0
      ? ''
      : `<text x="${middle}" y="${y + 44}" text-anchor="middle" font-size="10">${chips.map(drawChip).join(' ')}</text>`,
    '</g>',
  ].join('');
}

function drawChip(label: string): string {
  const colour = Object.hasOwn(COLOURS, label) ? COLOURS[label] : '#475467';
  return `<tspan fill="${colour}" font-weight="600">${escapeXml(showText(label))}</tspan>`;
}

function shorten(text: string): string {
  const letters = [...text];
  return letters.length > TITLE ? `${letters.slice(0, TITLE - 1).join('')}…` : text;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (one) => `&#${one.codePointAt(0)};`);
}
