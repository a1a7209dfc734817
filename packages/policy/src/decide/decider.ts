import type { ConditionInput } from '@spanforge/condition';
import {
  type Decision,
  joinDecisions,
  joinObligations,
  type Obligation,
  type PolicyReference,
  type PolicyRequest,
  type PolicyVerdict,
  type RuleFinding,
  strictness,
} from '@spanforge/core-events';
import { bundleReference, type PolicyBundle, type PolicyRule } from '../bundle/bundle.js';
import { controlKey } from '../bundle/controls.js';
import { wholeRedaction } from '../bundle/rule.js';
import { openZone, type ZoneClock } from '../bundle/zone.js';
import { type AskedRule, type CompiledRule, compileRule } from './compiled-rule.js';
import { createInput } from './condition-input.js';
import { type CounterNeed, compileCounters } from './counters.js';
import { createDeclaredTypes } from './declared-types.js';
import { createFactPlanner, type FactPlan } from './fact-plan.js';
import { createGuardIndex, type SelectRules } from './guard-index.js';
import { createRuleIndex } from './rule-index.js';
import { type JsonKind, resultKind } from './tool-result.js';
import { fillFacts } from './with-facts.js';

/** One bundle, ready to decide; immutable, pure and synchronous. */
export interface Decider {
  readonly bundle: PolicyBundle;
  /** Whether any request about a control could be decided by a rule or the default, or counts. */
  hasSay(service: string, control: string): boolean;
  /** Whether an enabled rule is about a control, whatever the default says. */
  hasRule(service: string, control: string): boolean;
  /**
   * Decides a request, its facts filled in as by `withFacts`: the same request always gets the same
   * verdict, whatever the order of the rules under `strictest`. Reads no clock: `request.time` says
   * when it is. Never throws; a request that cannot be read is `block` with code `policy_error`.
   */
  decide(request: PolicyRequest): PolicyVerdict;
  /**
   * The counters the request counts on, and those that its rules read (with amount 0 when it does not
   * count on them); empty for most. A counter whose key or amount is not in the request is left out,
   * and its fact is missing.
   */
  counters(request: PolicyRequest): readonly CounterNeed[];
  /** Whether a request counts, or `withFacts` could add facts to it or parse its result. */
  takesFacts(request: PolicyRequest): boolean;
  /**
   * The request as it is decided and recorded: the facts that rules for it read are taken from
   * `calls`, from `counted` (sums by fact) and from what detectors find; `calls` and `callId` are
   * left out. A fact that is already given is kept, except that a text `result` is parsed as JSON
   * when the tool declares another kind. Unknown facts are left out. Idempotent.
   *
   * @throws what an accessor in the request throws.
   */
  withFacts(request: PolicyRequest, counted?: Readonly<Record<string, number>>): PolicyRequest;
}

/** The rules that are evaluated together, and the facts they read. */
interface Prepared {
  readonly select: SelectRules;
  readonly all: readonly AskedRule[];
  readonly plan: FactPlan;
  /** What the clocks show, where some condition reads it. */
  readonly clock: ZoneClock;
}

const NOTHING_COUNTED: Readonly<Record<string, number>> = Object.freeze({});

/** Prepares a bundle for deciding: rules indexed by service, control and tool. */
export function compileBundle(bundle: PolicyBundle): Decider {
  const planFacts = createFactPlanner(bundle);
  const resolve = openZone(bundle.zone) ?? noClock;
  const index = createRuleIndex(orderRules(bundle), (rules): Prepared => {
    const plan = planFacts(rules.map(({ rule }) => rule));
    const clock = rules.some(({ rule }) => readsTime(rule)) ? resolve : noClock;
    return { select: createGuardIndex(rules), all: rules, plan, clock };
  });
  const policy = Object.freeze(bundleReference(bundle));
  const findCounters = compileCounters(bundle);
  const counts = countsCalls(bundle);
  const resultKinds = createResultKinds(bundle);
  const typesFor = createDeclaredTypes(bundle);
  const withFacts: Decider['withFacts'] = (request, counted = NOTHING_COUNTED) =>
    fillFacts(request, index.find(request).plan, counted, resultKinds(request));
  const decide = (request: PolicyRequest): PolicyVerdict => {
    checkRequest(request);
    const { select, all, plan, clock } = index.find(request);
    const kind = resultKinds(request);
    // Most requests have no facts to fill in, and are decided as they are.
    const asked = isIdle(plan, kind) ? request : fillFacts(request, plan, NOTHING_COUNTED, kind);
    const types = typesFor(asked);
    // The index trusts that values are of their declared types.
    const rules = types === undefined ? select(asked) : all;
    return judge({ bundle, policy }, rules, asked, createInput(asked, clock, types));
  };
  return Object.freeze({
    bundle,
    ...createSay(bundle),
    decide(request: PolicyRequest): PolicyVerdict {
      try {
        return decide(request);
      } catch {
        return { ...blocked('policy_error', 'The policy could not be evaluated.'), policy };
      }
    },
    counters: (request: PolicyRequest) => findCounters(request, index.find(request).plan.counted),
    takesFacts: (request: PolicyRequest) =>
      counts || !isIdle(index.find(request).plan, resultKinds(request)),
    withFacts,
  });
}

const isIdle = ({ computed, counted }: FactPlan, kindOfResult: JsonKind | undefined): boolean =>
  kindOfResult === undefined && computed.length + counted.length === 0;

const countsCalls = ({ facts }: PolicyBundle): boolean =>
  Object.values(facts).some(({ kind }) => kind === 'counted');

