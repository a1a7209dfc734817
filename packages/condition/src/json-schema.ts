import { ConditionError } from './error.js';
import {
  BOOLEAN,
  DYN,
  join,
  listOf,
  NULL,
  NUMBER,
  orNull,
  STRING,
  type StaticType,
} from './static-type.js';

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const flag: Check = (value) => typeof value === 'boolean';
const number: Check = (value) => typeof value === 'number';
const count: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const list: Check = (value) => Array.isArray(value);
const names: Check = (value) => Array.isArray(value) && value.every(text);
const any: Check = () => true;

/** Keywords that restrict a value without changing how a condition may use it, and their values. */
const IGNORED: ReadonlyMap<string, Check> = new Map([
  ['$schema', text],
  ['$id', text],
  ['$comment', text],
  ['title', text],
  ['description', text],
  ['default', any],
  ['examples', list],
  ['deprecated', flag],
  ['readOnly', flag],
  ['writeOnly', flag],
  ['format', text],
  ['pattern', text],
  ['minLength', count],
  ['maxLength', count],
  ['minimum', number],
  ['maximum', number],
  ['exclusiveMinimum', number],
  ['exclusiveMaximum', number],
  ['multipleOf', (value) => typeof value === 'number' && value > 0],
  ['minItems', count],
  ['maxItems', count],
  ['uniqueItems', flag],
  ['minProperties', count],
  ['maxProperties', count],
  ['required', names],
]);

const UNDERSTOOD = new Set([
  'type',
  'properties',
  'items',
  'additionalProperties',
  'enum',
  'const',
]);

const SCALARS: Readonly<Record<string, StaticType>> = {
  string: STRING,
  number: NUMBER,
  integer: NUMBER,
  boolean: BOOLEAN,
  null: NULL,
};

const MAX_DEPTH = 32;

/**
 * Reads the subset of JSON Schema (2020-12) that types a tool's arguments.
 *
 * An object with `properties` is closed unless `additionalProperties` opens it, so that a
 * misspelt field in a condition is found when the condition is compiled. Combinators (`anyOf`,
 * `$ref` and the like) are not understood and are refused, not ignored.
 *
 * @throws {ConditionError} `CONDITION_SCHEMA` naming the place by JSON pointer.
 */
export function typeOfSchema(schema: unknown): StaticType {
  return read(schema, '', 0);
}

function read(schema: unknown, at: string, depth: number): StaticType {
  if (depth > MAX_DEPTH) throw schemaError(at, `nests deeper than ${MAX_DEPTH}`);
  if (schema === true) return DYN;
  if (!isObject(schema)) throw schemaError(at, 'is not a schema object');
  for (const [keyword, value] of Object.entries(schema)) {
    if (UNDERSTOOD.has(keyword)) continue;
    const check = IGNORED.get(keyword);
    if (check === undefined) {
      throw schemaError(`${at}/${keyword}`, 'is a keyword that is not understood here');
    }
    if (!check(value))
      throw schemaError(`${at}/${keyword}`, 'has a value this keyword cannot have');
  }
  const type = own(schema, 'type');
  const constants = own(schema, 'enum');
  if (constants !== undefined && !Array.isArray(constants)) {
    throw schemaError(`${at}/enum`, 'is not a list');
  }
  if (type === undefined) return untyped(schema, at, depth);
  const given: readonly unknown[] = Array.isArray(type) ? type : [type];
  if (given.length === 0) throw schemaError(`${at}/type`, 'is empty');
  const wanted = given.filter((name) => name !== 'null');
  if (wanted.length === 0) return NULL;
  const types = wanted.map((name) => named(name, schema, at, depth));
  const joined = types.reduce((left, right) => join(left, right));
  return given.includes('null') ? orNull(joined) : joined;
}

/** Without `type`: the shape if there is one, else the type of the constants. */
function untyped(schema: Record<string, unknown>, at: string, depth: number): StaticType {
  if (own(schema, 'properties') !== undefined) return object(schema, at, depth);
  if (own(schema, 'items') !== undefined)
    return listOf(read(schema.items, `${at}/items`, depth + 1));
  const constants = own(schema, 'const') === undefined ? own(schema, 'enum') : [schema.const];
  if (!Array.isArray(constants)) return DYN;
  const types = constants.filter((value) => value !== null).map(constantType);
  if (types.length === 0) return DYN;
  const joined = types.reduce((left, right) => join(left, right));
  return constants.includes(null) ? orNull(joined) : joined;
}

function constantType(value: unknown): StaticType {
  return SCALARS[typeof value] ?? DYN;
}

function named(
  name: unknown,
  schema: Record<string, unknown>,
  at: string,
  depth: number,
): StaticType {
  if (name === 'object') return object(schema, at, depth);
  if (name === 'array') {
    const items = own(schema, 'items');
    return listOf(items === undefined ? DYN : read(items, `${at}/items`, depth + 1));
  }
  const scalar = typeof name === 'string' ? own(SCALARS, name) : undefined;
  if (scalar === undefined) throw schemaError(`${at}/type`, 'is not a JSON Schema type');
  return scalar;
}

function object(schema: Record<string, unknown>, at: string, depth: number): StaticType {
  const properties = own(schema, 'properties');
  if (properties !== undefined && !isObject(properties)) {
    throw schemaError(`${at}/properties`, 'is not an object');
  }
  const fields: Record<string, StaticType> = Object.create(null);
  for (const [name, value] of Object.entries(properties ?? {})) {
    fields[name] = read(value, `${at}/properties/${name}`, depth + 1);
  }
  const additional = own(schema, 'additionalProperties') ?? properties === undefined;
  if (additional === false) return { kind: 'object', fields };
  const rest = read(additional, `${at}/additionalProperties`, depth + 1);
  return { kind: 'object', fields, rest };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own<T>(holder: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(holder, key) ? holder[key] : undefined;
}

function schemaError(at: string, problem: string): ConditionError {
  return new ConditionError('CONDITION_SCHEMA', `The schema at "${at || '/'}" ${problem}.`);
}
