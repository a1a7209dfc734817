import { type DeclaredTypes, declaredAt } from '@spanforge/condition';
import type { ControlName, PolicyBundle, PolicyTool } from '@spanforge/policy';
import {
  controlKey,
  createMatcher,
  declaredIn,
  factSources,
  resultKind,
  wholeRedaction,
} from '@spanforge/policy/internal';
import type { RuleSet } from './differences.js';
import { splitPath } from './place.js';
import { ruleTest } from './rule-test.js';
import type { Space } from './space.js';

/** Every control to which a rule of the bundles applies. */
export function controlsOf(...bundles: readonly PolicyBundle[]): readonly ControlName[] {
  const found = new Map<string, ControlName>();
  for (const { service, control } of bundles.flatMap((bundle) => bundle.rules)) {
    found.set(controlKey(service, control), { service, control });
  }
  return [...found.values()];
}

/** The enabled rules of a bundle for one control, in the order in which they are written. */
export function ruleSet(
  bundle: PolicyBundle,
  { service, control }: ControlName,
  space: Space,
): RuleSet {
  const asked = bundle.rules.filter(
    (rule) => rule.enabled && rule.service === service && rule.control === control,
  );
  const declared = Object.entries(bundle.tools).map(([name, tool]) => [
    name,
    tool.schema ?? null,
    tool.result ?? null,
  ]);
  const surroundings = {
    zone: bundle.zone,
    facts: factDefinitions(bundle),
    typesAt: createTypesAt(bundle),
    types: JSON.stringify(declared.sort()),
  };
  return {
    strategy: bundle.strategy,
    rules: asked.map((rule) => ruleTest(rule, surroundings, space)),
    fallback: bundle.default ?? 'allow',
    fallbackMasks: bundle.default === 'redact' ? wholeRedaction(control) : [],
  };
}

function namesOf(path: string): readonly string[] {
  const { parent, name } = splitPath(path);
  return parent === undefined ? [name] : [...namesOf(parent), name];
}

/** What is declared to stand at a path: of the arguments or a result, by each tool; and of a fact. */
function createTypesAt(bundle: PolicyBundle): (path: string) => string | undefined {
  const { tools, facts } = declaredIn(bundle);
  const ofFacts = { facts: { kind: 'object', fields: facts } } as const;
  const ofTools = [...tools]
    .map(([name, { args, result }]) => {
      const fields = result === undefined ? {} : { result };
      const types = { facts: { kind: 'object', fields }, ...(args === undefined ? {} : { args }) };
      return [name, types as DeclaredTypes] as const;
    })
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const find = (path: string): string | undefined => {
    const names = namesOf(path);
    // Of all facts together nothing is declared that would tell two requests apart.
    if (names.length === 1 && names[0] === 'facts') return undefined;
    const fact = declaredAt(ofFacts, names);
    const found = ofTools.map(([name, types]) => [name, declaredAt(types, names)] as const);
    const told = (fact === undefined ? found : [['', fact] as const]).filter(
      ([, type]) => type !== undefined && type.kind !== 'dyn',
    );
    return told.length === 0 ? undefined : JSON.stringify(told);
  };
  const known = new Map<string, string | undefined>();
  return (path) => {
    if (!known.has(path)) known.set(path, find(path));
    return known.get(path);
  };
}

/** The definition of each fact, including its sources. */
function factDefinitions(bundle: PolicyBundle): Readonly<Record<string, string>> {
  const { facts, tools, environment, policyId } = bundle;
  const define = (name: string): unknown => {
    const fact = facts[name];
    if (fact === undefined) return name;
    // A counter belongs to its policy: another policy id has another counter.
    if (fact.kind === 'counted') return [fact, environment, policyId, readsOf(tools, fact.tools)];
    const read = fact.kind === 'calls' ? fact.from.map((tool) => readingOf(tools[tool])) : [];
    return [fact, read, factSources(fact).map(define)];
  };
  const names = Object.keys(facts).map((name) => [name, JSON.stringify(define(name))]);
  return { ...Object.fromEntries(names), result: JSON.stringify(readingsOf(bundle)) };
}

/** The tools of a counter that only read: of these, each call under one id counts. */
function readsOf(
  tools: PolicyBundle['tools'],
  counted: readonly string[] = ['*'],
): readonly string[] {
  return Object.keys(tools)
    .filter((name) => tools[name]?.effect === 'read')
    .filter(createMatcher(counted))
    .sort();
}

/** How text results are parsed; this decides what conditions see as `facts.result`. */
function readingsOf({ tools }: PolicyBundle): unknown {
  const read = Object.entries(tools).map(([name, tool]) => [name, resultKind(tool.result)]);
  return read.filter(([, kind]) => kind !== undefined).sort();
}

/** The part of a tool's schema that decides how its result is parsed. */
function readingOf(tool: PolicyTool | undefined): unknown {
  return [resultKind(tool?.result), tool?.failureStartsWith, tool?.output];
}
