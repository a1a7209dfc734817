import { z } from 'zod';

/**
 * Writes a value as canonical JSON (RFC 8785) if it certainly matches a schema, reading each member
 * once; undefined if this is not certain, and then the schema itself must decide.
 */
export type CanonicalWriter = (value: unknown) => string | undefined;

/** A check of a schema, as zod represents it. */
export interface SchemaCheck {
  readonly _zod: {
    readonly def: {
      readonly check: string;
      readonly minimum?: number;
      readonly maximum?: number;
      readonly pattern?: RegExp;
      readonly value?: number;
      readonly inclusive?: boolean;
    };
  };
}

/** The definition of a schema, as zod represents it. */
export interface SchemaDefinition {
  readonly type: string;
  readonly format?: string;
  readonly checks?: readonly SchemaCheck[];
  readonly innerType?: z.core.$ZodType;
}

/** The definition of a schema. */
export const definitionOf = (schema: z.core.$ZodType): SchemaDefinition =>
  (schema as unknown as { _zod: { def: SchemaDefinition } })._zod.def;

/**
 * Quote, backslash, control characters and surrogates: a string without these needs no escaping.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what it looks for
const NEEDS_CARE = /["\\\u0000-\u001f\ud800-\udfff]/;

/** What stands between the quotes of a string as canonical JSON; undefined for one with a lone surrogate. */
function contentOf(text: string): string | undefined {
  if (!NEEDS_CARE.test(text)) return text;
  return text.isWellFormed() ? JSON.stringify(text).slice(1, -1) : undefined;
}

/** Tests a value. */
export type ValueTest<Value> = (value: Value) => boolean;

/** A check of a text as a function; undefined for an unknown check. */
export function stringTest({ _zod: { def } }: SchemaCheck): ValueTest<string> | undefined {
  const { check, minimum = 0, maximum = 0, pattern } = def;
  if (check === 'min_length') return (text) => text.length >= minimum;
  if (check === 'max_length') return (text) => text.length <= maximum;
  return check === 'string_format' && pattern && !pattern.global
    ? (text) => pattern.test(text)
    : undefined;
}

/** A check of a number as a function; undefined for an unknown check. */
export function numberTest({ _zod: { def } }: SchemaCheck): ValueTest<number> | undefined {
  const { check, value = 0, inclusive } = def;
  if (check === 'greater_than') return inclusive ? (n) => n >= value : (n) => n > value;
  if (check === 'less_than') return inclusive ? (n) => n <= value : (n) => n < value;
  if (check === 'number_format') return Number.isSafeInteger;
  return undefined;
}

/** All tests as one; undefined if any of them is unknown. */
export function allOf<Value>(
  checks: readonly SchemaCheck[] = [],
  make: (check: SchemaCheck) => ValueTest<Value> | undefined,
): ValueTest<Value> | undefined {
  let all: ValueTest<Value> = () => true;
  for (const [at, test] of checks.map(make).entries()) {
    if (test === undefined) return undefined;
    const before = all;
    all = at === 0 ? test : (value) => before(value) && test(value);
  }
  return all;
}

/** Writes a string without its quotes. */
function contentWriter({ checks, format }: SchemaDefinition): CanonicalWriter | undefined {
  const test = format === undefined ? allOf(checks, stringTest) : undefined;
  return (
    test && ((value) => (typeof value === 'string' && test(value) ? contentOf(value) : undefined))
  );
}

function stringWriter(definition: SchemaDefinition): CanonicalWriter | undefined {
  const content = contentWriter(definition);
  return (
    content &&
    ((value) => {
      const written = content(value);
      return written === undefined ? undefined : `"${written}"`;
    })
  );
}

function numberWriter({ checks, format }: SchemaDefinition): CanonicalWriter | undefined {
  const test = allOf(checks, numberTest);
  if (!test || (format !== undefined && format !== 'safeint')) return undefined;
  const whole = format === 'safeint';
  return (value) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
    const safe = Number.isSafeInteger(value) || (!whole && !Number.isInteger(value));
    return safe && test(value) ? String(value) : undefined;
  };
}

/** True for an object that JSON can represent. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

interface Member {
  readonly key: string;
  /** The text before the value: of the first member, and of any other. */
  readonly lead: string;
  readonly nextLead: string;
  /** The text behind the value. */
  readonly tail: string;
  readonly optional: boolean;
  readonly write: CanonicalWriter;
}

/** Texts are most of a record: their quotes are put together with what stands around them. */
function memberOf(key: string, schema: z.core.$ZodType): Member | undefined {
  const optional = definitionOf(schema).type === 'optional';
  const inner = optional ? (definitionOf(schema).innerType ?? schema) : schema;
  const content = inner instanceof z.ZodString ? contentWriter(definitionOf(inner)) : undefined;
  const write = content ?? compileWriter(inner);
  const quote = content ? '"' : '';
  const lead = `${JSON.stringify(key)}:${quote}`;
  return write && { key, lead: `{${lead}`, nextLead: `,${lead}`, tail: quote, optional, write };
}

