import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** A type name that several files export, and which they are. */
export interface SharedName {
  readonly name: string;
  readonly files: readonly string[];
}

const SOURCE = /^packages\/[^/]+\/src\/.+\.ts$/;
const TEST_MATERIAL = /\.test\.ts$|\/testing\/fixtures\.ts$|\/test-[^/]+\.ts$|\.d\.ts$/;

/** Whether exported type names of a file count: shipped sources of packages. */
export function isShipped(path: string): boolean {
  return SOURCE.test(path) && !TEST_MATERIAL.test(path);
}

function declaresType(node: ts.Statement): node is ts.DeclarationStatement {
  return (
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isClassDeclaration(node)
  );
}

/** The types a file declares and exports; what it passes on from other files does not count. */
export function exportedTypes(path: string, text: string): readonly string[] {
  const { statements } = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false);
  return statements.flatMap((node) => {
    if (!declaresType(node) || node.name === undefined) return [];
    const exported = ts.getModifiers(node as ts.InterfaceDeclaration) ?? [];
    return exported.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
      ? [node.name.text]
      : [];
  });
}

/** Names that stand for more than one exported type, sorted. */
export function sharedTypeNames(
  root: URL,
  paths: readonly string[],
  read: (path: string) => string = (path) => readFileSync(new URL(path, root), 'utf8'),
): readonly SharedName[] {
  const files = new Map<string, string[]>();
  for (const path of paths.filter(isShipped)) {
    for (const name of exportedTypes(path, read(path))) {
      files.set(name, [...(files.get(name) ?? []), path]);
    }
  }
  return [...files]
    .filter(([, found]) => found.length > 1)
    .map(([name, found]) => ({ name, files: found.sort() }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
