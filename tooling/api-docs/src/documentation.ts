import { join } from 'node:path';
import { entries, type WorkspacePackage } from '@spanforge-tooling/workspace';
import ts from 'typescript';

/** Finds every export of a package's entries that has no TSDoc, as `file:line name`. */
export function undocumentedExports(
  workspacePackage: WorkspacePackage,
  program: ts.Program,
): readonly string[] {
  const checker = program.getTypeChecker();
  const missing = entries(workspacePackage.manifest).flatMap(({ source }) => {
    const file = program.getSourceFile(join(workspacePackage.directory, source));
    if (file === undefined) return [`${workspacePackage.folder}/${source} does not exist`];
    const module = checker.getSymbolAtLocation(file);
    if (module === undefined) return [`${workspacePackage.folder}/${source} exports nothing`];
    return checker
      .getExportsOfModule(module)
      .filter((symbol) => !isDocumented(symbol, checker))
      .map((symbol) => `${placeOf(symbol, checker, workspacePackage)} ${symbol.name}`);
  });
  return [...new Set(missing)];
}

/** The source files a program needs for {@link undocumentedExports}. */
export function entrySources(workspacePackage: WorkspacePackage): readonly string[] {
  return entries(workspacePackage.manifest).map(({ source }) =>
    join(workspacePackage.directory, source),
  );
}

function isDocumented(symbol: ts.Symbol, checker: ts.TypeChecker): boolean {
  const text = ts.displayPartsToString(target(symbol, checker).getDocumentationComment(checker));
  return text.trim() !== '';
}

function target(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function placeOf(symbol: ts.Symbol, checker: ts.TypeChecker, owner: WorkspacePackage): string {
  const node = target(symbol, checker).declarations?.[0] ?? symbol.declarations?.[0];
  if (node === undefined) return owner.folder;
  const file = node.getSourceFile();
  const { line } = file.getLineAndCharacterOfPosition(node.getStart());
  return `${file.fileName.replace(owner.directory, owner.folder)}:${line + 1}`;
}
