import { join } from 'node:path';
import { entries, type WorkspacePackage } from '@spanforge-tooling/workspace';
import ts from 'typescript';

/** What a port that gives out records has; nobody else has members of these names. */
const MARKS = ['query', 'disclosures', 'getDerived', 'readComplete'];
/** A reader stands in the options themselves, or in an option of theirs. */
const DEPTH = 3;

/**
 * The exported functions that are handed records, or a reader, log or store to read them from, as
 * `specifier name`: by the types of their parameters, through options.
 */
export function readersOfRecords(
  { directory, manifest }: WorkspacePackage,
  program: ts.Program,
): readonly string[] {
  const checker = program.getTypeChecker();
  return entries(manifest).flatMap(({ subpath, source }) => {
    const file = program.getSourceFile(join(directory, source));
    const module = file && checker.getSymbolAtLocation(file);
    if (module === undefined) return [];
    return checker
      .getExportsOfModule(module)
      .filter((symbol) => readsRecords(symbol, checker))
      .map(({ name }) => `${manifest.name}${subpath.slice(1)} ${name}`);
  });
}

function readsRecords(symbol: ts.Symbol, checker: ts.TypeChecker): boolean {
  const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  const target = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
  const isValue = target.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Variable);
  if (isValue === 0) return false;
  return checker
    .getTypeOfSymbol(target)
    .getCallSignatures()
    .flatMap((signature) => signature.getParameters())
    .some((parameter) => leadsToRecords(checker.getTypeOfSymbol(parameter), checker, DEPTH));
}

function leadsToRecords(
  type: ts.Type,
  checker: ts.TypeChecker,
  depth: number,
  seen: Set<ts.Type> = new Set(),
): boolean {
  if (depth < 0 || seen.has(type)) return false;
  seen.add(type);
  const further = (one: ts.Type, left: number) => leadsToRecords(one, checker, left, seen);
  const name = (type.aliasSymbol ?? type.symbol)?.name;
  if (name === 'EvidenceRecord' || MARKS.some((mark) => type.getProperty(mark))) return true;
  if (type.isUnionOrIntersection()) return type.types.some((one) => further(one, depth));
  if ((type.flags & ts.TypeFlags.Object) === 0) return false;
  if (checker.isArrayType(type) || checker.isTupleType(type)) {
    return checker.getTypeArguments(type as ts.TypeReference).some((one) => further(one, depth));
  }
  return type
    .getProperties()
    .filter((property) => !isForeign(property))
    .map((property) => checker.getTypeOfSymbol(property))
    .some((one) => one.getCallSignatures().length === 0 && further(one, depth - 1));
}

function isForeign({ declarations }: ts.Symbol): boolean {
  return declarations?.[0]?.getSourceFile().fileName.includes('node_modules') === true;
}
