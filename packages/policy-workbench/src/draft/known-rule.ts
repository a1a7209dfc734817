import {
  argumentPath,
  type DraftFact,
  ruleId,
  runsOf,
  type Said,
  type SeenArgument,
  testOf,
} from './argument.js';
import { cite, counted, printable, review } from './comments.js';
import { type CountedSource, type KnownOrigins, type Origins, traceOrigins } from './origins.js';
import type { DraftSource } from './sources.js';

/**
 * "Only what was looked up before", if every value of an argument occurs in something that was read
 * earlier in its run. A few sources may explain it together.
 */
export function knownRule(seen: SeenArgument, known: KnownOrigins, minimum: number): Said {
  const { tool, name, present } = seen;
  if (!canBeTraced(seen)) return undefined;
  const { sources, unexplained } = traceOrigins(seen, known);
  if (sources.length === 0 || unexplained.length > 0) return undefined;
  const path = argumentPath(name);
  if (present.length < minimum || runsOf(present) < 2) {
    const few = `${path}: ${told(sources, present.length)}; only ${backing(seen)}, too few for a rule`;
    return { review: review(`${few}; calls: ${cite(present)}`) };
  }
  const facts = sources.map(({ source }) => factOf(source, name));
  const unknown = facts.map((fact) => unknownTest(fact, path)).join(' && ');
  const rule = {
    ruleId: ruleId(tool, name, 'known'),
    tool,
    when: testOf(seen, unknown),
    rationale: `${printable(name)} was not looked up before.`,
    comments: [told(sources, present.length), `calls: ${cite(present)}`],
    basis: { kind: 'known', argument: name, facts: facts.map((fact) => fact.name) } as const,
  };
  return { rule, facts };
}

/** What is known about an argument that no rule explains, for people. */
export function unexplainedOrigin(seen: SeenArgument, known: KnownOrigins): string | undefined {
  if (!canBeTraced(seen)) return undefined;
  const { sources, unexplained, said } = traceOrigins(seen, known);
  const all = seen.present.length;
  const parts = [
    ...(sources.length === 0 ? [] : [told(sources, all)]),
    ...(said.length === 0
      ? []
      : [`the user wrote it in ${said.length} of ${all}, which no rule can see`]),
  ];
  if (parts.length === 0) return undefined;
  const calls = unexplained.length === 0 ? '' : `; not so in calls: ${cite(unexplained)}`;
  return `${argumentPath(seen.name)}: ${parts.join('; ')}; anything is let through${calls}`;
}

const NAME = /^\S{3,64}$/;

/** Texts without spaces; facts name arguments by dotted paths. */
function canBeTraced({ name, present }: SeenArgument): boolean {
  const values = present.map(({ call }) => call.args[name]);
  const texts = values.every((value) => typeof value === 'string' && NAME.test(value));
  return texts && new Set(values).size > 1 && name !== '' && !name.includes('.');
}

function backing({ present }: SeenArgument): string {
  return `${counted(present.length, 'call')} of ${counted(runsOf(present), 'run')}`;
}

function told(sources: Origins['sources'], all: number): string {
  return sources.map((one) => `${describe(one)} in ${one.count} of ${all}`).join('; ');
}

function describe({ source: { kind, tool, path } }: CountedSource): string {
  const what = {
    argument: `looked up by ${printable(tool)} as ${printable(path)}`,
    field: `from ${printable(tool)}, field ${printable(path)},`,
    list: `in a list of ${printable(tool)}${path === '' ? '' : `, ${printable(path)}`},`,
    key: `a key of ${printable(tool)}, ${printable(path)},`,
  };
  return what[kind];
}

function factOf(source: DraftSource, argument: string): DraftFact {
  const { kind, tool, path } = source;
  if (kind === 'argument') {
    const name = factName(`${tool}_of_${argument}`);
    const match = { [path]: `args.${argument}` };
    return { name, source, written: { from: tool, for: match, take: 'all' } };
  }
  const pick = path === '' ? {} : { pick: path };
  const name = factName(`${tool}_${path === '' ? 'results' : path}`);
  return { name, source, written: { from: tool, take: 'all', ...pick } };
}

function factName(text: string): string {
  const name = text.replace(/[^A-Za-z0-9_]/g, '_').slice(0, 56);
  return /^[A-Za-z_]/.test(name) ? name : `_${name}`;
}

function unknownTest({ name, source: { kind } }: DraftFact, path: string): string {
  if (kind === 'argument') return `size(facts.${name}) == 0`;
  if (kind === 'field') return `!(${path} in facts.${name})`;
  return `!facts.${name}.exists(known, ${path} in known)`;
}
