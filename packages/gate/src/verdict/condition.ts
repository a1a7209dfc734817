import {
  compileNamedCondition,
  type NamedCondition,
  type StaticType,
  typeOfSchema,
} from '@spanforge/condition';
import type { MetricType } from '../model/verdict.js';

const TYPES: Readonly<Record<MetricType, StaticType>> = {
  number: typeOfSchema({ type: 'number' }),
  boolean: typeOfSchema({ type: 'boolean' }),
  string: typeOfSchema({ type: 'string' }),
  strings: typeOfSchema({ type: 'array', items: { type: 'string' } }),
};

/** Compiles a `pass_condition` over the metrics a gate emits. @throws {ConditionError} */
export function compilePassCondition(
  source: string,
  metrics: Readonly<Record<string, MetricType>>,
): NamedCondition {
  const names = Object.entries(metrics).map(([name, type]) => [name, TYPES[type]] as const);
  return compileNamedCondition(source, Object.fromEntries(names));
}

/** Compiles a `skip_if` over `vars`. @throws {ConditionError} */
export function compileSkipCondition(
  source: string,
  vars: Readonly<Record<string, string | number | boolean>>,
): NamedCondition {
  const properties = Object.fromEntries(
    Object.entries(vars).map(([name, value]) => [name, { type: typeof value }]),
  );
  return compileNamedCondition(source, {
    vars: typeOfSchema({ type: 'object', properties, additionalProperties: false }),
  });
}
