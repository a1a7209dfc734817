import type { Obligation, Outcome, PolicyRequest, RuleFinding } from '@spanforge/core-events';
import type { PolicyBundle, PolicyRule, RuleTarget } from '@spanforge/policy';
import { readTime } from './calendar.js';
import { evaluate, type Scene } from './evaluate.js';
import { factsOf } from './facts.js';
import { fieldSchemas } from './schema-fit.js';
import { isNumber } from './value.js';

/** Everything of a verdict but its sentences. */
export interface ReferenceVerdict {
  readonly outcome: Outcome;
  /** Sorted by their JSON. */
  readonly obligations: readonly Obligation[];
  readonly reasonCode: string;
  readonly matched: boolean;
  readonly rules: readonly Omit<RuleFinding, 'reason'>[];
}

type Answer = 'yes' | 'no' | 'unknown';

const ORDER: readonly Outcome[] = ['allow', 'allow+log', 'redact', 'human_review', 'block'];

/**
 * Decides as the decider does, written a second time: slow, without an index or anything compiled,
 * every rule and every node of its condition in turn. The two are compared on random bundles and
 * requests. It knows no limit of steps. Never throws.
 */
export function referenceDecide(
  bundle: PolicyBundle,
  request: PolicyRequest,
  counted: Readonly<Record<string, number>> = {},
): ReferenceVerdict {
  try {
    return decide(bundle, request, counted);
  } catch {
    return {
      outcome: 'block',
      obligations: [],
      reasonCode: 'policy_error',
      matched: false,
      rules: [],
    };
  }
}

function decide(
  bundle: PolicyBundle,
  request: PolicyRequest,
  counted: Readonly<Record<string, number>>,
): ReferenceVerdict {
  if (typeof request.service !== 'string' || typeof request.control !== 'string')
    throw new TypeError();
  const scene = sceneOf(bundle, request, counted);
  const said: { finding: Omit<RuleFinding, 'reason'>; rule: PolicyRule }[] = [];
  for (const rule of inOrder(bundle)) {
    const finding = findingOf(rule, request, scene);
    if (finding === undefined) continue;
    said.push({ finding, rule });
    if (bundle.strategy === 'first_match' && settles(finding)) break;
  }
  const counting = said.filter(({ finding }) => finding.finding !== 'shadow');
  const outcomes = counting.map(({ finding }) => finding.action);
  const settled = counting.some(({ finding }) => settles(finding));
  const fallback = bundle.default ?? 'allow';
  const ofRules = outcomes.reduce<Outcome>(stricter, 'allow');
  const falls =
    !settled && (outcomes.length === 0 || ORDER.indexOf(fallback) > ORDER.indexOf(ofRules));
  const winner = counting.find(({ finding }) => finding.action === ofRules)?.finding;
  const fallbackCode = bundle.default === undefined ? 'no_matching_rule' : 'default';
  const ruleCode = winner?.finding === 'indeterminate' ? 'rule_indeterminate' : 'rule_triggered';
  return {
    outcome: falls ? fallback : ofRules,
    obligations: unique([
      ...counting.flatMap(({ rule, finding }) =>
        masks(rule.obligations, finding.action, rule.control),
      ),
      ...(settled ? [] : masks([], fallback, request.control)),
    ]),
    reasonCode: falls ? fallbackCode : ruleCode,
    matched: counting.length > 0 || bundle.default !== undefined,
    rules: said.map(({ finding }) => finding),
  };
}

function sceneOf(
  bundle: PolicyBundle,
  request: PolicyRequest,
  counted: Readonly<Record<string, number>>,
): Scene {
  const facts = factsOf(bundle, request, counted);
  const time = typeof request.time === 'number' ? readTime(request.time, bundle.zone) : undefined;
  const roots = { ...request, request, facts, time };
  return { roots, variables: [], zone: bundle.zone, schemas: declared(bundle, request) };
}

const TEXT = { type: 'string' };
const TEXTS = { type: 'array', items: TEXT };
const FIXED: Readonly<Record<string, unknown>> = {
  request: { properties: { tool: TEXT, resource: TEXT, action: TEXT } },
  actor: { properties: { id: TEXT, roles: TEXTS } },
  agent: { properties: { id: TEXT, capabilities: TEXTS } },
  env: TEXT,
  labels: TEXTS,
  observed: { type: 'number' },
  context: { type: 'object' },
};

/** What is declared for a request: of its fixed parts, of the called tool, and of each fact. */
function declared(
  { tools, facts }: PolicyBundle,
  { tool, service, control }: PolicyRequest,
): ReadonlyMap<string, readonly unknown[]> {
  const found = new Map(Object.entries(FIXED).map(([name, schema]) => [name, [schema]]));
  const called = typeof tool === 'string' && Object.hasOwn(tools, tool) ? tools[tool] : undefined;
  if (called?.schema !== undefined) found.set('args', [called.schema]);
  for (const [name, fact] of Object.entries(facts)) {
    const whole: readonly unknown[] =
      fact.kind === 'counted'
        ? [{ type: 'number' }]
        : fact.kind === 'detected'
          ? [TEXTS]
          : fact.from.map((from) => tools[from]?.result ?? {});
    if (fact.kind !== 'calls') {
      found.set(`facts.${name}`, [...whole]);
      continue;
    }
    const steps = fact.pick === undefined ? [] : fact.pick.split('.');
    const picked = steps.reduce(fieldSchemas, whole);
    const each = picked.length === 0 ? [{}] : picked;
    const said = fact.take === 'all' ? each.map((items) => ({ type: 'array', items })) : each;
    found.set(`facts.${name}`, [...said]);
  }
  const answered = service === 'sf_govern' && control === 'tool_result';
  if (answered && called?.result !== undefined) found.set('facts.result', [called.result]);
  return found;
}