/** True if the names are members in their order, and all members that must be there are. */
function areMembers(names: readonly string[], members: readonly Member[]): boolean {
  let at = 0;
  for (const { key, optional } of members) {
    if (names[at] === key) at += 1;
    else if (!optional) return false;
  }
  return at === names.length;
}

function objectWriter(schema: z.ZodObject): CanonicalWriter | undefined {
  const members: Member[] = [];
  for (const key of Object.keys(schema.shape).sort()) {
    const member = memberOf(key, schema.shape[key] as z.core.$ZodType);
    if (!member) return undefined;
    members.push(member);
  }
  return (value) => {
    if (!isPlain(value)) return undefined;
    // Both lists together cost half of `Reflect.ownKeys`.
    const names = Object.getOwnPropertyNames(value);
    if (Object.getOwnPropertySymbols(value).length > 0) return undefined;
    if (!areMembers(names, members) && !areMembers(names.sort(), members)) return undefined;
    let text = '';
    let at = 0;
    for (const { key, lead, nextLead, tail, write } of members) {
      if (names[at] !== key) continue;
      const written = write(value[key]);
      if (written === undefined) return undefined;
      text += at === 0 ? lead : nextLead;
      text += written + tail;
      at += 1;
    }
    return at === 0 ? '{}' : `${text}}`;
  };
}

function arrayWriter(schema: z.ZodArray): CanonicalWriter | undefined {
  const write = (schema._zod.def.checks ?? []).length === 0 && compileWriter(schema.element);
  if (!write) return undefined;
  return (value) => {
    if (!Array.isArray(value)) return undefined;
    let text = '[';
    for (let at = 0; at < value.length; at += 1) {
      const written = write(value[at]);
      if (written === undefined) return undefined;
      text += at === 0 ? written : `,${written}`;
    }
    return `${text}]`;
  };
}

/** Below this many, putting names in order by hand takes less than `sort` needs to begin. */
const FEW = 8;

/** Puts names in the order of canonical JSON. */
function sortNames(names: string[]): readonly string[] {
  if (names.length > FEW) return names.sort();
  for (let at = 1; at < names.length; at += 1) {
    const name = names[at] as string;
    let to = at;
    for (; to > 0 && (names[to - 1] as string) > name; to -= 1) {
      names[to] = names[to - 1] as string;
    }
    names[to] = name;
  }
  return names;
}

function recordWriter(schema: z.ZodRecord): CanonicalWriter | undefined {
  const [writeKey, writeValue] = [compileWriter(schema.keyType), compileWriter(schema.valueType)];
  if (!writeKey || !writeValue) return undefined;
  return (value) => {
    if (!isPlain(value)) return undefined;
    let text = '';
    if (Object.getOwnPropertySymbols(value).length > 0) return undefined;
    for (const key of sortNames(Object.getOwnPropertyNames(value))) {
      const name = writeKey(key);
      const written = name === undefined ? undefined : writeValue(value[key]);
      if (written === undefined) return undefined;
      text += text === '' ? `{${name}:${written}` : `,${name}:${written}`;
    }
    return text === '' ? '{}' : `${text}}`;
  };
}

function choiceWriter(values: readonly unknown[]): CanonicalWriter | undefined {
  const texts = new Map(values.map((value) => [value, JSON.stringify(value)]));
  return (value) => texts.get(value);
}

function unionWriter(options: readonly z.core.$ZodType[]): CanonicalWriter | undefined {
  const writers = options.map(compileWriter);
  if (writers.some((write) => write === undefined)) return undefined;
  return (value) => {
    for (const write of writers) {
      const written = write?.(value);
      if (written !== undefined) return written;
    }
    return undefined;
  };
}

/**
 * Builds the writer of a schema, once. Undefined for a schema with unknown parts, or with parts
 * that do not check their values.
 */
export function compileWriter(schema: z.core.$ZodType): CanonicalWriter | undefined {
  if (schema instanceof z.ZodObject) return objectWriter(schema);
  if (schema instanceof z.ZodArray) return arrayWriter(schema);
  if (schema instanceof z.ZodRecord) return recordWriter(schema);
  if (schema instanceof z.ZodUnion) return unionWriter(schema.options);
  if (schema instanceof z.ZodEnum) return choiceWriter(schema.options);
  if (schema instanceof z.ZodLiteral) return choiceWriter([...schema.values]);
  if (schema instanceof z.ZodBoolean) return choiceWriter([true, false]);
  if (schema instanceof z.ZodString) return stringWriter(definitionOf(schema));
  return schema instanceof z.ZodNumber ? numberWriter(definitionOf(schema)) : undefined;
}
