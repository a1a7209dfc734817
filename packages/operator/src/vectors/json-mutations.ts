import { canonicalize, SigningError } from '@spanforge/core-signing';
import { type Next, pick } from './numbers.js';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Values that readers have stumbled over. */
const VALUES: readonly Json[] = [
  ...[null, true, false, 0, -1, 1, 1.5, 2 ** 53, 2 ** 53 - 1, 1e21, 5e-324, -0],
  ...['', 'x', 'allow', 'block', 'live', 'replay', '\u0000', '\u2028', '\ufeff', 'é', '🜁'],
  ...['constructor', '__proto__', 'human_review', 'escalate', 'a'.repeat(600)],
  ...[[], {}, [[]], [null], { a: 1 }, ['x', 'x']],
];

const NAMES = ['x', 'outcome', 'mode', 'decisions', 'values', 'rules', 'policy', 'toString', ''];

/** Changes that fit what is there. */
function changeValue(value: Json, next: Next): Json {
  if (typeof value === 'number')
    return pick([value + 1, value - 1, -value, String(value), 0], next);
  if (typeof value === 'string') {
    const at = next(value.length + 1);
    const cut = value.slice(0, at);
    const rest = value.slice(at);
    return pick([`${cut}a${rest}`, cut, rest, value.toUpperCase(), `${value} `, [value]], next);
  }
  if (typeof value === 'boolean') return !value;
  return value === null ? 'null' : [value];
}

function changeList(list: readonly Json[], next: Next): Json {
  if (list.length === 0) return pick(VALUES, next);
  const [a, b] = [next(list.length), next(list.length)];
  const changed = [...list];
  const kind = next(4);
  if (kind === 0) changed.splice(a, 1);
  else if (kind === 1) changed.push(list[a] as Json);
  else if (kind === 2) [changed[a], changed[b]] = [list[b] as Json, list[a] as Json];
  else changed.splice(a, 0, pick(VALUES, next));
  return changed;
}

function changeObject(value: Readonly<Record<string, Json>>, next: Next): Json {
  const changed = { ...value };
  const names = Object.keys(value);
  const name = names.length === 0 ? 'x' : pick(names, next);
  const kind = next(4);
  if (kind === 0) delete changed[name];
  else if (kind === 1) changed[pick(NAMES, next)] = pick(VALUES, next);
  else if (kind === 2) {
    const kept = changed[name] ?? null;
    delete changed[name];
    changed[pick(NAMES, next)] = kept;
  } else changed[name] = changed[pick(names.length === 0 ? ['x'] : names, next)] ?? null;
  return changed;
}

/** Another value: the same but for one place in it. */
export function mutateJson(value: Json, next: Next): Json {
  const isList = Array.isArray(value);
  const isObject = typeof value === 'object' && value !== null && !isList;
  if (isObject && Object.keys(value).length > 0 && next(8) > 0) {
    const name = pick(Object.keys(value), next);
    return { ...value, [name]: mutateJson(value[name] as Json, next) };
  }
  if (isList && value.length > 0 && next(4) > 0) {
    const at = next(value.length);
    return value.map((one, index) => (index === at ? mutateJson(one, next) : one));
  }
  if (next(3) === 0) return pick(VALUES, next);
  if (isList) return changeList(value, next);
  return isObject ? changeObject(value, next) : changeValue(value, next);
}

/** Canonical text of a value; text of some kind where it has none. */
export function writeJson(value: unknown): string {
  try {
    return canonicalize(value);
  } catch (error) {
    if (SigningError.is(error)) return JSON.stringify(value);
    throw error;
  }
}

/** Mutates a text of JSON; a text that is none stays. */
export function mutateJsonText(text: string, next: Next): string {
  try {
    return writeJson(mutateJson(JSON.parse(text) as Json, next));
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
