import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path/posix';
import { SigningError, sha256, toHex, utf8 } from '@spanforge/core-signing';
import { YamlError } from '@spanforge/yaml';
import { GateError } from '../error.js';
import type { ExecutorInput, GateInput } from '../executor.js';
import { insideRoot } from '../files/inside.js';
import { readRegularText } from '../files/open-regular.js';
import { readPackageLock, readPnpmLock, readYarnLock } from './lock-npm.js';
import { readPipList, readRequirements, readTomlLock } from './lock-python.js';
import type { LockContent, LockedPackage } from './package.js';

const MAX_BYTES = 64 * 1024 * 1024;
const MAX_INCLUDES = 50;

/** Lock files that are read when none is named. */
const DEFAULT_LOCKS = [
  ...['package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml', 'yarn.lock'],
  ...['poetry.lock', 'uv.lock', 'requirements.txt'],
];
/** Programs that print a list of packages. */
const LISTERS: readonly string[] = ['pip', 'pip3', 'uv', 'python', 'python3', 'poetry'];

/** The content of all lock files together. */
export interface Locks {
  readonly packages: readonly LockedPackage[];
  readonly unchecked: readonly string[];
  readonly inputs: readonly GateInput[];
}

type Reader = (text: string, file: string) => LockContent;

function readerOf(file: string): Reader | undefined {
  const name = file.split('/').at(-1)?.toLowerCase() ?? '';
  if (/(?:package-lock|shrinkwrap).*\.json$/.test(name)) return readPackageLock;
  if (/pnpm-lock.*\.ya?ml$/.test(name)) return readPnpmLock;
  if (/yarn.*\.lock$/.test(name)) return readYarnLock;
  if (/(?:poetry|uv).*\.lock$/.test(name)) return readTomlLock;
  if (/requirements.*\.(?:txt|in)$|\.requirements\.txt$|^requirements/.test(name))
    return readRequirements;
  return /\.json$/.test(name) ? readPipList : undefined;
}

async function readFile(input: ExecutorInput, file: string, seen: Set<string>): Promise<Locks> {
  if (seen.has(file)) return { packages: [], unchecked: [], inputs: [] };
  seen.add(file);
  if (seen.size > MAX_INCLUDES)
    throw new GateError('GATE_INPUT_INVALID', 'too many included files');
  const reader = readerOf(file);
  if (reader === undefined) {
    throw new GateError('GATE_INPUT_INVALID', `${file}: unknown kind of lock file`);
  }
  const text = await readRegularText(insideRoot(input.services.root, file), MAX_BYTES);
  const content = parse(reader, text, file);
  const own: Locks = { ...content, inputs: [{ name: file, sha256: toHex(sha256(utf8(text))) }] };
  if (!('included' in content)) return own;
  const paths = (content as ReturnType<typeof readRequirements>).included;
  const others = [];
  for (const { path } of paths) others.push(await readFile(input, join(dirname(file), path), seen));
  return joinLocks([own, ...others]);
}

function parse(reader: Reader, text: string, file: string): LockContent {
  try {
    return reader(text, file);
  } catch (cause) {
    if (GateError.is(cause)) throw cause;
    if (!SigningError.is(cause) && !YamlError.is(cause)) throw cause;
    throw new GateError('GATE_INPUT_INVALID', `${file}: cannot be read: ${cause.message}`, {
      details: { file },
      cause,
    });
  }
}

function joinLocks(locks: readonly Locks[]): Locks {
  return {
    packages: locks.flatMap(({ packages }) => packages),
    unchecked: locks.flatMap(({ unchecked }) => unchecked),
    inputs: locks.flatMap(({ inputs }) => inputs),
  };
}

async function runLister(input: ExecutorInput, command: readonly string[]): Promise<Locks> {
  const { services, signal } = input;
  const { exitCode, stdout } = await services.runCommand(command, { cwd: services.root, signal });
  if (exitCode !== 0) {
    throw new GateError('GATE_INPUT_UNREADABLE', `${command[0]} exited with ${exitCode}`);
  }
  const name = 'package list';
  const content = parse(readPipList, Buffer.from(stdout).toString('utf8'), name);
  return { ...content, inputs: [{ name, sha256: toHex(sha256(stdout)) }] };
}

async function isFile(input: ExecutorInput, path: string): Promise<boolean> {
  try {
    return (await lstat(insideRoot(input.services.root, path))).isFile();
  } catch {
    return false;
  }
}

/**
 * Reads the locked packages: from the files that the gate names, from the output of its command, or
 * from the lock files of the working folder.
 *
 * @throws {GateError} `GATE_INPUT_UNREADABLE` when there is none, `GATE_INPUT_INVALID` for one that
 * cannot be parsed.
 */
export async function readLocks(input: ExecutorInput): Promise<Locks> {
  const { command } = input.gate;
  const parts = command === undefined ? [] : typeof command === 'string' ? [command] : command;
  if (typeof input.payload === 'string') return readFile(input, input.payload, new Set());
  const [first] = parts;
  if (first !== undefined && LISTERS.includes(first)) return runLister(input, parts);
  const candidates = first === undefined ? DEFAULT_LOCKS : parts;
  const present: string[] = [];
  for (const file of candidates) if (await isFile(input, file)) present.push(file);
  const missing = first === undefined ? [] : parts.filter((file) => !present.includes(file));
  if (missing.length > 0 || present.length === 0) {
    const what = missing[0] ?? 'a lock file';
    throw new GateError('GATE_INPUT_UNREADABLE', `${what}: no such lock file`);
  }
  const seen = new Set<string>();
  const locks = [];
  for (const file of present) locks.push(await readFile(input, file, seen));
  return joinLocks(locks);
}
