import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkspacePackage } from '@spanforge-tooling/workspace';
import ts from 'typescript';

/** One import, export-from, `import()`, `require()` or `new URL(…, import.meta.url)` of a file. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
}

/** One source file of a package, parsed. */
export interface Source {
  /** Seen from the package: `src/index.ts`. */
  readonly path: string;
  /** What stands outside `src/` and `bin/`, such as benchmarks, is held to the rules of tests. */
  readonly kind: 'shipped' | 'test' | 'config';
  readonly tree: ts.SourceFile;
  readonly imports: readonly Import[];
}

const sourceName = /\.(ts|tsx|mts|js|jsx|mjs)$/;
const testName = /\.(test|test-d|spec|bench)\.[a-z]+$/;
const skipped = new Set(['node_modules', 'dist', 'test-results', 'coverage']);

/** Reads every source file of a package. Files under a folder named `fixtures` are data. */
export function readSources(workspacePackage: WorkspacePackage): readonly Source[] {
  return listFiles(workspacePackage.directory, '').map((path) => {
    const text = readFileSync(join(workspacePackage.directory, path), 'utf8');
    const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    return { path, kind: kindOf(path), tree, imports: importsOf(tree) };
  });
}

/** The line, from 1, on which a node begins. */
export function lineOf(tree: ts.SourceFile, node: ts.Node): number {
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
}

function listFiles(directory: string, below: string): string[] {
  if (!existsSync(join(directory, below))) return [];
  return readdirSync(join(directory, below), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) {
        const data = skipped.has(entry.name) || entry.name === 'fixtures';
        return data || entry.name.startsWith('.') ? [] : listFiles(directory, path);
      }
      return sourceName.test(entry.name) ? [path] : [];
    });
}

function kindOf(path: string): Source['kind'] {
  if (/\.config\.[a-z]+$/.test(path)) return 'config';
  return testName.test(path) || !/^(src|bin)\//.test(path) ? 'test' : 'shipped';
}

function importsOf(tree: ts.SourceFile): Import[] {
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) {
      found.push({ specifier: specifier.text, line: lineOf(tree, node) });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return node.argument.literal;
  }
  if (ts.isNewExpression(node)) return scriptUrlOf(node);
  if (!ts.isCallExpression(node)) return undefined;
  const { expression } = node;
  const loads =
    expression.kind === ts.SyntaxKind.ImportKeyword ||
    /^(require|import\.meta(?=\.)|createRequire\(.*\))(\.resolve)?$/.test(expression.getText());
  return loads ? node.arguments[0] : undefined;
}

/** The script that a worker is started from; other files beside a module are data. */
function scriptUrlOf(node: ts.NewExpression): ts.Node | undefined {
  const [url, base] = node.arguments ?? [];
  if (url === undefined || base?.getText() !== 'import.meta.url') return undefined;
  return ts.isStringLiteralLike(url) && sourceName.test(url.text) ? url : undefined;
}
