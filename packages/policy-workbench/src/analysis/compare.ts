import {
  type Obligation,
  type PolicyRequest,
  type PolicyVerdict,
  strictness,
} from '@spanforge/core-events';
import {
  CONTROLS,
  type ControlName,
  compileBundle,
  type Decider,
  type PolicyBundle,
  type PolicyRule,
} from '@spanforge/policy';
import { controlKey, declaredIn } from '@spanforge/policy/internal';
import { controlsOf, ruleSet } from './controls.js';
import { type BundleDifference, differences } from './differences.js';
import { hunt } from './hunt/hunt.js';
import { covers, matchWords } from './rule-test.js';
import { type Budget, type Solution, search } from './search.js';
import { type AskedControl, createSpace, type Space } from './space.js';
import { MISFIT } from './variable.js';
import { witnesses } from './witness.js';

/** Limits of a comparison. */
export interface CompareOptions {
  /** Tests of a rule under a partial request, over all searches; default 5,000,000. */
  readonly maxSteps?: number;
}

/** A request on which one bundle is stricter than the other; both verdicts are as decided. */
export interface VerdictDifference {
  readonly service: string;
  readonly control: string;
  /** The rule of the stricter bundle that makes the difference; absent for its default. */
  readonly ruleId?: string;
  readonly witness: PolicyRequest;
  readonly baselineVerdict: PolicyVerdict;
  readonly candidateVerdict: PolicyVerdict;
}

/** Something that could neither be shown nor ruled out. */
export interface UnknownDifference {
  readonly service: string;
  readonly control: string;
  /** The rule of the baseline the candidate may be looser than; absent for the default. */
  readonly ruleId?: string;
  /**
   * `not_analysable`: it depends on a condition outside the analysable fragment, or on calendar fields
   * for which no instant was found; `too_large`: the search ran out of steps.
   */
  readonly reason: 'not_analysable' | 'too_large';
}

/** The comparison of a candidate with a baseline. */
export interface BundleComparison {
  /** `never_looser` is proven for all requests, `looser` is shown by the witness. */
  readonly verdict: 'never_looser' | 'looser' | 'unknown';
  /** The first of `looserOn`. */
  readonly witness?: PolicyRequest;
  readonly baselineVerdict?: PolicyVerdict;
  readonly candidateVerdict?: PolicyVerdict;
  /** One request for each rule or default of the baseline that the candidate is looser than. */
  readonly looserOn: readonly VerdictDifference[];
  /** Requests on which the candidate is stricter; incomplete when the search ran out of steps. */
  readonly stricterOn: readonly VerdictDifference[];
  readonly unknownOn: readonly UnknownDifference[];
}

/**
 * Decides whether a candidate is never looser than a baseline, for all requests, or finds a
 * request on which it is. Looser is a less strict outcome, or, where the call can run, a redaction
 * that no longer hides what it hid.
 *
 * Never throws and reads no clock. Requests are typed as in `PolicyRequest`, with any JSON as `args`,
 * `facts` and `context`; values so long that a condition runs out of steps are not considered. Both
 * bundles have decided every witness.
 */
export function compareBundles(
  baseline: PolicyBundle,
  candidate: PolicyBundle,
  options: CompareOptions = {},
): BundleComparison {
  const { maxSteps = 5_000_000 } = options;
  const proven = findStricter(baseline, candidate, { steps: maxSteps });
  const looser = { ...proven, unknown: [...proven.unknown, ...opened(baseline, candidate)] };
  const stricter = findStricter(candidate, baseline, { steps: maxSteps });
  const looserOn = looser.found.map(({ strict, loose, ...rest }) => ({
    ...rest,
    baselineVerdict: strict,
    candidateVerdict: loose,
  }));
  const stricterOn = stricter.found.map(({ strict, loose, ...rest }) => ({
    ...rest,
    baselineVerdict: loose,
    candidateVerdict: strict,
  }));
  const [first] = looserOn;
  const rest = { looserOn, stricterOn, unknownOn: looser.unknown };
  if (first === undefined) {
    return { verdict: looser.unknown.length === 0 ? 'never_looser' : 'unknown', ...rest };
  }
  const { witness, baselineVerdict, candidateVerdict } = first;
  return { verdict: 'looser', witness, baselineVerdict, candidateVerdict, ...rest };
}

