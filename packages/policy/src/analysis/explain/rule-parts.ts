import type { PolicyRequest } from '@spanforge/core-events';
import type { PolicyBundle, PolicyRule } from '../../bundle/bundle.js';
import { readTime } from '../../reference/calendar.js';
import { evaluate, type Scene } from '../../reference/evaluate.js';
import { matchesAny, meets } from '../rule-test.js';
import { conjunctsOf, formatExpression, pathsOf } from './format.js';

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
  { zone }: PolicyBundle,
): readonly RulePart[] {
  const time = readTime(request.time, zone);
  const scene: Scene = { roots: { ...request, request, time }, variables: [], zone };
  return [
    ...targetParts(rule, request),
    ...thresholdPart(rule, request.observed),
    ...conditionParts(rule, scene),
  ];
}

function targetParts({ target }: PolicyRule, request: PolicyRequest): readonly RulePart[] {
  return TARGETS.flatMap(([part, path, read]) => {
    const patterns = target[part];
    if (patterns === undefined) return [];
    const value: unknown = read(request);
    const names: readonly unknown[] = Array.isArray(value) ? value : [value];
    const known = typeof value === 'string' || Array.isArray(value);
    const about = part === 'tools' || part === 'resources';
    const holds = known
      ? names.some((name) => matchesAny(patterns, name))
      : value === undefined && about
        ? false
        : ('unknown' as const);
    const text = `${part}: ${patterns.join(', ')}`;
    return [{ text, holds, values: value === undefined ? {} : { [path]: value } }];
  });
}

function thresholdPart(rule: PolicyRule, observed: unknown): readonly RulePart[] {
  if (rule.threshold === undefined) return [];
  const { comparator, threshold } = rule;
  const known = typeof observed === 'number' && Number.isFinite(observed);
  const holds = known ? meets(observed, comparator, threshold) : ('unknown' as const);
  const values = observed === undefined ? {} : { observed };
  return [{ text: `observed ${SIGNS[comparator]} ${threshold}`, holds, values }];
}

const SIGNS = { lt: '<', lte: '<=', gt: '>', gte: '>=', eq: '==', neq: '!=' } as const;

function conditionParts({ when }: PolicyRule, scene: Scene): readonly RulePart[] {
  if (when === undefined) return [];
  return conjunctsOf(when.expression).map((node) => {
    const value = evaluate(node, scene);
    const read = [...pathsOf(node)].map(([path, names]) => {
      return [path, evaluate({ kind: 'path', at: 0, path, names }, scene)] as const;
    });
    return {
      text: formatExpression(node),
      holds: typeof value === 'boolean' ? value : ('unknown' as const),
      values: Object.fromEntries(read.filter(([, found]) => typeof found !== 'symbol')),
    };
  });
}
