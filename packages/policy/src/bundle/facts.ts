import { DYN, type StaticType } from '@spanforge/condition';
import { createMatcher } from '../pattern.js';
import type { PolicyFact } from './bundle.js';
import { orderFacts } from './fact-order.js';
import { typeAt, typeOfFact } from './fact-type.js';
import type { Path, Problems } from './problem.js';
import {
  callFactSchema,
  countFactSchema,
  DIMENSIONS,
  detectFactSchema,
  sumFactSchema,
  windowMs,
} from './schema.js';
import type { ReadTools } from './tools.js';

/** The declared facts, and the types conditions see. */
export interface ReadFacts {
  readonly facts: Readonly<Record<string, PolicyFact>>;
  readonly types: Readonly<Record<string, StaticType>>;
}

/**
 * Reads the declared facts. When a bundle declares tools, facts may name only those. Facts may be
 * computed from each other, in any order, but not in a cycle.
 */
export function readFacts(
  written: Readonly<Record<string, unknown>>,
  tools: ReadTools,
  closed: boolean,
  problems: Problems,
): ReadFacts {
  const facts: Record<string, PolicyFact> = Object.create(null);
  for (const [name, value] of Object.entries(written)) {
    const path = ['facts', name];
    if (name === 'result') {
      problems.add('POLICY_FACT', path, '"result" is the result of the call itself.', 'key');
      continue;
    }
    const fact = readFact(value, path, problems);
    if (fact !== undefined) facts[name] = Object.freeze(fact);
  }
  if (closed) checkTools(facts, tools, problems);
  const types: Record<string, StaticType> = Object.create(null);
  for (const name of orderFacts(facts, written, problems)) {
    const fact = facts[name];
    if (fact !== undefined) types[name] = readType(name, fact, tools, types, problems);
  }
  // An invalid fact is still known by name, so that only its own problem is reported, not its readers'.
  for (const name of Object.keys(written)) types[name] ??= DYN;
  return { facts: Object.freeze(facts), types };
}

const KINDS = [
  ['from', callFactSchema],
  ['count', countFactSchema],
  ['sum', sumFactSchema],
  ['detect', detectFactSchema],
] as const;

function readFact(value: unknown, path: Path, problems: Problems): PolicyFact | undefined {
  const given = typeof value === 'object' && value !== null ? value : {};
  const [kind, ...more] = KINDS.filter(([key]) => Object.hasOwn(given, key));
  if (kind === undefined || more.length > 0) {
    const keys = KINDS.map(([key]) => key).join(', ');
    problems.add('POLICY_FACT', path, `A fact has exactly one of the keys ${keys}.`);
    return undefined;
  }
  const parsed = kind[1].safeParse(value, { reportInput: true });
  if (parsed.success) return toFact(parsed.data);
  problems.addIssues(parsed.error, path);
  return undefined;
}

type WrittenFact = ReturnType<(typeof KINDS)[number][1]['parse']>;

function toFact(written: WrittenFact): PolicyFact {
  if ('from' in written) {
    const { from, for: matches = {}, take = 'latest', pick } = written;
    return {
      kind: 'calls',
      from: Object.freeze(typeof from === 'string' ? [from] : from),
      for: Object.freeze(
        Object.entries(matches).map(([argument, source]) =>
          Object.freeze(
            typeof source === 'string' ? { argument, path: source } : { argument, ...source },
          ),
        ),
      ),
      take,
      ...(pick === undefined ? {} : { pick }),
    };
  }
  if ('detect' in written) {
    const { detect: path, types } = written;
    return {
      kind: 'detected',
      path,
      ...(types === undefined ? {} : { types: Object.freeze([...new Set(types)].sort()) }),
    };
  }
  const { tools, per = [], window } = written;
  return {
    kind: 'counted',
    ...('sum' in written ? { sum: written.sum } : {}),
    ...(tools === undefined || tools.includes('*') ? {} : { tools: Object.freeze(tools) }),
    per: Object.freeze(DIMENSIONS.filter((dimension) => per.includes(dimension))),
    windowMs: windowMs(window),
  };
}