/**
 * Rules that let a verdict of the candidate take effect without a record where the baseline would
 * block. No witness can show this, because an unavailable log is not part of a request.
 */
function opened(baseline: PolicyBundle, candidate: PolicyBundle): readonly UnknownDifference[] {
  const enabled = ({ rules }: PolicyBundle) => rules.filter((rule) => rule.enabled);
  const open = enabled(candidate).filter(
    ({ onUnavailable, action }) => onUnavailable === 'fail_open' && action !== 'block',
  );
  if (open.length === 0) return [];
  const wordsIn = ({ zone, facts, tools, policyId }: PolicyBundle, rule: PolicyRule): string =>
    JSON.stringify([matchWords(rule), rule.shadowUntil, zone, facts, tools, policyId]);
  const wordsOf = (bundle: PolicyBundle, way: PolicyRule['onUnavailable']): ReadonlySet<string> => {
    const rules = enabled(bundle).filter(({ onUnavailable }) => onUnavailable === way);
    return new Set(rules.map((rule) => wordsIn(bundle, rule)));
  };
  const wasOpen = wordsOf(baseline, 'fail_open');
  const [secure, stillSecure] = [baseline, candidate].map((one) => wordsOf(one, 'fail_secure'));
  const keepsSecure = [...(secure ?? [])].every((words) => stillSecure?.has(words));
  return open
    .filter((rule) => !keepsSecure || !wasOpen.has(wordsIn(candidate, rule)))
    .map(({ service, control, ruleId }) => ({
      service,
      control,
      ruleId,
      reason: 'not_analysable' as const,
    }));
}

interface Shown {
  readonly witness: PolicyRequest;
  readonly strict: PolicyVerdict;
  readonly loose: PolicyVerdict;
}

interface Findings {
  readonly found: readonly (Shown & ControlName & { readonly ruleId?: string })[];
  readonly unknown: readonly UnknownDifference[];
}

interface Sides {
  readonly strict: Decider;
  readonly loose: Decider;
}

/** Requests on which the first bundle is stricter than the second. */
function findStricter(strict: PolicyBundle, loose: PolicyBundle, budget: Budget): Findings {
  const changes = { left: MAX_CHANGES_TOGETHER };
  const found: Findings['found'][number][] = [];
  const unknown: UnknownDifference[] = [];
  const sides = { strict: compileBundle(strict), loose: compileBundle(loose) };
  const ruled = controlsOf(strict, loose);
  for (const control of [...ruled, unruled(ruled)]) {
    const given = { ...control, time: strict.effectiveAtMs };
    const space = createSpace(given);
    const sets = [ruleSet(strict, control, space), ruleSet(loose, control, space)] as const;
    const ways = differences(...sets);
    for (const ruleId of new Set(ways.map((way) => way.ruleId))) {
      const ofRule = ways.filter((way) => way.ruleId === ruleId);
      const starts: PolicyRequest[] = [];
      const place = { ...control, ...(ruleId === undefined ? {} : { ruleId }) };
      const open = firstShown(ofRule, { space, given, sides, budget, starts });
      const result =
        open === 'not_analysable'
          ? (hunted(ruleId, sides, { starts, budget, changes }) ?? open)
          : open;
      if (typeof result === 'string') unknown.push({ ...place, reason: result });
      else if (result !== undefined) found.push({ ...place, ...result });
    }
  }
  return { found, unknown };
}

/** Changes to requests that a hunt may try, for one rule. */
const MAX_CHANGES = 3000;
/** Limit over all rules of one comparison. */
const MAX_CHANGES_TOGETHER = 9000;

