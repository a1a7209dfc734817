import type { SeededRandom } from './random.js';

/** A request that is being built. */
export interface RequestDraft {
  time: number;
  [root: string]: unknown;
}

/** A place in a draft that can be read and written. */
export interface WritablePlace {
  get(): unknown;
  /** Writes a value; `undefined` removes it. Creates parent objects where needed. */
  set(value: unknown): void;
}

/** The places of quantifier variables, by slot. */
export type QuantifierPlaces = readonly (WritablePlace | undefined)[];

/** The state in which a part of a condition is evaluated. */
export interface SearchScene {
  readonly draft: RequestDraft;
  readonly variables: QuantifierPlaces;
  readonly random: SeededRandom;
}

export const bind = (scene: SearchScene, variable: number, slot: WritablePlace): SearchScene => {
  const variables = [...scene.variables];
  variables[variable] = slot;
  return { ...scene, variables };
};

/** The place of a path; `undefined` for a path that cannot be written because it is computed. */
export function pathSlot(names: readonly string[], draft: RequestDraft): WritablePlace | undefined {
  const [root = '', ...rest] = names[0] === 'request' ? names.slice(1) : names;
  if (root === 'time') return rest[0] === 'epoch' ? fieldSlot(rootSlot(draft), 'time') : undefined;
  if (root === '' || root === 'service' || root === 'control') return undefined;
  return [root, ...rest].reduce(fieldSlot, rootSlot(draft));
}

function rootSlot(draft: RequestDraft): WritablePlace {
  return { get: () => draft, set: () => undefined };
}

/** A field of the value at a place. */
export function fieldSlot(holder: WritablePlace, name: string): WritablePlace {
  return {
    get: () => {
      const found = holder.get();
      return isObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
    },
    set(value) {
      const found = holder.get();
      if (value === undefined) {
        if (isObject(found)) delete found[name];
        return;
      }
      if (isObject(found)) found[name] = value;
      else holder.set({ [name]: value });
    },
  };
}

/** An element of a list, which is made long enough. */
export function elementSlot(list: WritablePlace, index: number): WritablePlace {
  return {
    get: () => listAt(list)[index],
    set(value) {
      const found = listAt(list);
      const grown = [...found];
      while (grown.length <= index) grown.push({});
      grown[index] = value ?? null;
      list.set(grown);
    },
  };
}

export function listAt(slot: WritablePlace): readonly unknown[] {
  const found = slot.get();
  return Array.isArray(found) ? found : [];
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
