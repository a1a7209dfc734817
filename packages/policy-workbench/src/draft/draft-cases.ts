import type { PastCall } from '@spanforge/core-events';
import { writeYaml } from '@spanforge/yaml';
import type { PolicyCase } from '../testing/case.js';
import { writtenCase } from '../testing/write-cases.js';
import type { DraftFact, DraftRule } from './argument.js';
import { cite } from './comments.js';
import type { KnownOrigins } from './origins.js';
import { isCompleted, readJson, sourceKey } from './sources.js';
import { json } from './text.js';
import type { ToolDraft } from './tool-draft.js';
import type { DraftPlace, Observation } from './types.js';

/** A case, and the call from which it was made. */
export interface DraftCase {
  readonly policyCase: PolicyCase;
  readonly from: readonly DraftPlace[];
}

/** The parts of a draft from which cases are made. */
export interface CaseParts {
  readonly tools: readonly ToolDraft[];
  readonly rules: readonly DraftRule[];
  readonly facts: readonly DraftFact[];
  readonly known: KnownOrigins;
}

/** Makes cases from recorded calls, which pass, and from altered calls, which a rule stops. */
export function draftCases(parts: CaseParts): readonly DraftCase[] {
  const seen = new Set(parts.tools.map(({ name }) => name));
  let stranger = 'some_other_tool';
  while (seen.has(stranger)) stranger += '_';
  const unseen: DraftCase = {
    from: [],
    policyCase: {
      name: 'a tool nobody was seen to call',
      request: { service: 'sf_govern', control: 'tool_call', tool: stranger, args: {}, calls: [] },
      expect: { outcome: 'block', triggered: [UNSEEN_TOOLS] },
    },
  };
  return [unseen, ...parts.tools.flatMap((tool) => casesOfTool(tool, parts))];
}

/** The rule that denies tools that were never called. */
export const UNSEEN_TOOLS = 'unseen-tools-are-denied';

function casesOfTool(tool: ToolDraft, parts: CaseParts): readonly DraftCase[] {
  const [first] = tool.observed;
  if (first === undefined) return [];
  const rules = parts.rules.filter(
    (rule) => rule.tool === tool.name && rule.basis.kind !== 'tools',
  );
  const make = caseMaker(tool, rules, parts);
  return [
    make(first, 'as it was called', first.call.args, 'allow'),
    ...rules.flatMap((rule) => casesOfRule(rule, tool, make, onlyFromOf(rule, parts))),
  ];
}

type Make = (
  from: Observation,
  what: string,
  args: Readonly<Record<string, unknown>>,
  outcome: 'allow' | 'block',
  rule?: string,
  calls?: readonly PastCall[],
) => DraftCase;

function caseMaker(tool: ToolDraft, rules: readonly DraftRule[], parts: CaseParts): Make {
  return (from, what, args, outcome, rule, calls = neededCalls(from, rules, parts)) => ({
    from: [from],
    policyCase: {
      name: `${tool.name}: ${what}`,
      request: { service: 'sf_govern', control: 'tool_call', tool: tool.name, args, calls },
      expect: { outcome, ...(rule === undefined ? {} : { triggered: [rule] }) },
    },
  });
}

/**
 * Finds, for each fact of a rule, a call that only this fact explains; none if there is only one
 * fact.
 */
type OnlyFrom = (
  facts: readonly string[],
  had: readonly Observation[],
) => readonly { readonly fact: string; readonly one: Observation }[];

function onlyFromOf(rule: DraftRule, parts: CaseParts): OnlyFrom {
  return (names, had) => {
    if (names.length < 2) return [];
    const needs = (one: Observation, name: string): boolean => {
      const facts = parts.facts.filter((fact) => fact.name === name);
      return neededCalls(one, [rule], { ...parts, facts }).length > 0;
    };
    return names.flatMap((fact) => {
      const others = names.filter((name) => name !== fact);
      const one = had.find(
        (call) => needs(call, fact) && !others.some((name) => needs(call, name)),
      );
      return one === undefined ? [] : [{ fact, one }];
    });
  };
}