/** Where a hunt begins, and how long it may go on. */
interface HuntLimits {
  readonly starts: readonly PolicyRequest[];
  readonly budget: Budget;
  readonly changes: { left: number };
}

/** Looks by local search for a witness that the analysis of conditions could not find. */
function hunted(
  ruleId: string | undefined,
  { strict, loose }: Sides,
  { starts, budget, changes }: HuntLimits,
): Shown | undefined {
  const counting = ({ bundle: { rules }, decide }: Decider) => ({
    rules,
    decide(request: PolicyRequest) {
      budget.steps -= 1;
      return decide(request);
    },
  });
  const declared = declaredIn(strict.bundle);
  const quarry = { ruleId, strict: counting(strict), loose: counting(loose), declared, isLooser };
  const tries = Math.min(MAX_CHANGES, changes.left, Math.floor(budget.steps / 2));
  changes.left -= tries;
  return hunt(quarry, starts, tries);
}

/** A control without rules: there the defaults decide. */
function unruled(controls: readonly ControlName[]): ControlName {
  const used = new Set(controls.map(({ service, control }) => controlKey(service, control)));
  const unused = ({ service, control }: ControlName): boolean =>
    !used.has(controlKey(service, control));
  let other = CONTROLS.find(unused) ?? { service: 'any', control: 'other' };
  while (!unused(other)) other = { ...other, control: `${other.control}_` };
  return other;
}

interface AnalysisPlace {
  readonly space: Space;
  readonly given: AskedControl;
  readonly sides: Sides;
  readonly budget: Budget;
  /** Near misses, as starts of the local search. */
  readonly starts: PolicyRequest[];
}

/** The first difference that a witness shows; else why a difference could not be ruled out. */
function firstShown(
  ways: readonly BundleDifference[],
  place: AnalysisPlace,
): Shown | UnknownDifference['reason'] | undefined {
  let reason: UnknownDifference['reason'] | undefined;
  for (const way of ways) {
    const result = show(way, place);
    if (typeof result === 'object') return result;
    reason ??= result;
  }
  return reason;
}

/** Solutions without a matching request to try; only unanalysed conditions and calendars produce them. */
const MAX_TRIES = 16;
/** How many of them are kept as starts. */
const MAX_STARTS = 64;
/** Requests tried for one solution. */
const MAX_REQUESTS = 200;

function show(
  { tests }: BundleDifference,
  { space, given, sides, budget, starts }: AnalysisPlace,
): Shown | UnknownDifference['reason'] | undefined {
  let shown: Shown | undefined;
  let tries = 0;
  const accept = (solution: Solution): boolean => {
    let requests = 0;
    for (const witness of witnesses(solution, space, given)) {
      if (requests === 0 && starts.length < MAX_STARTS) starts.push(witness);
      shown = decide(witness, sides);
      requests += 1;
      if (shown !== undefined || requests >= MAX_REQUESTS) break;
    }
    // When every choice is exact, one request stands for all equivalent ones.
    if ([...solution].some(([{ loose }, choice]) => loose || choice === MISFIT)) tries += 1;
    return shown !== undefined || tries >= MAX_TRIES;
  };
  const result = search([...tests, ...space.ties()], budget, accept);
  if (shown !== undefined) return shown;
  if (tries > 0) return 'not_analysable';
  return result === 'none' ? undefined : 'too_large';
}

/** Both verdicts about a request, if the first is stricter. */
function decide(witness: PolicyRequest, sides: Sides): Shown | undefined {
  const strict = sides.strict.decide(witness);
  const loose = sides.loose.decide(witness);
  return isLooser(loose, strict) ? { witness, strict, loose } : undefined;
}

function isLooser(verdict: PolicyVerdict, than: PolicyVerdict): boolean {
  if (strictness(verdict.outcome) < strictness(than.outcome)) return true;
  if (verdict.outcome === 'block') return false;
  const kept = (owed: Obligation) => verdict.obligations.some((one) => covers(one, owed));
  return !than.obligations.every(kept);
}
