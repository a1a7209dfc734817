import type { CST } from 'yaml';

/** Bytes of UTF-8 a bundle's text may have: the parser below is linear, what follows it is not. */
export const MAX_BYTES = 256 * 1024;

const MAX_DEPTH = 64;
/** Checking keys for duplicates is quadratic in the size of one map. */
const MAX_ITEMS = 2000;

/** What is wrong with the shape of a text, before any of it is composed into values. */
export interface ShapeProblem {
  readonly offset: number;
  readonly message: string;
}

interface Visit {
  readonly token: CST.Token;
  readonly depth: number;
}

/** Walks the tokens without recursion and finds the first that goes over a limit. */
export function checkShape(tokens: readonly CST.Token[]): ShapeProblem | undefined {
  const pending: Visit[] = tokens.map((token) => ({ token, depth: 0 })).reverse();
  let documents = 0;
  for (let visit = pending.pop(); visit !== undefined; visit = pending.pop()) {
    const { token, depth } = visit;
    const offset = 'offset' in token ? token.offset : 0;
    if (token.type === 'directive') return { offset, message: 'Directives are not accepted.' };
    if (token.type === 'document') {
      documents += 1;
      if (documents > 1) return { offset, message: 'A file holds one bundle.' };
    }
    const children = childTokens(token);
    if (depth > MAX_DEPTH) return { offset, message: `Nests deeper than ${MAX_DEPTH}.` };
    if (children.length > 2 * MAX_ITEMS) {
      return { offset, message: `More than ${MAX_ITEMS} entries in one place.` };
    }
    for (const child of children) pending.push({ token: child, depth: depth + 1 });
  }
  return undefined;
}

function childTokens(token: CST.Token): readonly CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!('items' in token)) return [];
  const items: readonly { readonly key?: unknown; readonly value?: unknown }[] = token.items;
  return items.flatMap(({ key, value }) => [key, value].filter(isToken));
}

function isToken(value: unknown): value is CST.Token {
  return typeof value === 'object' && value !== null && 'type' in value;
}