function inOrder({ rules, strategy }: PolicyBundle): readonly PolicyRule[] {
  if (strategy === 'first_match') return rules;
  return [...rules].sort((a, b) => (a.ruleId < b.ruleId ? -1 : 1));
}

/** Not an allow that could not be decided: that keeps nothing from deciding. */
function settles({ finding, action }: Omit<RuleFinding, 'reason'>): boolean {
  if (finding === 'shadow') return false;
  return finding === 'triggered' || (action !== 'allow' && action !== 'allow+log');
}

function stricter(a: Outcome, b: Outcome): Outcome {
  return ORDER.indexOf(a) >= ORDER.indexOf(b) ? a : b;
}

/** A redaction that says nothing of where masks the whole. */
function masks(
  written: readonly Obligation[],
  action: Outcome,
  control: string,
): readonly Obligation[] {
  if (action !== 'redact' || written.length > 0) return written;
  return [{ kind: 'redact', target: control === 'tool_call' ? 'args' : 'result', path: '' }];
}

function unique(obligations: readonly Obligation[]): readonly Obligation[] {
  const texts = new Set(obligations.map((one) => JSON.stringify(one)));
  return [...texts].sort().map((text) => JSON.parse(text) as Obligation);
}

function findingOf(
  rule: PolicyRule,
  request: PolicyRequest,
  scene: Scene,
): Omit<RuleFinding, 'reason'> | undefined {
  const about = rule.service === request.service && rule.control === request.control;
  if (!rule.enabled || !about) return undefined;
  const condition = rule.when === undefined ? true : evaluate(rule.when.expression, scene);
  const answers: readonly Answer[] = [
    ...targeted(rule.target, request),
    thresholdMet(rule, request.observed),
    condition === true ? 'yes' : condition === false ? 'no' : 'unknown',
  ];
  if (answers.includes('no')) return undefined;
  const known = !answers.includes('unknown');
  const isTold = rule.shadowUntil !== undefined && typeof request.time === 'number';
  const shadow = isTold && request.time < (rule.shadowUntil ?? 0);
  return {
    ruleId: rule.ruleId,
    action: known ? rule.action : stricter(rule.action, rule.onError),
    finding: shadow ? 'shadow' : known ? 'triggered' : 'indeterminate',
    ...(rule.threshold === undefined
      ? {}
      : {
          comparator: rule.comparator,
          threshold: rule.threshold,
          ...(isNumber(request.observed) ? { observed: request.observed } : {}),
        }),
    ...(rule.when === undefined ? {} : { values: valuesOf(rule.when.fields, rule, scene) }),
  };
}

/** The values at the paths a condition reads. */
function valuesOf(fields: readonly string[], { when }: PolicyRule, scene: Scene) {
  const paths = new Map<string, unknown>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    if (typeof node !== 'object' || node === null) return;
    if ('kind' in node && node.kind === 'path' && 'path' in node) {
      // As it was given, of whichever type.
      const value = evaluate(node as never, { ...scene, schemas: new Map() });
      if (typeof value !== 'symbol') paths.set(String(node.path), value);
    }
    Object.values(node).forEach(visit);
  };
  visit(when?.expression);
  return Object.fromEntries([...paths].filter(([path]) => fields.includes(path)));
}

function targeted(target: RuleTarget, request: PolicyRequest): readonly Answer[] {
  return [
    named(target.tools, request.tool, 'no'),
    named(target.resources, request.resource, 'no'),
    named(target.agents, request.agent?.id, 'unknown'),
    named(target.actors, request.actor?.id, 'unknown'),
    inRole(target.roles, request.actor?.roles),
    named(target.environments, request.env, 'unknown'),
  ];
}

function named(patterns: readonly string[] | undefined, value: unknown, absent: Answer): Answer {
  if (patterns === undefined) return 'yes';
  if (value === undefined) return absent;
  if (typeof value !== 'string') return 'unknown';
  return patterns.some((pattern) => meant(value, pattern)) ? 'yes' : 'no';
}

function inRole(patterns: readonly string[] | undefined, roles: unknown): Answer {
  if (patterns === undefined) return 'yes';
  if (!Array.isArray(roles)) return 'unknown';
  const answers = roles.map((role) => named(patterns, role, 'unknown'));
  if (answers.includes('yes')) return 'yes';
  return answers.includes('unknown') ? 'unknown' : 'no';
}

const meant = (name: string, pattern: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

function thresholdMet({ threshold, comparator, range }: PolicyRule, observed: unknown): Answer {
  if (threshold === undefined) return 'yes';
  if (!isNumber(observed)) return 'unknown';
  if (range !== undefined && (observed < range[0] || observed > range[1])) return 'unknown';
  const met = {
    lt: observed < threshold,
    lte: observed <= threshold,
    gt: observed > threshold,
    gte: observed >= threshold,
    eq: observed === threshold,
    neq: observed !== threshold,
  };
  return met[comparator] ? 'yes' : 'no';
}
