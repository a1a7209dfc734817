import { type StaticType, typeOfSchema } from '@spanforge/condition';
import { closestName } from '../closest-name.js';
import { createMatcher } from '../pattern.js';
import type { PolicyBundle, PolicyRule } from './bundle.js';

/** An argument that a rule reads and that no tool it is about has. */
export interface UnknownArgument {
  readonly ruleId: string;
  /** As the condition has it, such as `args.amount`. */
  readonly argument: string;
  /** The one that was probably meant. */
  readonly meant?: string;
}

/**
 * The arguments that enabled rules read although none of the tools they match declares them. A bundle
 * does not load with such a rule where the rule names each of its tools; a rule about a prefix, or about
 * every tool, could never be decided. Rules that match a tool without a schema are left out.
 *
 * @param others - tools there are beside those that the bundle declares; their schemas are not known
 */
export function unknownArguments(
  bundle: PolicyBundle,
  others: readonly string[] = [],
): readonly UnknownArgument[] {
  const types = new Map(
    Object.entries(bundle.tools).map(([name, { schema }]) => [
      name,
      schema === undefined ? undefined : typeOfSchema(schema),
    ]),
  );
  for (const name of others) if (!types.has(name)) types.set(name, undefined);
  return bundle.rules.flatMap((rule) => {
    const met = rule.enabled && rule.service === 'sf_govern' ? typesMet(rule, types) : [];
    return met.length === 0 ? [] : readsOf(rule).flatMap((path) => unknownIn(rule, path, met));
  });
}

const readsOf = ({ when }: PolicyRule): readonly string[] =>
  (when?.fields ?? []).filter((path) => path.startsWith('args.'));

/** The types of the tools a rule can match; none when one of them is not known. */
function typesMet(
  { target: { tools } }: PolicyRule,
  types: ReadonlyMap<string, StaticType | undefined>,
): readonly StaticType[] {
  const matches = tools === undefined ? () => true : createMatcher(tools);
  const exact = (tools ?? []).filter((name) => !name.endsWith('*'));
  const names = new Set([...exact, ...[...types.keys()].filter(matches)]);
  const met = [...names].map((name) => types.get(name));
  return met.every((type) => type !== undefined) ? met : [];
}

function unknownIn(
  { ruleId }: PolicyRule,
  path: string,
  met: readonly StaticType[],
): readonly UnknownArgument[] {
  const steps = path.split('.').slice(1);
  if (!met.every((type) => lacks(type, steps))) return [];
  const names = met.flatMap((type) => (type.kind === 'object' ? Object.keys(type.fields) : []));
  const [first = '', ...rest] = steps;
  const close = names.includes(first) ? undefined : closestName(first, names);
  const meant = close === undefined ? {} : { meant: ['args', close, ...rest].join('.') };
  return [{ ruleId, argument: path, ...meant }];
}

/** Whether no value of the type has anything at a path. */
function lacks(type: StaticType, [step, ...rest]: readonly string[]): boolean {
  if (step === undefined || type.kind === 'dyn') return false;
  if (type.kind !== 'object') return true;
  const part = Object.hasOwn(type.fields, step) ? type.fields[step] : type.rest;
  return part === undefined || lacks(part, rest);
}
