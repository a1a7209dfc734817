import {
  type Condition,
  type ConditionInput,
  compileCondition,
  DYN,
  type Expression,
} from '@spanforge/condition';
import type { PolicyRequest } from '@spanforge/core-events';
import type { PolicyBundle, PolicyRule } from '@spanforge/policy';
import {
  createDeclaredTypes,
  createInput,
  openLocalTime,
  openZone,
} from '@spanforge/policy/internal';
import { printCondition } from '../../condition/print-condition.js';
import { isWithin, matchesAny, meets } from '../rule-test.js';
import { conjunctsOf, formatExpression } from './format.js';

/** One part of a rule; all of them have to be true for it to apply. */
export interface RulePart {
  /** What it asks, such as `args.amount > 1000` or `tools: pay, crm_*`. */
  readonly text: string;
  readonly holds: boolean | 'unknown';
  /** What was compared, by path; what is missing is left out. */
  readonly values: Readonly<Record<string, unknown>>;
}

const TARGETS = [
  ['tools', 'request.tool', ({ tool }: PolicyRequest) => tool],
  ['resources', 'request.resource', ({ resource }: PolicyRequest) => resource],
  ['agents', 'agent.id', ({ agent }: PolicyRequest) => agent?.id],
  ['actors', 'actor.id', ({ actor }: PolicyRequest) => actor?.id],
  ['roles', 'actor.roles', ({ actor }: PolicyRequest) => actor?.roles],
  ['environments', 'env', ({ env }: PolicyRequest) => env],
] as const;

/** Asks the parts of a rule one by one; the request has its facts filled in. */
export function partsOf(
  rule: PolicyRule,
  request: PolicyRequest,
  bundle: PolicyBundle,
): readonly RulePart[] {
  return [
    ...targetParts(rule, request),
    ...thresholdPart(rule, request.observed),
    ...conditionParts(rule, request, bundle),
  ];
}

function targetParts({ target }: PolicyRule, request: PolicyRequest): readonly RulePart[] {
  return TARGETS.flatMap(([part, path, read]) => {
    const patterns = target[part];
    if (patterns === undefined) return [];
    const value: unknown = read(request);
    const holds = isMeant(part, patterns, value);
    const text = `${part}: ${patterns.join(', ')}`;
    return [{ text, holds, values: value === undefined ? {} : { [path]: value } }];
  });
}

/** Matches like the decider: a name that is not a string could be any name. */
function isMeant(
  part: (typeof TARGETS)[number][0],
  patterns: readonly string[],
  value: unknown,
): RulePart['holds'] {
  if (value === undefined) return part === 'tools' || part === 'resources' ? false : 'unknown';
  const names: readonly unknown[] = part === 'roles' && Array.isArray(value) ? value : [value];
  if (names.some((name) => matchesAny(patterns, name))) return true;
  return names.every((name) => typeof name === 'string') ? false : 'unknown';
}

function thresholdPart(rule: PolicyRule, observed: unknown): readonly RulePart[] {
  if (rule.threshold === undefined) return [];
  const { comparator, threshold, range } = rule;
  const known =
    typeof observed === 'number' && Number.isFinite(observed) && isWithin(observed, range);
  const holds = known ? meets(observed, comparator, threshold) : ('unknown' as const);
  const values = observed === undefined ? {} : { observed };
  return [{ text: `observed ${SIGNS[comparator]} ${threshold}`, holds, values }];
}

const SIGNS = { lt: '<', lte: '<=', gt: '>', gte: '>=', eq: '==', neq: '!=' } as const;

/**
 * Each part is compiled as a condition of its own, so that the explanation uses the decider's
 * evaluator.
 */
function conditionParts(
  { when }: PolicyRule,
  request: PolicyRequest,
  bundle: PolicyBundle,
): readonly RulePart[] {
  if (when === undefined) return [];
  const { zone } = bundle;
  const clock = openZone(zone) ?? (() => undefined);
  const input = createInput(request, clock, createDeclaredTypes(bundle)(request))();
  return conjunctsOf(when.expression).map((node) => {
    const condition = compilePart(node, zone);
    return { text: formatExpression(node), ...evaluatePart(condition, input) };
  });
}

/** A part on its own; `undefined` when added brackets make it longer than a condition may be. */
function compilePart(node: Expression, zone: string): Condition | undefined {
  try {
    // Types were checked when the bundle was loaded.
    return compileCondition(printCondition(node), { facts: DYN, localTime: openLocalTime(zone) });
  } catch {
    return undefined;
  }
}

function evaluatePart(
  condition: Condition | undefined,
  input: ConditionInput,
): Pick<RulePart, 'holds' | 'values'> {
  if (condition === undefined) return { holds: 'unknown', values: {} };
  const { value } = condition.evaluate(input);
  const holds = value === 'indeterminate' ? 'unknown' : value;
  return { holds, values: condition.read(input) };
}
