import {
  type Condition,
  ConditionError,
  compileCondition,
  DYN,
  joinTypes,
  type LocalTime,
  type StaticType,
} from '@spanforge/condition';
import { joinObligations, type Obligation } from '@spanforge/core-events';
import { deepFreeze } from '@spanforge/core-signing';
import type { PolicyRule, RuleTarget } from './bundle.js';
import type { ControlName } from './controls.js';
import type { Path, Problems } from './problem.js';
import { checkRedactionPaths } from './redaction-paths.js';
import type { WrittenRule } from './schema.js';
import type { ToolTypes } from './tool-types.js';

/** What the conditions of a bundle are checked against. */
export interface ConditionScope {
  readonly tools: ToolTypes;
  readonly declaredTools: readonly string[];
  /** By name, without `result`. */
  readonly facts: Readonly<Record<string, StaticType>>;
  readonly localTime: LocalTime;
}

/** Fills in a rule's defaults and compiles its condition. */
export function readRule(
  written: WrittenRule,
  path: Path,
  scope: ConditionScope,
  problems: Problems,
  range?: ControlName['range'],
): PolicyRule {
  checkThreshold(written.threshold, range, path, problems);
  const target = readTarget(written.target ?? {});
  const declared = scope.declaredTools;
  checkRedactionPaths(written, target, path, { tools: scope.tools, declared }, problems);
  const when = readCondition(written, [...path, 'when'], target, scope, problems);
  const stage = written.stage ?? 'enforce';
  const tellAgent = written.metadata?.tell_agent;
  return Object.freeze({
    ruleId: written.rule_id,
    service: written.service,
    control: written.control,
    target,
    action: written.action,
    enabled: written.enabled ?? true,
    ...(written.threshold === undefined ? {} : { threshold: written.threshold }),
    comparator: written.metadata?.comparator ?? 'lt',
    ...(written.threshold === undefined || range === undefined ? {} : { range }),
    ...(when === undefined ? {} : { when }),
    ...(written.rationale === undefined ? {} : { rationale: written.rationale }),
    ...(tellAgent === undefined ? {} : { tellAgent: deepFreeze(tellAgent) }),
    obligations: Object.freeze(obligationsOf(written)),
    onError: written.on_error ?? 'block',
    onUnavailable: written.on_unavailable ?? 'fail_secure',
    ...(stage === 'enforce' ? {} : { shadowUntil: Date.parse(stage.until) }),
  });
}

function checkThreshold(
  threshold: number | undefined,
  range: ControlName['range'],
  path: Path,
  problems: Problems,
): void {
  if (threshold === undefined || range === undefined) return;
  const [least, greatest] = range;
  if (threshold >= least && threshold <= greatest) return;
  const message = `expected a threshold from ${least} to ${greatest}: this control observes nothing else.`;
  problems.add('POLICY_VALUE', [...path, 'threshold'], message);
}

/** A list with `*` matches everything, like an absent list. */
function readTarget(written: NonNullable<WrittenRule['target']>): RuleTarget {
  const parts = Object.entries(written).filter(
    ([, patterns]) => patterns !== undefined && !patterns.includes('*'),
  );
  return Object.freeze(Object.fromEntries(parts));
}

/** A rule that redacts without naming a path redacts the whole value its control is about. */
function obligationsOf(written: WrittenRule): readonly Obligation[] {
  if (written.redact === undefined) {
    return written.action === 'redact' ? wholeRedaction(written.control) : [];
  }
  const redactions = written.redact.map(({ path, mask, types }): Obligation => {
    const [target, ...rest] = path.split('.');
    return Object.freeze({
      kind: 'redact',
      target: target === 'args' ? 'args' : 'result',
      path: rest.join('.'),
      ...(mask === undefined ? {} : { mask }),
      ...(types === undefined ? {} : { types: Object.freeze([...new Set(types)].sort()) }),
    });
  });
  return joinObligations([], redactions);
}

/** What a redaction that names no path masks: the whole value its control is about. */
export function wholeRedaction(control: string): readonly Obligation[] {
  return [{ kind: 'redact', target: control === 'tool_call' ? 'args' : 'result', path: '' }];
}

function readCondition(
  { when: source, service, control }: WrittenRule,
  path: Path,
  target: RuleTarget,
  scope: ConditionScope,
  problems: Problems,
): Condition | undefined {
  if (source === undefined) return undefined;
  const answered = service === 'sf_govern' && control === 'tool_result';
  const facts = answered ? { ...scope.facts, result: resultType(target, scope) } : scope.facts;
  try {
    return compileCondition(source, {
      args: typesOf(target, scope.tools.args) ?? [],
      facts: { kind: 'object', fields: facts },
      localTime: scope.localTime,
    });
  } catch (error) {
    if (!ConditionError.is(error)) throw error;
    const { line, column, offset } = error.details;
    const place = `line ${line}, column ${column} of the condition`;
    problems.add('POLICY_CONDITION', path, `${error.message} (${error.code}, ${place})`, offset);
    return undefined;
  }
}

/** Types are known only when the rule names every tool it can match and each declares a type. */
function typesOf(
  { tools }: RuleTarget,
  types: ReadonlyMap<string, StaticType>,
): readonly StaticType[] | undefined {
  const known = tools?.map((tool) => types.get(tool));
  return known?.every((type) => type !== undefined) ? known : undefined;
}

/** The result types of the tools a rule can match. */
function resultType(target: RuleTarget, { tools }: ConditionScope): StaticType {
  const [first, ...rest] = typesOf(target, tools.result) ?? [];
  return first === undefined ? DYN : rest.reduce((a, b) => joinTypes(a, b), first);
}
