import type { ConditionInput } from '@spanforge/condition';
import {
  type Decision,
  joinDecisions,
  joinObligations,
  type Obligation,
  type PolicyRequest,
  type PolicyVerdict,
  type RuleFinding,
  strictness,
} from '@spanforge/core-events';
import { bundleReference, type PolicyBundle } from '../bundle/bundle.js';
import { openZone, type ZoneClock } from '../bundle/zone.js';
import { type CompiledRule, compileRule } from './compiled-rule.js';
import { createRuleIndex } from './rule-index.js';

/** One bundle, ready to decide; immutable, pure and synchronous. */
export interface Decider {
  readonly bundle: PolicyBundle;
  /**
   * Decides a request: the same request always gets the same verdict, whatever the order of the
   * rules under `strictest`. Reads no clock: `request.time` says when it is. Never throws; a
   * request that cannot be read is `block` with code `policy_error`.
   */
  decide(request: PolicyRequest): PolicyVerdict;
}

/** Prepares a bundle for deciding: rules indexed by service, control and tool. */
export function compileBundle(bundle: PolicyBundle): Decider {
  const index = createRuleIndex(orderRules(bundle));
  const resolve = openZone(bundle.zone) ?? (() => undefined);
  const firstOnly = bundle.strategy === 'first_match';
  const policy = Object.freeze(bundleReference(bundle));
  const decide = (request: PolicyRequest): PolicyVerdict => {
    checkRequest(request);
    const input = createInput(request, resolve);
    const findings: RuleFinding[] = [];
    const counted: Counted[] = [];
    for (const compiled of index.candidates(request)) {
      const finding = compiled.find(request, input);
      if (finding === undefined) continue;
      findings.push(finding);
      if (finding.finding === 'shadow') continue;
      counted.push({ finding, obligations: compiled.rule.obligations });
      if (firstOnly && settles(finding)) break;
    }
    const decision = conclude(counted, bundle);
    const matched = counted.length > 0 || bundle.default !== undefined;
    const { outcome, obligations, reason, reasonCode } = decision;
    return { outcome, obligations, reason, reasonCode, matched, rules: findings, policy };
  };
  return Object.freeze({
    bundle,
    decide(request: PolicyRequest): PolicyVerdict {
      try {
        return decide(request);
      } catch {
        return { ...blocked('policy_error', 'The policy could not be evaluated.'), policy };
      }
    },
  });
}

/** Without these no rule would be found, which must not read as "nothing forbids it". */
function checkRequest({ service, control }: PolicyRequest): void {
  if (typeof service === 'string' && typeof control === 'string') return;
  throw new TypeError('a request names its service and control');
}

/** A verdict that lets nothing happen, for when no rule could be asked. */
export function blocked(reasonCode: string, reason: string): PolicyVerdict {
  return { outcome: 'block', obligations: [], reason, reasonCode, matched: false, rules: [] };
}

/** By id, so that the order in which rules are written changes nothing; as written for `first_match`. */
function orderRules({ rules, strategy }: PolicyBundle): readonly CompiledRule[] {
  const enabled = rules.filter((rule) => rule.enabled);
  const ordered =
    strategy === 'first_match' ? enabled : enabled.sort((a, b) => (a.ruleId < b.ruleId ? -1 : 1));
  return ordered.map(compileRule);
}

/** An allow that could not be decided grants nothing: neither against a default nor a later rule. */
function settles({ finding, action }: RuleFinding): boolean {
  return finding === 'triggered' || strictness(action) > strictness('allow+log');
}

function conclude(counted: readonly Counted[], bundle: PolicyBundle): Decision {
  const decision = join(counted);
  if (decision === undefined) return unmatched(bundle);
  const settled = counted.some(({ finding }) => settles(finding));
  return settled ? decision : joinDecisions(decision, unmatched(bundle));
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
  for (const { finding, obligations: more } of counted.slice(1)) {
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

function unmatched(bundle: PolicyBundle): Decision {
  if (bundle.default === undefined) {
    const reason = 'No rule applies; the service decides by itself.';
    return { outcome: 'allow', obligations: [], reason, reasonCode: 'no_matching_rule' };
  }
  const reason = 'No rule applies; the default of the bundle does.';
  return { outcome: bundle.default, obligations: [], reason, reasonCode: 'default' };
}

/** What conditions see, made when the first one is asked. */
function createInput(request: PolicyRequest, resolve: ZoneClock): () => ConditionInput {
  let input: ConditionInput | undefined;
  return () => {
    input ??= {
      request,
      actor: request.actor,
      agent: request.agent,
      env: request.env,
      time: resolve(request.time),
      labels: request.labels,
      facts: request.facts,
      observed: request.observed,
      context: request.context,
    } as ConditionInput;
    return input;
  };
}
