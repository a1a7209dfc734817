import ts from 'typescript';

/** How many of the lines of a program are about SpanForge. */
export interface QuickStartLines {
  readonly lines: number;
  /** The lines themselves, without the space around them. */
  readonly text: readonly string[];
}

const isOurs = (specifier: string): boolean => /^(@spanforge\/|spanforge$)/.test(specifier);

/** The name an expression begins with: `shop` of `shop.reviews.list()`. */
function rootOf(node: ts.Expression): string | undefined {
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isAwaitExpression(node) || ts.isParenthesizedExpression(node))
    return rootOf(node.expression);
  if (ts.isPropertyAccessExpression(node) || ts.isCallExpression(node)) {
    return rootOf(node.expression);
  }
  return undefined;
}

function importedNames({ importClause }: ts.ImportDeclaration): readonly string[] {
  const bindings = importClause?.namedBindings;
  return bindings !== undefined && ts.isNamedImports(bindings)
    ? bindings.elements.map(({ name }) => name.text)
    : [];
}

/**
 * Counts the lines of a program that are there because of SpanForge: imports from its packages, and
 * every line of a call of what it exports or of what such a call made. Handing one of its values to a
 * framework is a line of the framework.
 */
export function spanforgeLines(code: string): QuickStartLines {
  const file = ts.createSourceFile('quick-start.ts', code, ts.ScriptTarget.ES2023, true);
  const ours = new Set<string>();
  const counted = new Set<number>();
  const count = (node: ts.Node): void => {
    const lineOf = (at: number): number => file.getLineAndCharacterOfPosition(at).line;
    for (let line = lineOf(node.getStart(file)); line <= lineOf(node.end); line += 1)
      counted.add(line);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      if (!isOurs(node.moduleSpecifier.text)) return;
      for (const name of importedNames(node)) ours.add(name);
      count(node);
      return;
    }
    if (ts.isCallExpression(node) && ours.has(rootOf(node.expression) ?? '')) count(node);
    if (ts.isVariableDeclaration(node) && node.initializer !== undefined) {
      const root = rootOf(node.initializer);
      const isCall = ts.isCallExpression(
        ts.isAwaitExpression(node.initializer) ? node.initializer.expression : node.initializer,
      );
      if (isCall && ours.has(root ?? '') && ts.isIdentifier(node.name)) ours.add(node.name.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  const all = code.split('\n');
  const lines = [...counted].sort((a, b) => a - b);
  return { lines: lines.length, text: lines.map((line) => (all[line] ?? '').trim()) };
}