/** An undeclared tool is never called, so a fact about it would always be missing. */
function checkTools(
  facts: Readonly<Record<string, PolicyFact>>,
  { tools }: ReadTools,
  problems: Problems,
): void {
  for (const [name, fact] of Object.entries(facts)) {
    if (fact.kind === 'detected') continue;
    const [key, named = []] = fact.kind === 'calls' ? ['from', fact.from] : ['tools', fact.tools];
    for (const tool of named) {
      if (tool.endsWith('*') || tool in tools) continue;
      problems.add('POLICY_FACT', ['facts', name, key], `There is no tool "${tool}" in "tools".`);
    }
  }
}

function readType(
  name: string,
  fact: PolicyFact,
  tools: ReadTools,
  types: Readonly<Record<string, StaticType>>,
  problems: Problems,
): StaticType {
  if (fact.kind === 'counted') checkAmount(name, fact, tools, problems);
  if (fact.kind === 'detected') checkPath(fact.path, types, ['facts', name, 'detect'], problems);
  if (fact.kind === 'calls') {
    for (const match of fact.for) {
      const path = ['facts', name, 'for', match.argument];
      checkArgument(match.argument, fact.from, tools, path, problems);
      if ('path' in match) checkPath(match.path, types, path, problems);
    }
  }
  const type = typeOfFact(fact, tools.types.result);
  if (type === undefined && fact.kind === 'calls') {
    const message = `The result has no "${fact.pick}".`;
    problems.add('POLICY_FACT', ['facts', name, 'pick'], message);
  }
  return type ?? DYN;
}

/** Without this check, a fact about an argument no call can have would always be missing. */
function checkArgument(
  argument: string,
  from: readonly string[],
  { types }: ReadTools,
  path: Path,
  problems: Problems,
): void {
  for (const tool of from) {
    const args = types.args.get(tool);
    if (args === undefined || typeAt(args, argument.split('.')) !== undefined) continue;
    problems.add('POLICY_FACT', path, `"${tool}" has no argument "${argument}".`, 'key');
  }
}

/** Without this check, a sum over what is no number could not count any call. */
function checkAmount(
  name: string,
  { sum, tools: counted }: Extract<PolicyFact, { kind: 'counted' }>,
  { tools, types }: ReadTools,
  problems: Problems,
): void {
  if (sum === undefined) return;
  const steps = sum.split('.').slice(1);
  const faultOf = (tool: string): string | undefined => {
    const args = types.args.get(tool);
    const type = args === undefined ? DYN : typeAt(args, steps);
    if (type?.kind === 'number' || type?.kind === 'dyn') return undefined;
    const what = `argument "${steps.join('.')}"`;
    if (type === undefined) return `"${tool}" has no ${what}.`;
    return `The ${what} of "${tool}" is a ${type.kind}: only numbers are added.`;
  };
  // A prefix may also take in tools that add nothing; a name is there to be added.
  for (const pattern of counted ?? ['*']) {
    const faults = Object.keys(tools)
      .filter(createMatcher([pattern]))
      .map(faultOf);
    const [fault] = faults;
    if (fault === undefined || faults.includes(undefined)) continue;
    problems.add('POLICY_FACT', ['facts', name, 'sum'], fault);
  }
}

/** Checks that a path under `facts` can exist. */
function checkPath(
  path: string,
  types: Readonly<Record<string, StaticType>>,
  at: Path,
  problems: Problems,
): void {
  const [root, name = '', ...rest] = path.split('.');
  if (root !== 'facts' || name === 'result') return;
  const type = types[name];
  // Undeclared facts were reported when the facts were ordered.
  if (type === undefined || typeAt(type, rest) !== undefined) return;
  problems.add('POLICY_FACT', at, `The fact "${name}" has no "${rest.join('.')}".`);
}
