import type { Outcome, PolicyRequest, PolicyVerdict } from '@spanforge/core-events';
import { compileBundle, type Decider, type PolicyBundle, type PolicyRule } from '@spanforge/policy';
import { type DecisionCounterfactuals, findCounterfactuals } from './counterfactual.js';
import { partsOf, type RulePart } from './rule-parts.js';

/** The state of one rule in a decision, and why. */
export interface RuleExplanation {
  readonly ruleId: string;
  readonly action: Outcome;
  /** `shadow`: applies, but is only reported; `not_asked`: under `first_match`, an earlier rule decided. */
  readonly state: 'triggered' | 'indeterminate' | 'shadow' | 'not_triggered' | 'not_asked';
  readonly parts: readonly RulePart[];
  /** All but one of its parts hold. */
  readonly nearMiss: boolean;
  /** A sentence. */
  readonly text: string;
}

/** Why a request was decided as it was, and what would have made a difference. */
export interface DecisionExplanation extends DecisionCounterfactuals {
  readonly verdict: PolicyVerdict;
  /** Every enabled rule of the control, as the bundle has them. */
  readonly rules: readonly RuleExplanation[];
  /** The rules of which all parts but one hold. */
  readonly nearMisses: readonly RuleExplanation[];
}

/**
 * Explains a decision: for every rule of the control what held and what did not, with the values
 * compared, and the nearest requests that are decided more loosely and more strictly.
 *
 * Counterfactuals are exact for paths that only analysable conditions read: no nearer value of that
 * path alone changes the verdict. Other paths are listed as `unknown`. The tool, the time and who asks
 * are never changed. Each changed request was actually decided.
 *
 * @throws what an accessor in the request throws.
 */
export function explainDecision(
  policy: PolicyBundle | Decider,
  request: PolicyRequest,
): DecisionExplanation {
  const decider = 'decide' in policy ? policy : compileBundle(policy);
  const { bundle } = decider;
  const asked = decider.withFacts(request);
  const verdict = decider.decide(asked);
  const about = bundle.rules.filter(
    (rule) => rule.enabled && rule.service === request.service && rule.control === request.control,
  );
  const rules = about.map((rule) => explainRule(rule, asked, bundle, verdict));
  return {
    verdict,
    rules,
    nearMisses: rules.filter(({ nearMiss }) => nearMiss),
    ...findCounterfactuals(decider, about, asked),
  };
}

function explainRule(
  rule: PolicyRule,
  request: PolicyRequest,
  bundle: PolicyBundle,
  verdict: PolicyVerdict,
): RuleExplanation {
  const { ruleId, action } = rule;
  const parts = partsOf(rule, request, bundle);
  const finding = verdict.rules.find((found) => found.ruleId === ruleId);
  const fails = parts.filter(({ holds }) => holds === false);
  const open = parts.filter(({ holds }) => holds === 'unknown');
  const state = finding?.finding ?? (fails.length > 0 ? 'not_triggered' : 'not_asked');
  const nearMiss = fails.length === 1 && open.length === 0 && parts.length > 0;
  return { ruleId, action, state, parts, nearMiss, text: sentence(rule, state, fails, open) };
}

function sentence(
  { ruleId, action }: PolicyRule,
  state: RuleExplanation['state'],
  fails: readonly RulePart[],
  open: readonly RulePart[],
): string {
  switch (state) {
    case 'triggered':
      return `${ruleId} applies: ${action}.`;
    case 'shadow':
      return `${ruleId} would apply (${action}) and is only reported.`;
    case 'indeterminate':
      return `${ruleId} cannot be decided: ${open.map(told).join('; ') || 'a value is missing'}.`;
    case 'not_asked':
      return `${ruleId} was not asked: a rule before it decided.`;
    default:
      return `${ruleId} does not apply: ${fails.map(told).join('; ')}.`;
  }
}

function told({ text, holds, values }: RulePart): string {
  const seen = Object.entries(values).map(([path, value]) => `${path} is ${brief(value)}`);
  const what = holds === 'unknown' ? 'cannot be told' : 'is not so';
  return `"${text}" ${what}${seen.length === 0 ? '' : ` (${seen.join(', ')})`}`;
}

const BRIEF = 80;

function brief(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > BRIEF ? `${text.slice(0, BRIEF)}…` : text;
}
