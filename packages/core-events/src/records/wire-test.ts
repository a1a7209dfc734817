import { z } from 'zod';
import {
  allOf,
  definitionOf,
  isPlain,
  numberTest,
  type SchemaDefinition,
  stringTest,
  type ValueTest,
} from './canonical-writer.js';

/**
 * True if a schema certainly accepts a value unchanged. False also if this is not certain; then the
 * schema itself must decide.
 */
export type WireTest = ValueTest<unknown>;

function textTest({ checks, format }: SchemaDefinition): WireTest | undefined {
  const test = format === undefined ? allOf(checks, stringTest) : undefined;
  return test && ((value) => typeof value === 'string' && test(value));
}

function countTest({ checks, format }: SchemaDefinition): WireTest | undefined {
  const test = allOf(checks, numberTest);
  if (!test || (format !== undefined && format !== 'safeint')) return undefined;
  const known = format === 'safeint' ? Number.isSafeInteger : Number.isFinite;
  return (value) => typeof value === 'number' && known(value) && test(value);
}

function objectTest(schema: z.ZodObject): WireTest | undefined {
  const members: { key: string; optional: boolean; test: WireTest }[] = [];
  for (const key of Object.keys(schema.shape)) {
    const member = schema.shape[key] as z.core.$ZodType;
    const optional = definitionOf(member).type === 'optional';
    const test = compileTest(optional ? (definitionOf(member).innerType ?? member) : member);
    if (!test) return undefined;
    members.push({ key, optional, test });
  }
  return (value) => {
    if (!isPlain(value)) return false;
    let known = 0;
    for (const { key, optional, test } of members) {
      if (Object.hasOwn(value, key)) {
        if (!test(value[key])) return false;
        known += 1;
      } else if (!optional) return false;
    }
    return Reflect.ownKeys(value).length === known;
  };
}

function arrayTest(schema: z.ZodArray): WireTest | undefined {
  const test = (schema._zod.def.checks ?? []).length === 0 && compileTest(schema.element);
  if (!test) return undefined;
  return (value) => {
    if (!Array.isArray(value)) return false;
    for (let at = 0; at < value.length; at += 1) if (!test(value[at])) return false;
    return true;
  };
}

function recordTest(schema: z.ZodRecord): WireTest | undefined {
  if (!(schema.keyType instanceof z.ZodString)) return undefined;
  const [testKey, testValue] = [compileTest(schema.keyType), compileTest(schema.valueType)];
  if (!testKey || !testValue) return undefined;
  return (value) => {
    // The schema would leave out a member of this name.
    if (!isPlain(value) || Object.hasOwn(value, '__proto__')) return false;
    for (const key of Reflect.ownKeys(value)) {
      if (!testKey(key) || !testValue(value[key as string])) return false;
    }
    return true;
  };
}

function choiceTest(values: readonly unknown[]): WireTest {
  const known = new Set(values);
  return (value) => known.has(value);
}

function unionTest(options: readonly z.core.$ZodType[]): WireTest | undefined {
  const tests = options.map(compileTest);
  if (tests.some((test) => test === undefined)) return undefined;
  return (value) => tests.some((test) => test?.(value) === true);
}

/**
 * Builds the test of a schema, once: the schema would return every value that passes unchanged.
 * Undefined for a schema with unknown parts, or with parts that do not check their values.
 */
export function compileTest(schema: z.core.$ZodType): WireTest | undefined {
  const readsChecks = schema instanceof z.ZodString || schema instanceof z.ZodNumber;
  if (!readsChecks && (definitionOf(schema).checks ?? []).length > 0) return undefined;
  if (schema instanceof z.ZodObject) return objectTest(schema);
  if (schema instanceof z.ZodArray) return arrayTest(schema);
  if (schema instanceof z.ZodRecord) return recordTest(schema);
  if (schema instanceof z.ZodXor) return undefined;
  if (schema instanceof z.ZodUnion) return unionTest(schema.options);
  if (schema instanceof z.ZodEnum) return choiceTest(schema.options);
  if (schema instanceof z.ZodLiteral) return choiceTest([...schema.values]);
  if (schema instanceof z.ZodBoolean) return choiceTest([true, false]);
  if (schema instanceof z.ZodString) return textTest(definitionOf(schema));
  return schema instanceof z.ZodNumber ? countTest(definitionOf(schema)) : undefined;
}
