import { parseJson } from '@spanforge/core-signing';
import { readYaml } from '@spanforge/yaml';
import { GateError } from '../error.js';
import { createCollector, type LockContent } from './package.js';

type Members = Readonly<Record<string, unknown>>;

const MAX_BYTES = 64 * 1024 * 1024;
const YAML_LIMITS = { maxBytes: MAX_BYTES, maxEntries: 1_000_000, maxDepth: 64, maxAliases: 0 };

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const invalidError = (file: string): GateError =>
  new GateError('GATE_INPUT_INVALID', `${file}: expected a lock file of the kind its name says`, {
    details: { file },
  });

const REGISTRY_VERSION = /^v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]*)?$/;

/** Reads package-lock.json and npm-shrinkwrap.json, lock file versions 1 to 3. */
export function readPackageLock(text: string, file: string): LockContent {
  const lock = parseJson(text, { maxBytes: MAX_BYTES });
  if (!isMembers(lock)) throw invalidError(file);
  const found = createCollector('npm', file);
  if (isMembers(lock.packages)) {
    for (const [path, entry] of Object.entries(lock.packages)) {
      const at = path.lastIndexOf('node_modules/');
      // The root and the workspaces do not come from a registry; links point at them.
      if (at < 0 || !isMembers(entry) || entry.link === true) continue;
      const folder = path.slice(at + 'node_modules/'.length);
      const name = typeof entry.name === 'string' ? entry.name : folder;
      const foreign =
        typeof entry.resolved === 'string' && /^(?:git|file|ssh)/.test(entry.resolved);
      if (typeof entry.version === 'string' && !foreign) found.add(name, entry.version);
      else found.skip(name);
    }
  } else if (isMembers(lock.dependencies)) {
    addTree(lock.dependencies, found, 0);
  } else if (!('lockfileVersion' in lock)) {
    throw invalidError(file);
  }
  return found.done();
}

function addTree(tree: Members, found: ReturnType<typeof createCollector>, depth: number): void {
  if (depth > 200) return;
  for (const [name, entry] of Object.entries(tree)) {
    if (!isMembers(entry)) continue;
    const version = String(entry.version ?? '');
    const alias = /^npm:(.+)@([^@]+)$/.exec(version);
    if (alias?.[1] !== undefined && alias[2] !== undefined) found.add(alias[1], alias[2]);
    else if (REGISTRY_VERSION.test(version)) found.add(name, version);
    else found.skip(name);
    if (isMembers(entry.dependencies)) addTree(entry.dependencies, found, depth + 1);
  }
}

const PACKAGE_NAME = /^(?:@[^/@]+\/)?[^/@]+$/;

/** Splits `name@version` in the spellings of pnpm's lock file versions 5 to 9. */
function splitPnpmKey(key: string): readonly [string, string] | undefined {
  const plain = key.replace(/^\//, '').replace(/\(.*$/s, '');
  const at = plain.indexOf('@', 1);
  if (at > 0) {
    const [name, version] = [plain.slice(0, at), plain.slice(at + 1)];
    if (PACKAGE_NAME.test(name) && REGISTRY_VERSION.test(version)) return [name, version];
  }
  const old = /^((?:@[^/]+\/)?[^/@]+)\/(\d[^/_]*)(?:_.*)?$/.exec(plain);
  return old?.[1] !== undefined && old[2] !== undefined && REGISTRY_VERSION.test(old[2])
    ? [old[1], old[2]]
    : undefined;
}

/** Reads pnpm-lock.yaml. */
export function readPnpmLock(text: string, file: string): LockContent {
  const { value } = readYaml(text, YAML_LIMITS);
  if (!isMembers(value) || !('lockfileVersion' in value)) throw invalidError(file);
  const found = createCollector('npm', file);
  for (const [key, entry] of Object.entries(isMembers(value.packages) ? value.packages : {})) {
    const pinned = splitPnpmKey(key);
    if (pinned !== undefined) found.add(...pinned);
    else if (isMembers(entry) && !isLocal(key, entry)) found.skip(key);
  }
  return found.done();
}

const isLocal = (key: string, entry: Members): boolean =>
  /^(?:link|workspace):/.test(key) ||
  (isMembers(entry.resolution) && entry.resolution.type === 'directory');

/** The name that a yarn descriptor resolves to: `alias@npm:real@^1` is `real`. */
function yarnName(descriptor: string): string | undefined {
  const alias = /@npm:((?:@[^/@]+\/)?[^@/]+)@/.exec(descriptor)?.[1];
  return alias ?? /^((?:@[^/@]+\/)?[^@/]+)@/.exec(descriptor)?.[1];
}

/** Reads yarn.lock of yarn 1. */
function readYarnOne(text: string, file: string): LockContent {
  const found = createCollector('npm', file);
  let name: string | undefined;
  let foreign = false;
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    if (!/^\s/.test(line)) {
      const descriptor =
        line.replace(/:\s*$/, '').split(',')[0]?.trim().replace(/^"|"$/g, '') ?? '';
      name = yarnName(descriptor);
      foreign = /@(?:git|https?|file|link|ssh|github)[:+]/.test(descriptor);
      if (name === undefined) throw invalidError(file);
    } else {
      const version = /^ {2}version:? "?([^"\s]+)"?\s*$/.exec(line)?.[1];
      if (version === undefined || name === undefined) continue;
      if (foreign || !REGISTRY_VERSION.test(version)) found.skip(name);
      else found.add(name, version);
    }
  }
  return found.done();
}

/** Reads yarn.lock of yarn 2 and later, which is YAML. */
function readYarnBerry(text: string, file: string): LockContent {
  const { value } = readYaml(text, YAML_LIMITS);
  if (!isMembers(value)) throw invalidError(file);
  const found = createCollector('npm', file);
  for (const [key, entry] of Object.entries(value)) {
    if (key === '__metadata' || !isMembers(entry)) continue;
    const resolution = String(entry.resolution ?? key);
    const name = /^((?:@[^/@]+\/)?[^@/]+)@/.exec(resolution)?.[1] ?? yarnName(key);
    const protocol = /^(?:@[^/@]+\/)?[^@/]+@([a-z+]+):/.exec(resolution)?.[1];
    if (name === undefined) throw invalidError(file);
    if (protocol === 'workspace' || protocol === 'link' || protocol === 'portal') continue;
    const version = String(entry.version ?? '');
    const registry = protocol === 'npm' || protocol === 'patch' || protocol === undefined;
    if (registry && REGISTRY_VERSION.test(version)) found.add(name, version);
    else found.skip(name);
  }
  return found.done();
}

/** Reads yarn.lock of any yarn. */
export function readYarnLock(text: string, file: string): LockContent {
  return /^__metadata:/m.test(text) ? readYarnBerry(text, file) : readYarnOne(text, file);
}