/** Evaluates rules in order and joins their findings. */
function judge(
  { bundle, policy }: { readonly bundle: PolicyBundle; readonly policy: PolicyReference },
  rules: readonly AskedRule[],
  request: PolicyRequest,
  input: () => ConditionInput,
): PolicyVerdict {
  const firstOnly = bundle.strategy === 'first_match';
  const findings: RuleFinding[] = [];
  const counted: Counted[] = [];
  for (const compiled of rules) {
    const finding = compiled.find(request, input);
    if (finding === undefined) continue;
    findings.push(finding);
    if (finding.finding === 'shadow') continue;
    counted.push({ finding, obligations: obligationsOf(compiled.rule, finding) });
    if (firstOnly && settles(finding)) break;
  }
  const { outcome, obligations, reason, reasonCode } = conclude(counted, bundle, request.control);
  const matched = counted.length > 0 || bundle.default !== undefined;
  return { outcome, obligations, reason, reasonCode, matched, rules: findings, policy };
}

const noClock: ZoneClock = () => undefined;

function readsTime({ when }: PolicyRule): boolean {
  return when?.fields.some((field) => /^time\b/.test(field)) ?? false;
}

function createSay(bundle: PolicyBundle): Pick<Decider, 'hasSay' | 'hasRule'> {
  const ruled = new Set(
    bundle.rules
      .filter((rule) => rule.enabled)
      .map((rule) => controlKey(rule.service, rule.control)),
  );
  const hasRule = (service: string, control: string) => ruled.has(controlKey(service, control));
  if (bundle.default !== undefined) return { hasSay: () => true, hasRule };
  // A call counts on its counters whether or not a rule for it reads them.
  const counted = countsCalls(bundle) ? controlKey('sf_govern', 'tool_call') : undefined;
  return {
    hasSay: (service, control) =>
      hasRule(service, control) || controlKey(service, control) === counted,
    hasRule,
  };
}

/** The declared kind of a request's result. */
function createResultKinds(bundle: PolicyBundle): (request: PolicyRequest) => JsonKind | undefined {
  const kinds = new Map<string, JsonKind>();
  for (const [name, { result }] of Object.entries(bundle.tools)) {
    const kind = resultKind(result);
    if (kind !== undefined) kinds.set(name, kind);
  }
  if (kinds.size === 0) return () => undefined;
  return ({ service, control, tool = '' }) =>
    control === 'tool_result' && service === 'sf_govern' ? kinds.get(tool) : undefined;
}

/** Without these no rule would be found, and the request would look as if no rule forbids it. */
function checkRequest({ service, control }: PolicyRequest): void {
  if (typeof service === 'string' && typeof control === 'string') return;
  throw new TypeError('a request names its service and control');
}

/** The `block` verdict for when no rule could be evaluated. */
export function blocked(reasonCode: string, reason: string): PolicyVerdict {
  return { outcome: 'block', obligations: [], reason, reasonCode, matched: false, rules: [] };
}

/** Sorted by id, so that the written order does not matter; as written for `first_match`. */
function orderRules({ rules, strategy }: PolicyBundle): readonly CompiledRule[] {
  const enabled = rules.filter((rule) => rule.enabled);
  const ordered =
    strategy === 'first_match' ? enabled : enabled.sort((a, b) => (a.ruleId < b.ruleId ? -1 : 1));
  return ordered.map(compileRule);
}

/** An indeterminate allow grants nothing: it overrides neither the default nor a later rule. */
function settles({ finding, action }: RuleFinding): boolean {
  return finding === 'triggered' || strictness(action) > strictness('allow+log');
}

function conclude(counted: readonly Counted[], bundle: PolicyBundle, control: string): Decision {
  const decision = join(counted);
  if (decision === undefined) return unmatched(bundle, control);
  const settled = counted.some(({ finding }) => settles(finding));
  return settled ? decision : joinDecisions(decision, unmatched(bundle, control));
}

/** A rule that redacts because of its `on_error` masks like a rule whose action is redact. */
function obligationsOf(rule: PolicyRule, { action }: RuleFinding): readonly Obligation[] {
  const bare = action === 'redact' && rule.obligations.length === 0;
  return bare ? wholeRedaction(rule.control) : rule.obligations;
}

interface Counted {
  readonly finding: RuleFinding;
  readonly obligations: readonly Obligation[];
}

/** The strictest outcome with its reason, and the obligations of every rule that counts. */
function join(counted: readonly Counted[]): Decision | undefined {
  const [first] = counted;
  if (first === undefined) return undefined;
  let winner = first.finding;
  let obligations = first.obligations;
  for (const { finding, obligations: more } of counted) {
    if (finding === winner) continue;
    if (strictness(finding.action) > strictness(winner.action)) winner = finding;
    obligations = joinObligations(obligations, more);
  }
  return {
    outcome: winner.action,
    obligations,
    reason: winner.reason,
    reasonCode: winner.finding === 'indeterminate' ? 'rule_indeterminate' : 'rule_triggered',
  };
}

function unmatched(bundle: PolicyBundle, control: string): Decision {
  if (bundle.default === undefined) {
    const reason = 'No rule applies; the service decides by itself.';
    return { outcome: 'allow', obligations: [], reason, reasonCode: 'no_matching_rule' };
  }
  const reason = 'No rule applies; the default of the bundle does.';
  const obligations = bundle.default === 'redact' ? wholeRedaction(control) : [];
  return { outcome: bundle.default, obligations, reason, reasonCode: 'default' };
}
