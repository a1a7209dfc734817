import { join } from 'node:path';
import ts from 'typescript';

/**
 * A program over files on disk and files that exist only in memory, with the repository's own
 * compiler options.
 *
 * @param virtual contents by absolute path; they resolve modules as if they stood there.
 * @throws {Error} when tsconfig.base.json cannot be read.
 */
export function createProgram(
  root: string,
  files: readonly string[],
  virtual: ReadonlyMap<string, string> = new Map(),
): ts.Program {
  const options = compilerOptions(root);
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (path) => virtual.has(path) || fileExists(path);
  host.readFile = (path) => virtual.get(path) ?? readFile(path);
  return ts.createProgram([...files, ...virtual.keys()], options, host);
}

/**
 * The compiler options of the repository.
 *
 * @throws {Error} when tsconfig.base.json cannot be read.
 */
export function compilerOptions(root: string): ts.CompilerOptions {
  const path = join(root, 'tsconfig.base.json');
  const { config, error } = ts.readConfigFile(path, ts.sys.readFile);
  if (error !== undefined) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, ' '));
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  // A README may show the whole composition, which the package itself must not depend on.
  const paths = { spanforge: [join(root, 'packages/cli/src/index.ts')] };
  return { ...options, paths, typeRoots: [join(root, 'node_modules/@types')] };
}
