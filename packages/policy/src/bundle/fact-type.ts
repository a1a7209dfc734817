import { DYN, joinTypes, type StaticType, typeOfSchema } from '@spanforge/condition';
import type { PolicyBundle, PolicyFact } from './bundle.js';

const NUMBER: StaticType = { kind: 'number' };
const TEXTS: StaticType = { kind: 'list', items: { kind: 'string' } };

/**
 * The type of a fact, from the results that its tools declare; `undefined` where they have nothing
 * that could be picked.
 */
export function typeOfFact(
  fact: PolicyFact,
  results: ReadonlyMap<string, StaticType>,
): StaticType | undefined {
  if (fact.kind === 'counted') return NUMBER;
  if (fact.kind === 'detected') return TEXTS;
  const found = fact.from.map((tool) => results.get(tool) ?? DYN);
  const whole = found.reduce((left, right) => joinTypes(left, right));
  const type = fact.pick === undefined ? whole : typeAt(whole, fact.pick.split('.'));
  return type !== undefined && fact.take === 'all' ? { kind: 'list', items: type } : type;
}

/** What stands at a path; `undefined` where nothing can. */
export function typeAt(type: StaticType, names: readonly string[]): StaticType | undefined {
  let found: StaticType | undefined = type;
  for (const name of names) {
    if (found === undefined || found.kind === 'dyn') return found;
    if (found.kind !== 'object') return undefined;
    found = Object.hasOwn(found.fields, name) ? found.fields[name] : found.rest;
  }
  return found;
}

/** What a tool declares of its arguments and of its result. */
export interface DeclaredTool {
  readonly args?: StaticType;
  readonly result?: StaticType;
}

/** The types that a bundle declares: of its tools, and of its facts. */
export interface DeclaredInBundle {
  readonly tools: ReadonlyMap<string, DeclaredTool>;
  readonly facts: Readonly<Record<string, StaticType>>;
}

/** Reads the types again that a loaded bundle declares. */
export function declaredIn({
  tools,
  facts,
}: Pick<PolicyBundle, 'tools' | 'facts'>): DeclaredInBundle {
  const known = new Map<string, DeclaredTool>();
  const results = new Map<string, StaticType>();
  for (const [name, { schema, result }] of Object.entries(tools)) {
    const type = result === undefined ? undefined : typeOfSchema(result);
    if (type !== undefined) results.set(name, type);
    known.set(name, {
      ...(schema === undefined ? {} : { args: typeOfSchema(schema) }),
      ...(type === undefined ? {} : { result: type }),
    });
  }
  const types: Record<string, StaticType> = Object.create(null);
  for (const [name, fact] of Object.entries(facts)) types[name] = typeOfFact(fact, results) ?? DYN;
  return { tools: known, facts: types };
}
