import { vi } from 'vitest';

/** Names of what a test file could leave changed for files that run after it, and what they have. */
export type ProcessState = ReadonlyMap<string, unknown>;

type Part = readonly [name: string, value: unknown];

/** What a test could patch, and every other file would see. */
const SHARED: Readonly<Record<string, object>> = {
  globalThis,
  console,
  process,
  JSON,
  Math,
  Object,
  Date,
  Promise,
  'Object.prototype': Object.prototype,
  'Array.prototype': Array.prototype,
  'String.prototype': String.prototype,
  'RegExp.prototype': RegExp.prototype,
  'Map.prototype': Map.prototype,
  'Set.prototype': Set.prototype,
  'Date.prototype': Date.prototype,
  'Promise.prototype': Promise.prototype,
  'Uint8Array.prototype': Uint8Array.prototype,
  'TextEncoder.prototype': TextEncoder.prototype,
  'TextDecoder.prototype': TextDecoder.prototype,
};

/** What libraries leave on the global object when they are loaded; PKI.js takes the process's number. */
const MARK = /^globalThis\.(__|Symbol\(|lc_|awslambda$|\d+$)/;

/** Of libraries too: graceful-fs wraps the first two, and some listen for the end of the process. */
const THEIRS = new Set(['process.chdir', 'process.cwd', 'process._events', 'process._eventsCount']);

/** Stands for a property without a value of its own: a runtime may fill one in when it is first read. */
const GETTER = Symbol('getter');

function partsOf(name: string, object: object): readonly Part[] {
  return Reflect.ownKeys(object).map((key) => {
    const found = Object.getOwnPropertyDescriptor(object, key);
    return [`${name}.${String(key)}`, found && 'value' in found ? found.value : GETTER];
  });
}

function environment(): readonly Part[] {
  return Object.entries(process.env).map(([name, value]) => [`process.env.${name}`, value]);
}

export function processState(): ProcessState {
  return new Map<string, unknown>([
    ...Object.entries(SHARED).flatMap(([name, object]) => partsOf(name, object)),
    ...environment(),
    ['the working folder', process.cwd()],
    ['process.exitCode', process.exitCode],
    ['fake timers', vi.isFakeTimers()],
  ]);
}

/** Names of what is added, gone or changed in a later state. */
export function leftovers(before: ProcessState, after: ProcessState): readonly string[] {
  const gone = [...before.keys()].filter((name) => !after.has(name));
  const added = [...after.keys()].filter((name) => !before.has(name) && !MARK.test(name));
  const changed = [...after].filter(([name, value]) => {
    const earlier = before.has(name) ? before.get(name) : value;
    return !Object.is(earlier, value) && earlier !== GETTER && !THEIRS.has(name);
  });
  return [...gone, ...added, ...changed.map(([name]) => name)];
}
