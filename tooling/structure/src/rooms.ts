import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import ts from 'typescript';
import { components, floorsOf, type Graph, upwardArrows } from './graph.js';

/** How the sources of a package hang together. */
export interface PackageStructure {
  readonly name: string;
  readonly files: number;
  /** Folders and files directly below `src`. */
  readonly rooms: number;
  /** Rooms on the longest way down from room to room; rooms in a cycle share a floor. */
  readonly floors: number;
  /** Pairs of rooms of which one imports the other, types included. */
  readonly arrows: number;
  /** Arrows that would have to go for the rooms to be without cycles. */
  readonly upward: readonly string[];
  /** Groups of files that import each other in a cycle. */
  readonly cycles: readonly (readonly string[])[];
}

const TEST_MATERIAL = /\.test(-d)?\.ts$|^test-|^testing$|^fixtures$|^vectors$/;

/** Reads a package's sources; tests and what only they use are left out. */
export function readStructure(name: string, folder: string): PackageStructure {
  const root = join(folder, 'src');
  const files = sourcesBelow(root);
  const imports: Graph = new Map(files.map((file) => [file, importsOf(file)]));
  const rooms = new Map<string, Set<string>>();
  for (const [file, targets] of imports) {
    const from = roomOf(root, file);
    const arrows = rooms.get(from) ?? new Set();
    for (const target of targets) {
      const to = roomOf(root, target);
      if (to !== from && imports.has(target)) arrows.add(to);
    }
    rooms.set(from, arrows);
  }
  return {
    name,
    files: files.length,
    rooms: rooms.size,
    floors: floorsOf(rooms),
    arrows: [...rooms.values()].reduce((sum, { size }) => sum + size, 0),
    upward: upwardArrows(rooms),
    cycles: components(imports)
      .filter((group) => group.length > 1)
      .map((group) => group.map((file) => relative(folder, file)).sort()),
  };
}

function sourcesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !TEST_MATERIAL.test(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return sourcesBelow(path);
      return entry.name.endsWith('.ts') ? [path] : [];
    });
}

/** Files of its own package that a file imports or passes on, types included. */
function importsOf(file: string): readonly string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.'))
    .map((name) => join(dirname(file), name.replace(/\.js$/, '.ts')))
    .filter((path) => existsSync(path));
}

const roomOf = (root: string, file: string): string =>
  relative(root, file).split(sep)[0]?.replace(/\.ts$/, '') ?? '';
