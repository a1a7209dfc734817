import { join } from 'node:path';
import { Application, LogLevel, type ProjectReflection, ReflectionKind } from 'typedoc';
import type { EntryPoint } from './entry-points.js';
import { compilerOptions } from './program.js';

/** A reference that can be written. */
export interface ApiReference {
  /** Names of its modules, as they are imported. */
  readonly modules: readonly string[];
  /** Writes HTML pages into a folder, replacing what is there. */
  write(folder: string): Promise<void>;
}

/**
 * Reads the TSDoc of entry points, from their sources: nothing has to be built.
 *
 * @throws {Error} when TypeDoc does not get through, or a module of the reference is no entry point.
 */
export async function readReference(
  root: string,
  entryPoints: readonly EntryPoint[],
): Promise<ApiReference> {
  const sources = entryPoints.map(({ source }) => source);
  // No readers: an options file or tsconfig.json that happens to lie around changes nothing.
  const app = await Application.bootstrap(
    {
      name: 'SpanForge',
      entryPoints: sources,
      basePath: root,
      readme: 'none',
      disableSources: true,
      excludeInternal: true,
      // Types are checked elsewhere; links to what is not exported are no fault here.
      skipErrorChecking: true,
      validation: false,
      logLevel: LogLevel.Error,
    },
    [],
  );
  app.options.setCompilerOptions(sources, compilerOptions(root), undefined);
  const project = await app.convert();
  if (project === undefined || app.logger.hasErrors()) throw new Error('TypeDoc failed: see above');
  nameModules(project, root, entryPoints);
  return {
    modules: (project.children ?? []).map(({ name }) => name),
    write: (folder) => app.generateDocs(project, folder),
  };
}

/** Modules are called as they are imported, not by where their sources lie. */
function nameModules(
  project: ProjectReflection,
  root: string,
  entryPoints: readonly EntryPoint[],
): void {
  const specifiers = new Map(entryPoints.map(({ specifier, source }) => [source, specifier]));
  for (const module of project.getChildrenByKind(ReflectionKind.Module)) {
    const source = project.getSymbolIdFromReflection(module)?.fileName ?? '';
    const specifier = specifiers.get(join(root, source)) ?? specifiers.get(source);
    if (specifier === undefined) throw new Error(`${module.name} (${source}) is no entry point`);
    module.name = specifier;
  }
}
