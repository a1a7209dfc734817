import {
  type Condition,
  ConditionError,
  compileCondition,
  type StaticType,
} from '@spanforge/condition';
import type { Obligation } from '@spanforge/core-events';
import type { PolicyRule, RuleTarget } from './bundle.js';
import type { Path, Problems } from './problem.js';
import type { WrittenRule } from './schema.js';

/** Types of the arguments, by tool, for the tools that declare a schema. */
export type ArgumentTypes = ReadonlyMap<string, StaticType>;

/** Fills in a rule's defaults and compiles its condition. */
export function readRule(
  written: WrittenRule,
  path: Path,
  types: ArgumentTypes,
  problems: Problems,
): PolicyRule {
  const target = readTarget(written.target ?? {});
  const when = readCondition(written.when, [...path, 'when'], target, types, problems);
  const stage = written.stage ?? 'enforce';
  return Object.freeze({
    ruleId: written.rule_id,
    service: written.service,
    control: written.control,
    target,
    action: written.action,
    enabled: written.enabled ?? true,
    ...(written.threshold === undefined ? {} : { threshold: written.threshold }),
    comparator: written.metadata?.comparator ?? 'lt',
    ...(when === undefined ? {} : { when }),
    ...(written.rationale === undefined ? {} : { rationale: written.rationale }),
    obligations: Object.freeze(obligationsOf(written)),
    onError: written.on_error ?? 'block',
    onUnavailable: written.on_unavailable ?? 'fail_secure',
    ...(stage === 'enforce' ? {} : { shadowUntil: Date.parse(stage.until) }),
  });
}

/** `*` in a list leaves everything in, as if the list were absent. */
function readTarget(written: NonNullable<WrittenRule['target']>): RuleTarget {
  const parts = Object.entries(written).filter(
    ([, patterns]) => patterns !== undefined && !patterns.includes('*'),
  );
  return Object.freeze(Object.fromEntries(parts));
}

/** A rule that redacts without saying what redacts the whole value its control is about. */
function obligationsOf(written: WrittenRule): readonly Obligation[] {
  if (written.redact === undefined) {
    if (written.action !== 'redact') return [];
    const target = written.control === 'tool_call' ? 'args' : 'result';
    return [{ kind: 'redact', target, path: '' }];
  }
  return written.redact.map(({ path, mask }) => {
    const [target, ...rest] = path.split('.');
    const obligation = {
      kind: 'redact',
      target: target === 'args' ? 'args' : 'result',
      path: rest.join('.'),
    } as const;
    return mask === undefined ? obligation : { ...obligation, mask };
  });
}

function readCondition(
  source: string | undefined,
  path: Path,
  target: RuleTarget,
  types: ArgumentTypes,
  problems: Problems,
): Condition | undefined {
  if (source === undefined) return undefined;
  try {
    return compileCondition(source, { args: argumentTypes(target, types) });
  } catch (error) {
    if (!ConditionError.is(error)) throw error;
    const { line, column, offset } = error.details;
    const place = `line ${line}, column ${column} of the condition`;
    problems.add('POLICY_CONDITION', path, `${error.message} (${error.code}, ${place})`, offset);
    return undefined;
  }
}

/** Known only where every tool the rule can meet is named and declares its arguments. */
function argumentTypes(target: RuleTarget, types: ArgumentTypes): readonly StaticType[] {
  const known = (target.tools ?? []).map((tool) => types.get(tool));
  return known.every((type) => type !== undefined) ? known : [];
}
