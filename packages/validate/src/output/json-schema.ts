import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { ValidateError } from '../error.js';
import { type Violation, violation } from '../violation.js';
import { formats } from './formats.js';

/** A compiled schema: finds violations of a value, and has the names it declares. */
export interface CompiledSchema {
  check(value: unknown): readonly Violation[];
  /** Member names from all `properties`; evidence may name them. */
  readonly names: ReadonlySet<string>;
}

const MAX_ERRORS = 1000;

function invalidError(cause: unknown): ValidateError {
  const message = 'the JSON Schema cannot be used';
  return new ValidateError('VALIDATE_SCHEMA_INVALID', message, { cause });
}

function declaredNames(schema: unknown, names: Set<string> = new Set()): ReadonlySet<string> {
  if (typeof schema !== 'object' || schema === null) return names;
  for (const [key, member] of Object.entries(schema)) {
    if (key === 'properties' && typeof member === 'object' && member !== null) {
      for (const name of Object.keys(member)) names.add(name);
    }
    declaredNames(member, names);
  }
  return names;
}

/** An Ajv pointer as parts; names are looked up in the value, so `0` in a list is an index. */
function partsOf(pointer: string, value: unknown): readonly PropertyKey[] {
  const parts: PropertyKey[] = [];
  let inner: unknown = value;
  for (const encoded of pointer.split('/').slice(1)) {
    const name = encoded.replaceAll('~1', '/').replaceAll('~0', '~');
    parts.push(Array.isArray(inner) ? Number(name) : name);
    inner = typeof inner === 'object' && inner !== null ? Reflect.get(inner, name) : undefined;
  }
  return parts;
}

function describe(
  { instancePath, keyword, params, message }: ErrorObject,
  value: unknown,
): Violation {
  const more: unknown =
    params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty;
  const parts = partsOf(instancePath, value);
  const path = typeof more === 'string' ? [...parts, more] : parts;
  // Messages quote the schema and these names, and never the value.
  const expectation =
    typeof more === 'string' ? `breaks "${keyword}"` : (message ?? 'breaks the schema');
  return violation(path, `schema.${keyword}`, expectation);
}

/**
 * Compiles a JSON Schema (draft 2020-12) that only checks: it coerces nothing and fills nothing in.
 *
 * @throws {ValidateError} `VALIDATE_SCHEMA_INVALID` for a schema that is not valid, uses an unknown
 *   keyword or format, or is asynchronous.
 */
export function compileSchema(schema: unknown): CompiledSchema {
  const isSchema = typeof schema === 'boolean' || (typeof schema === 'object' && schema !== null);
  if (!isSchema || Array.isArray(schema)) throw invalidError(undefined);
  let validate: ValidateFunction;
  try {
    const ajv = new Ajv2020({
      allErrors: true,
      strict: true,
      strictRequired: false,
      strictTypes: false,
      formats,
      logger: false,
    });
    validate = ajv.compile(schema);
  } catch (cause) {
    throw invalidError(cause);
  }
  // An asynchronous validator returns a promise, which would always count as true.
  if ('$async' in validate && validate.$async) throw invalidError(undefined);
  return Object.freeze({
    names: declaredNames(schema),
    check: (value: unknown) => {
      if (validate(value) === true) return [];
      return (validate.errors ?? []).slice(0, MAX_ERRORS).map((error) => describe(error, value));
    },
  });
}
