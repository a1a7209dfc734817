import { CST, Lexer, Parser } from 'yaml';
import type { Limits } from './limits.js';
import type { YamlFault } from './source.js';

/** Constructs that make a file ambiguous, or turn a small file into a large value. */
const REFUSED: ReadonlyMap<string, Pick<YamlFault, 'code' | 'message'>> = new Map([
  ['directive-line', { code: 'YAML_DIRECTIVE', message: 'directives are not allowed' }],
  ['tag', { code: 'YAML_TAG', message: 'tags are not allowed' }],
  ['anchor', { code: 'YAML_ALIAS', message: 'anchors are not allowed' }],
  ['alias', { code: 'YAML_ALIAS', message: 'aliases are not allowed' }],
]);

/** Marks that the lexer adds between tokens and that are not in the text. */
const MARKS: ReadonlySet<string> = new Set([CST.DOCUMENT, CST.FLOW_END, CST.SCALAR]);

/**
 * The first construct that is not allowed, whatever else is wrong with the text. Brackets are
 * counted here already: a tree of many of them is slow to build.
 */
export function findRefused(text: string, { maxAliases, maxDepth }: Limits): YamlFault | undefined {
  let offset = 0;
  let before = '';
  const aliases: number[] = [];
  let brackets = 0;
  for (const token of new Lexer().lex(text)) {
    // What follows the mark of a scalar is its text, which may look like anything.
    const type = before === CST.SCALAR ? null : CST.tokenType(token);
    const refused = REFUSED.get(type ?? '');
    if (refused && !(refused.code === 'YAML_ALIAS' && maxAliases > 0)) {
      return { ...refused, offset };
    }
    if (type === 'alias' && aliases.push(offset) > maxAliases) {
      const message = `more than ${maxAliases} aliases`;
      return { code: 'YAML_ALIAS', message, offset: aliases[0] ?? offset };
    }
    if (type === 'flow-map-start' || type === 'flow-seq-start') brackets += 1;
    if (type === 'flow-map-end' || type === 'flow-seq-end') brackets -= 1;
    if (brackets > maxDepth) return tooDeep(maxDepth, offset);
    if (!MARKS.has(token)) offset += token.length;
    before = token;
  }
  return undefined;
}

function tooDeep(maxDepth: number, offset: number): YamlFault {
  const message = `too many parts: nested deeper than ${maxDepth}`;
  return { code: 'YAML_TOO_DEEP', message, offset };
}

/** The tokens of a text as a tree, in linear time. */
export function parseTokens(text: string): readonly CST.Token[] {
  return [...new Parser().parse(text)];
}

/** Walks the tree without recursion and finds the first place that goes over a limit. */
export function checkShape(
  tokens: readonly CST.Token[],
  { maxDepth, maxEntries }: Limits,
): YamlFault | undefined {
  const pending = tokens.map((token) => ({ token, depth: 0 })).reverse();
  let documents = 0;
  for (let visit = pending.pop(); visit !== undefined; visit = pending.pop()) {
    const { token, depth } = visit;
    const offset = 'offset' in token ? token.offset : 0;
    if (token.type === 'document' && ++documents > 1) {
      const message = 'several documents in one text are not allowed';
      return { code: 'YAML_SEVERAL_DOCUMENTS', message, offset };
    }
    if (depth > maxDepth) return tooDeep(maxDepth, offset);
    if ('items' in token && token.items.length > maxEntries) {
      const message = `too many parts: more than ${maxEntries} entries in one place`;
      return { code: 'YAML_TOO_MANY_PARTS', message, offset };
    }
    for (const child of childrenOf(token)) pending.push({ token: child, depth: depth + 1 });
  }
  return undefined;
}

function childrenOf(token: CST.Token): readonly CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!('items' in token)) return [];
  const items: readonly { readonly key?: unknown; readonly value?: unknown }[] = token.items;
  return items.flatMap(({ key, value }) => [key, value].filter(isToken));
}

function isToken(value: unknown): value is CST.Token {
  return typeof value === 'object' && value !== null && 'type' in value;
}
