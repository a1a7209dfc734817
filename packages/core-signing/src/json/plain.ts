/**
 * True for an object made by `{}` or `Object.create(null)`, in this realm or another: not null, not
 * an array, not an instance of a class. Runs no getter.
 */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || isForeign(prototype, 'Object');
}

/** True for an array made by `[]`, in this realm or another. */
export function isPlainArray(value: readonly unknown[]): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Array.prototype || isForeign(prototype, 'Array');
}

/** Recognises the built-in prototype of another realm without reading a property through a getter. */
function isForeign(prototype: unknown, name: 'Object' | 'Array'): boolean {
  if (typeof prototype !== 'object' || prototype === null) return false;
  const maker = ownData(prototype, 'constructor');
  if (typeof maker !== 'function' || ownData(maker, 'name') !== name) return false;
  if (ownData(maker, 'prototype') !== prototype) return false;
  return /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(maker));
}

function ownData(owner: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(owner, key)?.value;
}
