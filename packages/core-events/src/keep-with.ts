import { Given } from '@spanforge/core-signing';

/**
 * Computes a value from an object once, and keeps it with the object if that is frozen, since it can then
 * not change. Nobody else sees what is kept, and it lives as long as the object: a `Map` or a `WeakMap`
 * costs several times as much, most of it in the garbage collector.
 */
export function keepWith<Owner extends object, Value>(
  make: (owner: Owner) => Value,
): (owner: Owner) => Value {
  class Kept extends Given {
    readonly #value: Value;

    constructor(owner: Owner, value: Value) {
      super(owner);
      this.#value = value;
    }

    static of(owner: Owner): Value {
      if (#value in owner) return owner.#value;
      const value = make(owner);
      if (Object.isFrozen(owner)) new Kept(owner, value);
      return value;
    }
  }
  return Kept.of;
}
