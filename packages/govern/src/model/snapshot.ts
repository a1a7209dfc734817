import { sha256, toHex } from '@spanforge/core-signing';
import { GovernError } from '../error.js';

/** Turns a value that is not plain data into plain data; return `undefined` for the defaults. */
export type Describe = (value: unknown) => unknown;

/** An immutable copy of a value, and the plain data that describes it in decisions and records. */
export interface Snapshot {
  /** Plain data, dates and binary are copied; anything else is the same reference. */
  readonly value: unknown;
  /** The same object as `value` when all of it is plain data. */
  readonly described: unknown;
  /** False when part of it is described by its type alone. */
  readonly exact: boolean;
}

/** Deeper values are refused: a record's canonical form may be 64 levels deep. */
const MAX_DEPTH = 48;
const TYPE_NAME = /^[\w$]{1,64}$/;
const copyBinary = Object.getPrototypeOf(Uint8Array.prototype).slice as () => unknown;

/** True for `{}` and the like, of this realm or another. */
export function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    prototype === Object.prototype ||
    prototype === null ||
    Object.getPrototypeOf(prototype) === null
  );
}

/** True for arrays and plain objects. */
export function isContainer(value: object): boolean {
  return Array.isArray(value) || isPlainObject(value);
}

function isPlainPrimitive(value: unknown): boolean {
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'number' || !Number.isFinite(value)) return false;
  return !Number.isInteger(value) || Number.isSafeInteger(value);
}

interface Walk {
  /** Set when something other than plain data was found. */
  other: boolean;
  /** Cleared when a value was found that its description does not fully determine. */
  exact: boolean;
}

const isTypedArray = (value: unknown): value is ArrayBufferView =>
  ArrayBuffer.isView(value) && !(value instanceof DataView);

function copyOther(value: unknown): unknown {
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof ArrayBuffer) return value.slice(0);
  return isTypedArray(value) ? copyBinary.call(value) : value;
}

/** Sets a member; an own key `__proto__` is a key like any other. */
export function setMember(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') {
    target[key] = value;
    return;
  }
  const own = { value, enumerable: true, configurable: true, writable: true };
  Object.defineProperty(target, key, own);
}

/** Copies plain data, reads each property once, and leaves out members that are undefined. */
function copy(value: unknown, depth: number, walk: Walk): unknown {
  if (isPlainPrimitive(value)) return value;
  if (typeof value !== 'object' || value === null || !isContainer(value)) {
    walk.other = true;
    return copyOther(value);
  }
  if (depth >= MAX_DEPTH) {
    throw new GovernError(
      'GOVERN_VALUE_UNRECORDABLE',
      `the value is nested more than ${MAX_DEPTH} levels deep`,
    );
  }
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (let at = 0; at < value.length; at += 1) items.push(copy(value[at], depth + 1, walk));
    return items;
  }
  const members: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[key];
    if (member !== undefined) setMember(members, key, copy(member, depth + 1, walk));
  }
  return members;
}

function typeName(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value;
  const name: unknown = value.constructor?.name;
  return typeof name === 'string' && TYPE_NAME.test(name) ? name : 'object';
}

function describeBinary(value: ArrayBuffer | ArrayBufferView): unknown {
  const bytes = ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value);
  return { unrecordable: typeName(value), bytes: bytes.length, sha256: toHex(sha256(bytes)) };
}

function describeOther(
  value: unknown,
  depth: number,
  walk: Walk,
  describe: Describe | undefined,
): unknown {
  const given = describe?.(value);
  if (given !== undefined) return describeTree(copy(given, depth, walk), depth, walk, undefined);
  if (typeof value === 'number' || value === undefined) return { unrecordable: String(value) };
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  if (value instanceof ArrayBuffer || isTypedArray(value)) return describeBinary(value);
  walk.exact = false;
  return { unrecordable: typeName(value) };
}

/** Describes a copy. Its containers are our own and not too deep. */
function describeTree(
  value: unknown,
  depth: number,
  walk: Walk,
  describe: Describe | undefined,
): unknown {
  if (isPlainPrimitive(value)) return value;
  if (typeof value !== 'object' || value === null || !isContainer(value)) {
    return describeOther(value, depth, walk, describe);
  }
  if (Array.isArray(value)) {
    return value.map((item) => describeTree(item, depth + 1, walk, describe));
  }
  const members: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[key];
    setMember(members, key, describeTree(member, depth + 1, walk, describe));
  }
  return members;
}

/**
 * Takes a snapshot of a value: later changes by its owner affect neither the copy that is passed on
 * nor what was decided about. Class instances, functions and the like cannot be copied; they are
 * passed on by reference and described by `describe`, or as `{unrecordable: type}`.
 *
 * @throws {GovernError} `GOVERN_VALUE_UNRECORDABLE` for nesting beyond 48 levels, cycles included.
 */
export function takeSnapshot(value: unknown, describe?: Describe): Snapshot {
  const walk: Walk = { other: false, exact: true };
  const held = copy(value, 0, walk);
  if (!walk.other) return { value: held, described: held, exact: true };
  const described = describeTree(held, 0, walk, describe);
  return { value: held, described, exact: walk.exact };
}
