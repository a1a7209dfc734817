import { type PolicyRequest, type PolicyVerdict, strictness } from '@spanforge/core-events';
import type { PolicyRule } from '@spanforge/policy';
import type { RequestDraft, SearchScene, WritablePlace } from './draft.js';
import { readSlot } from './guess.js';
import { createRandom } from './random.js';
import { steer, unsettle } from './steer.js';

/** The goal: a request on which one side is stricter, because of one of its rules or its default. */
export interface HuntQuarry {
  readonly ruleId: string | undefined;
  readonly strict: HuntedSide;
  readonly loose: HuntedSide;
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
    // Some starts keep only the tool and the caller.
    if (random.chance(0.5)) Object.assign(start, { args: {}, facts: {} });
    const scene: SearchScene = { draft: start as RequestDraft, variables: [], random };
    const unsettled = random.chance(0.2);
    for (let change = 0; change < CHANGES && tried < maxTries; change += 1, tried += 1) {
      const [strict, loose] = [quarry.strict.decide(start), quarry.loose.decide(start)];
      if (quarry.isLooser(loose, strict)) return { witness: start, strict, loose };
      const goal = random.pick(goalsOf(quarry, wanted, strict, loose));
      const condition = goal?.rule.when;
      if (goal === undefined || condition === undefined) break;
      if (goal.holds && unsettled && goal.rule === wanted)
        unsettle(slotsOf(goal.rule, scene), scene);
      else steer(condition.expression, goal.holds, scene);
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

/** Every place that a rule's condition names. */
function slotsOf({ when }: PolicyRule, scene: SearchScene): readonly (WritablePlace | undefined)[] {
  return (when?.fields ?? [])
    .filter((field) => /^(args|facts|context)\./.test(field))
    .map((path) => readSlot({ kind: 'path', at: 0, path, names: path.split('.') } as never, scene));
}
