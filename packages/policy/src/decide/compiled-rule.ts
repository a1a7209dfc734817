import type { ConditionInput } from '@spanforge/condition';
import { type PolicyRequest, type RuleFinding, strictest } from '@spanforge/core-events';
import type { PolicyRule } from '../bundle/bundle.js';
import type { Comparator } from '../bundle/schema.js';
import { type Applies, compileTarget } from './target.js';

/** A rule that can be evaluated. */
export interface AskedRule {
  readonly rule: PolicyRule;
  /** Where it stands in the order of deciding. */
  readonly position: number;
  /** The rule's finding about a request; `undefined` when the rule does not apply. */
  find(request: PolicyRequest, input: () => ConditionInput): RuleFinding | undefined;
}

/** A rule in two forms; the second skips the tool test, for requests whose tool the index matched. */
export interface CompiledRule extends AskedRule {
  readonly ofTool: AskedRule;
}

/** True, false, or why it is indeterminate. */
type Truth = boolean | { readonly unknown: string };

const COMPARE: Readonly<Record<Comparator, (observed: number, threshold: number) => boolean>> = {
  lt: (observed, threshold) => observed < threshold,
  lte: (observed, threshold) => observed <= threshold,
  gt: (observed, threshold) => observed > threshold,
  gte: (observed, threshold) => observed >= threshold,
  eq: (observed, threshold) => observed === threshold,
  neq: (observed, threshold) => observed !== threshold,
};

export function compileRule(rule: PolicyRule, position: number): CompiledRule {
  const { tools: _tools, ...target } = rule.target;
  const ofTool = askedRule(rule, position, compileTarget(target));
  const anyTool = rule.target.tools === undefined;
  const asked = anyTool ? ofTool : askedRule(rule, position, compileTarget(rule.target));
  return { ...asked, ofTool };
}

function askedRule(
  rule: PolicyRule,
  position: number,
  applies: (request: PolicyRequest) => Applies,
): AskedRule {
  return {
    rule,
    position,
    find(request, input) {
      const target = targetTruth(applies(request));
      if (target === false) return undefined;
      const threshold = thresholdTruth(rule, request.observed);
      if (threshold === false) return undefined;
      const condition = conditionTruth(rule, input);
      if (condition === false) return undefined;
      const truth = target !== true ? target : threshold !== true ? threshold : condition;
      return finding(rule, request, truth, input);
    },
  };
}

function targetTruth(applies: Applies): Truth {
  if (applies === 'unknown') return { unknown: 'the request does not say who or where' };
  return applies === 'yes';
}

const ANY_NUMBER = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;

function thresholdTruth(rule: PolicyRule, observed: unknown): Truth {
  if (rule.threshold === undefined) return true;
  if (observed === undefined) return { unknown: 'there is no observed value' };
  if (typeof observed !== 'number' || !Number.isFinite(observed)) {
    return { unknown: 'the observed value is not a finite number' };
  }
  const [least, greatest] = rule.range ?? ANY_NUMBER;
  if (observed < least || observed > greatest) {
    return { unknown: `the observed value is not within ${least} to ${greatest}` };
  }
  return COMPARE[rule.comparator](observed, rule.threshold);
}

function conditionTruth(rule: PolicyRule, input: () => ConditionInput): Truth {
  const result = rule.when?.evaluate(input());
  if (result === undefined) return true;
  if (result.value !== 'indeterminate') return result.value;
  const place = result.path === undefined ? '' : ` at ${result.path}`;
  return { unknown: `its condition cannot be decided (${result.reason}${place})` };
}

function finding(
  rule: PolicyRule,
  request: PolicyRequest,
  truth: Truth,
  input: () => ConditionInput,
): RuleFinding {
  const known = typeof truth === 'boolean';
  const action = known ? rule.action : strictest(rule.action, rule.onError);
  // When the request's time is not a number, the rule counts.
  const isNumber = typeof request.time === 'number';
  const shadow = rule.shadowUntil !== undefined && isNumber && request.time < rule.shadowUntil;
  const found: { -readonly [K in keyof RuleFinding]: RuleFinding[K] } = {
    ruleId: rule.ruleId,
    action,
    finding: shadow ? 'shadow' : known ? 'triggered' : 'indeterminate',
    reason: known
      ? (rule.rationale ?? `Rule ${rule.ruleId} applies.`)
      : `Rule ${rule.ruleId} counts as ${action}: ${truth.unknown}.`,
  };
  if (rule.threshold !== undefined) {
    found.comparator = rule.comparator;
    found.threshold = rule.threshold;
    if (Number.isFinite(request.observed)) found.observed = Number(request.observed);
  }
  const values = readValues(rule, input);
  if (values !== undefined) found.values = values;
  return found;
}

/** The values the condition compared, for the record; none when the input cannot be read. */
function readValues(rule: PolicyRule, input: () => ConditionInput): RuleFinding['values'] {
  try {
    return rule.when?.read(input());
  } catch {
    return undefined;
  }
}