function casesOfRule(
  { ruleId, basis }: DraftRule,
  tool: ToolDraft,
  make: Make,
  onlyFrom: OnlyFrom,
): readonly DraftCase[] {
  if (basis.kind === 'tools') return [];
  const { argument } = basis;
  const had = tool.observed.filter(({ call }) => Object.hasOwn(call.args, argument));
  const [first] = had;
  if (first === undefined) return [];
  const given = (value: unknown) => ({ ...first.call.args, [argument]: value });
  if (basis.kind === 'known') {
    const other = `not-${String(first.call.args[argument])}`;
    return [
      ...onlyFrom(basis.facts, had).map(({ fact, one }) =>
        make(one, `${argument} from ${fact}`, one.call.args, 'allow'),
      ),
      make(first, `another ${argument} than was looked up`, given(other), 'block', ruleId),
      make(first, `${argument} when nothing was looked up`, first.call.args, 'block', ruleId, []),
    ];
  }
  if (basis.kind === 'range') {
    const { low, high, step } = basis;
    const beside = (value: number) => Number(value.toFixed(2));
    return [
      make(first, `${argument} at ${low}`, given(low), 'allow'),
      ...(high === low ? [] : [make(first, `${argument} at ${high}`, given(high), 'allow')]),
      make(first, `${argument} under ${low}`, given(beside(low - step)), 'block', ruleId),
      make(first, `${argument} over ${high}`, given(beside(high + step)), 'block', ruleId),
    ];
  }
  const others = basis.values.filter((value) => typeof value === 'string');
  const other = others.length === 0 ? undefined : `not ${others[0]}`;
  return [
    ...basis.values.flatMap((value) => {
      const one = had.find(({ call }) => call.args[argument] === value);
      return one === undefined || one === tool.observed[0]
        ? []
        : [make(one, `${argument} ${json(value)}`, one.call.args, 'allow')];
    }),
    ...(other === undefined
      ? []
      : [make(first, `another ${argument}`, given(other), 'block', ruleId)]),
  ];
}

/** The earlier calls that the rules of a tool need, with no more of their results than needed. */
function neededCalls(
  { run, at, call }: Observation,
  rules: readonly DraftRule[],
  { facts, known }: CaseParts,
): readonly PastCall[] {
  const picks = new Set<number>();
  for (const { basis } of rules) {
    if (basis.kind !== 'known' || !Object.hasOwn(call.args, basis.argument)) continue;
    const keys = facts
      .filter(({ name }) => basis.facts.includes(name))
      .map(({ source }) => sourceKey(source));
    const found = run.calls.findLastIndex(
      (earlier, index) =>
        index < at &&
        isCompleted(earlier) &&
        (known.of(earlier).get(call.args[basis.argument]) ?? []).some((source) =>
          keys.includes(sourceKey(source)),
        ),
    );
    if (found >= 0) picks.add(found);
  }
  return [...picks]
    .sort((a, b) => a - b)
    .flatMap((index) => {
      const earlier = run.calls[index];
      if (earlier === undefined) return [];
      const paths = facts
        .filter(({ source }) => source.tool === earlier.name && source.kind !== 'argument')
        .map(({ source }) => source.path);
      const result = prune(readJson(earlier.result), paths);
      return [{ tool: earlier.name, args: earlier.args, result }];
    });
}

/** A result reduced to the values at some paths. */
function prune(value: unknown, paths: readonly string[]): unknown {
  if (paths.includes('')) return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  const heads = [...new Set(paths.map((path) => path.split('.')[0] ?? ''))].sort();
  const holder = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    heads
      .filter((head) => Object.hasOwn(holder, head))
      .map((head) => {
        const below = paths
          .filter((path) => path === head || path.startsWith(`${head}.`))
          .map((path) => path.slice(head.length + 1));
        return [head, prune(holder[head], below)];
      }),
  );
}

/** The cases as YAML, each below the call from which it was made. */
export function writeCases(cases: readonly DraftCase[], head: readonly string[]): string {
  const written = cases.map(({ policyCase }) => writtenCase(policyCase));
  return writeYaml(
    { stages: 'ended', cases: written },
    {
      blockDepth: 3,
      commentsAbove: ([member, at, ...below]) => {
        if (at === undefined) return member === 'stages' ? head : [];
        const { from = [] } = below.length === 0 ? (cases[Number(at)] ?? {}) : {};
        return from.length === 0 ? [] : [`calls: ${cite(from)}`];
      },
    },
  );
}
