import { parseJson } from '@spanforge/core-signing';
import { parse as parseToml, TomlError } from 'smol-toml';
import { GateError } from '../error.js';
import { createCollector, type LockContent } from './package.js';

type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const NAME = '([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)';
const PINNED = new RegExp(`^${NAME}\\s*(?:\\[[^\\]]*\\])?\\s*(?:===|==)\\s*([^\\s,;*]+)\\s*$`);
const NAMED = new RegExp(`^${NAME}`);

/** A line that names another file of requirements: `-r other.txt`. */
export interface Included {
  readonly path: string;
}

/** Reads requirements.txt: its pins, and the files it includes. */
export function readRequirements(
  text: string,
  file: string,
): LockContent & { readonly included: readonly Included[] } {
  const found = createCollector('PyPI', file);
  const included: Included[] = [];
  for (const line of text.replace(/\\\r?\n/g, ' ').split(/\r?\n/)) {
    const plain = line.replace(/(^|\s)#.*$/, '').trim();
    if (plain === '') continue;
    const include = /^(?:-r|--requirement)[\s=]*(\S+)$/.exec(plain)?.[1];
    if (include !== undefined) {
      included.push({ path: include });
      continue;
    }
    if (/^(?:-e|--editable)\b/.test(plain)) {
      found.skip(plain);
      continue;
    }
    if (plain.startsWith('-')) continue;
    const requirement = plain
      .replace(/\s--(?:hash|config-settings|global-option)\S*(?:\s+\S+)?/g, '')
      .split(/\s*;/)[0]
      ?.trim();
    const [, name, version] = PINNED.exec(requirement ?? '') ?? [];
    if (name !== undefined && version !== undefined) found.add(name, version);
    else found.skip(NAMED.exec(plain)?.[1] ?? plain.slice(0, 64));
  }
  return { ...found.done(), included };
}

function readTomlPackages(text: string, file: string): readonly Members[] {
  let value: unknown;
  try {
    value = parseToml(text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    throw new GateError('GATE_INPUT_INVALID', `${file}:${cause.line}: not TOML`, { cause });
  }
  const packages = isMembers(value) ? value.package : undefined;
  if (packages === undefined) return [];
  if (!Array.isArray(packages)) throw new GateError('GATE_INPUT_INVALID', `${file}: no packages`);
  return packages.filter(isMembers);
}

/** Reads poetry.lock and uv.lock. */
export function readTomlLock(text: string, file: string): LockContent {
  const found = createCollector('PyPI', file);
  for (const { name, version, source } of readTomlPackages(text, file)) {
    if (typeof name !== 'string') throw new GateError('GATE_INPUT_INVALID', `${file}: no name`);
    const from = isMembers(source) ? source : {};
    // uv lists the project itself this way; it does not come from a registry.
    if ('virtual' in from || 'editable' in from || 'directory' in from) continue;
    const foreign = 'git' in from || 'url' in from || 'path' in from || isForeignType(from.type);
    if (typeof version === 'string' && !foreign) found.add(name, version);
    else found.skip(name);
  }
  return found.done();
}

const isForeignType = (type: unknown): boolean =>
  typeof type === 'string' && ['git', 'directory', 'file', 'url'].includes(type);

/** Reads the output of `pip list --format=json`. */
export function readPipList(text: string, file: string): LockContent {
  const list = parseJson(text, { maxBytes: 64 * 1024 * 1024 });
  if (!Array.isArray(list))
    throw new GateError('GATE_INPUT_INVALID', `${file}: not a package list`);
  const found = createCollector('PyPI', file);
  for (const entry of list) {
    if (!isMembers(entry) || typeof entry.name !== 'string' || typeof entry.version !== 'string') {
      throw new GateError('GATE_INPUT_INVALID', `${file}: not a package list`);
    }
    if ('editable_project_location' in entry) found.skip(entry.name);
    else found.add(entry.name, entry.version);
  }
  return found.done();
}
