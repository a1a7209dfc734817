import { Document, isMap, isNode, isPair, isScalar, isSeq, type Node, Scalar } from 'yaml';

/** The path of a part: keys of maps and positions in lists, from the root. */
export type YamlPath = readonly (string | number)[];

/** The layout of a text; its meaning does not depend on it. */
export interface YamlLayout {
  /**
   * Maps and lists at a smaller depth than this go over several lines, however short they are. The
   * root has depth 0. 1 when absent.
   */
  readonly blockDepth?: number;
  /** Maps and lists whose JSON is at most this long go on one line; 100 when absent. */
  readonly maxLineLength?: number;
  /** Lines that stand as comments above a part; none when absent. */
  readonly commentsAbove?: (path: YamlPath) => readonly string[];
  /** Whether an empty line stands above a part; none when absent. */
  readonly blankAbove?: (path: YamlPath) => boolean;
}

/** Words that need no quotes, in YAML 1.1 either. */
const PLAIN = /^[A-Za-z_][A-Za-z0-9_.-]*( [A-Za-z_][A-Za-z0-9_.-]*)*$/;
const WORD_OF_YAML = /^(true|false|null|yes|no|on|off|y|n)$/i;

/**
 * Writes plain data as one YAML document that {@link readYaml} reads back as the same data.
 *
 * Members that are `undefined` are left out. Text goes on one line. Characters outside ASCII are
 * escaped, in comments too, so that nothing in the file is invisible. No anchors, no tags.
 *
 * Integers beyond 2^53 - 1 are written too; {@link readYaml} refuses them.
 *
 * @throws {TypeError} for a number that is not finite.
 */
export function writeYaml(value: unknown, layout: YamlLayout = {}): string {
  const document = new Document(value, {
    version: '1.2',
    schema: 'core',
    aliasDuplicateObjects: false,
  });
  if (document.contents !== null) layOut(document.contents, [], layout);
  const text = document.toString({
    blockQuote: false,
    doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
    lineWidth: 0,
  });
  return escapeText(text);
}

function layOut(node: Node, path: YamlPath, layout: YamlLayout): void {
  if (isScalar(node)) {
    layOutScalar(node);
    return;
  }
  if (!isMap(node) && !isSeq(node)) return;
  const { blockDepth = 1, maxLineLength = 100 } = layout;
  node.flow =
    node.items.length === 0 ||
    (path.length >= blockDepth && JSON.stringify(node).length <= maxLineLength);
  for (const [at, item] of node.items.entries()) {
    const [first, value, key] = isNode(item) ? [item, item, at] : partsOf(item);
    const below = [...path, key];
    if (!node.flow) standAbove(first, below, layout);
    if (value !== first) layOut(first, below, layout);
    layOut(value, below, layout);
  }
}

function partsOf(pair: unknown): [Node, Node, string] {
  if (!isPair(pair) || !isScalar(pair.key) || !isNode(pair.value)) {
    throw new TypeError('expected plain data');
  }
  return [pair.key, pair.value, String(pair.key.value)];
}

function layOutScalar(node: Scalar): void {
  if (typeof node.value === 'number' && !Number.isFinite(node.value)) {
    throw new TypeError('expected a finite number');
  }
  if (typeof node.value !== 'string') return;
  const isPlain = PLAIN.test(node.value) && !WORD_OF_YAML.test(node.value);
  node.type = isPlain ? Scalar.PLAIN : Scalar.QUOTE_DOUBLE;
}

function standAbove(node: Node, path: YamlPath, { commentsAbove, blankAbove }: YamlLayout): void {
  const lines = commentsAbove?.(path) ?? [];
  if (lines.length > 0) node.commentBefore = lines.map((line) => ` ${oneLine(line)}`).join('\n');
  if (blankAbove?.(path) === true) node.spaceBefore = true;
}

/** A comment ends with its line, so text after a line break would be read as data. */
const oneLine = (line: string): string => line.replace(/[\r\n]/g, ' ');

/** Outside quotes and comments everything is ASCII already, so escaping never changes data. */
function escapeText(text: string): string {
  return text.replace(
    /[^\n\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
