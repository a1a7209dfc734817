import {
  CST,
  type Document,
  isMap,
  isPair,
  isScalar,
  Lexer,
  LineCounter,
  parseDocument,
} from 'yaml';

/** The largest file, in UTF-16 code units. */
export const MAX_YAML_LENGTH = 65_536;

/** Bounds the work of checking keys for duplicates, which grows with their square. */
const MAX_TOKENS = 16_384;

/** Where in a file something is. Lines and columns count from 1. */
export interface YamlPosition {
  readonly line: number;
  readonly column: number;
}

/** A file that was read: its value, and where each part of it stands. */
export interface YamlFile {
  readonly value: unknown;
  /** The position of a path, or of the nearest part above it that is there. */
  locate(path: readonly PropertyKey[]): YamlPosition;
}

/** Makes the error for a fault at a position. */
export type YamlFault = (expectation: string, at: YamlPosition, cause?: unknown) => Error;

/** Constructs that make one file mean several things, or a small file a large value. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['directive-line', 'directives are not allowed'],
  ['anchor', 'anchors are not allowed'],
  ['alias', 'aliases are not allowed'],
  ['tag', 'tags are not allowed'],
]);

/** What the lexer puts between tokens and is not in the text. */
const MARKS: ReadonlySet<string> = new Set([CST.DOCUMENT, CST.FLOW_END, CST.SCALAR]);

function checkTokens(text: string, positionAt: (offset: number) => YamlPosition, fault: YamlFault) {
  let offset = 0;
  let tokens = 0;
  for (const token of new Lexer().lex(text)) {
    const refused = REFUSED.get(CST.tokenType(token) ?? '');
    if (refused !== undefined) throw fault(refused, positionAt(offset));
    tokens += 1;
    if (tokens > MAX_TOKENS) throw fault('too many parts', positionAt(offset));
    if (!MARKS.has(token)) offset += token.length;
  }
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const parent = document.getIn(path.slice(0, length - 1), true);
    const name = String(path[length - 1]);
    const pair = isMap(parent)
      ? parent.items.find(
          (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === name,
        )
      : undefined;
    if (pair && isScalar(pair.key) && pair.key.range) return pair.key.range[0];
    const node = document.getIn(path.slice(0, length), true) as { range?: [number] } | undefined;
    if (node?.range) return node.range[0];
  }
  return 0;
}

/**
 * Reads one YAML 1.2 document of plain data. Warnings count as errors; duplicate keys, several
 * documents, directives, anchors, aliases and tags are refused, and so is a file that is too large.
 */
export function readYaml(text: string, fault: YamlFault): YamlFile {
  const lines = new LineCounter();
  const positionAt = (offset: number): YamlPosition => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  if (typeof text !== 'string' || text.length > MAX_YAML_LENGTH) {
    throw fault(`expected text of at most ${MAX_YAML_LENGTH} characters`, { line: 1, column: 1 });
  }
  lines.addNewLine(0);
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    lines.addNewLine(at + 1);
  }
  const control = text.search(/[^\P{Cc}\t\n\r]/u);
  if (control >= 0) throw fault('control characters are not allowed', positionAt(control));
  checkTokens(text, positionAt, fault);
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    strict: true,
    uniqueKeys: true,
    prettyErrors: false,
    // 'silent' would also keep silent about a second document.
    logLevel: 'error',
  });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem) throw fault(problem.message, positionAt(problem.pos[0]), problem);
  return {
    value: document.toJS({ maxAliasCount: 0 }),
    locate: (path) => positionAt(offsetOf(document, path)),
  };
}
