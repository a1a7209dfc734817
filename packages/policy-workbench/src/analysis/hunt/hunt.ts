import { type PolicyRequest, type PolicyVerdict, strictness } from '@spanforge/core-events';
import type { PolicyRule } from '@spanforge/policy';
import type { DeclaredInBundle } from '@spanforge/policy/internal';
import type { RequestDraft, SearchScene } from './draft.js';
import { fill } from './fill.js';
import { createRandom } from './random.js';
import { steer } from './steer.js';

/** The goal: a request on which one side is stricter, because of one of its rules or its default. */
export interface HuntQuarry {
  readonly ruleId: string | undefined;
  readonly strict: HuntedSide;
  readonly loose: HuntedSide;
  /** What is declared of arguments and facts: some starts have a value for all of it. */
  readonly declared?: DeclaredInBundle;
  isLooser(loose: PolicyVerdict, strict: PolicyVerdict): boolean;
}

/** A bundle that decides, and its rules. */
export interface HuntedSide {
  readonly rules: readonly PolicyRule[];
  decide(request: PolicyRequest): PolicyVerdict;
}

/** A request on which one side is stricter, with both verdicts. */
export interface HuntResult {
  readonly witness: PolicyRequest;
  readonly strict: PolicyVerdict;
  readonly loose: PolicyVerdict;
}

/** After this many changes another start is tried. */
const CHANGES = 60;

/**
 * Looks for a request on which one side is stricter, by local search (like WalkSAT for formulas) from
 * given starts: each step picks a rule that is in the way and changes a value it compares, so that the
 * rule holds or fails. Finding nothing proves nothing.
 */
export function hunt(
  quarry: HuntQuarry,
  starts: readonly PolicyRequest[],
  maxTries: number,
  seed = 1,
): HuntResult | undefined {
  if (starts.length === 0) return undefined;
  const random = createRandom(seed);
  const wanted = quarry.strict.rules.find(({ ruleId }) => ruleId === quarry.ruleId);
  let tried = 0;
  while (tried < maxTries) {
    tried += 1;
    const start = structuredClone(starts[tried % starts.length]) as RequestDraft & PolicyRequest;
    // Some starts keep only the tool and the caller; of these, some have all that is declared.
    if (random.chance(0.6)) Object.assign(start, { args: {}, facts: {} });
    if (quarry.declared !== undefined && random.chance(0.6)) fill(start, quarry.declared, random);
    const scene: SearchScene = { draft: start as RequestDraft, variables: [], random };
    const doubt = wanted !== undefined && doubtIsStricter(wanted) && random.chance(0.5);
    for (let change = 0; change < CHANGES && tried < maxTries; change += 1, tried += 1) {
      const [strict, loose] = [quarry.strict.decide(start), quarry.loose.decide(start)];
      if (quarry.isLooser(loose, strict)) return { witness: start, strict, loose };
      const goal = random.pick(goalsOf(quarry, wanted, strict, loose));
      const condition = goal?.rule.when;
      if (goal === undefined || condition === undefined) break;
      const inDoubt = doubt && goal.holds && goal.rule === wanted;
      steer(condition.expression, inDoubt ? undefined : goal.holds, scene);
    }
  }
  return undefined;
}

interface RuleGoal {
  readonly rule: PolicyRule;
  readonly holds: boolean;
}

/** Rules whose finding must change. */
function goalsOf(
  { strict, loose }: HuntQuarry,
  wanted: PolicyRule | undefined,
  strictly: PolicyVerdict,
  loosely: PolicyVerdict,
): readonly RuleGoal[] {
  const ruleOf = ({ rules }: HuntedSide, id: string) => rules.find(({ ruleId }) => ruleId === id);
  const found = strictly.rules.find(({ ruleId }) => ruleId === wanted?.ruleId);
  const level = found?.action ?? wanted?.action ?? strictly.outcome;
  const silenced = (side: HuntedSide, verdict: PolicyVerdict, least: number): readonly RuleGoal[] =>
    verdict.rules.flatMap(({ ruleId, finding, action }) => {
      const rule = ruleOf(side, ruleId);
      const counts = finding !== 'shadow' && strictness(action) >= least;
      return rule !== undefined && counts ? [{ rule, holds: false }] : [];
    });
  const inTheWay = silenced(loose, loosely, strictness(level));
  if (wanted === undefined) return [...inTheWay, ...silenced(strict, strictly, 0)];
  if (found !== undefined) return inTheWay.length > 0 ? inTheWay : silenced(loose, loosely, 1);
  const before = strictly.rules.length === 1 ? silenced(strict, strictly, 0) : [];
  return [{ rule: wanted, holds: true }, ...inTheWay, ...before];
}

/** Whether a rule counts for more where it cannot be decided. */
function doubtIsStricter({ action, onError }: PolicyRule): boolean {
  return strictness(onError) > strictness(action);
}
