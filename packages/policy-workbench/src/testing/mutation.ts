import type { PolicyRequest } from '@spanforge/core-events';
import {
  compileBundle,
  type ParseOptions,
  type PolicyBundle,
  PolicyError,
  parseBundle,
} from '@spanforge/policy';
import { type BundleComparison, compareBundles } from '../analysis/compare.js';
import type { PolicyCase, PolicyCases } from './case.js';
import type { Mutant } from './mutant.js';
import { mutantsOf } from './mutants.js';
import { runCases, stagedBundle } from './run-cases.js';

/** How mutation testing is done. */
export interface MutationOptions extends Pick<ParseOptions, 'controls'> {
  /** Steps of analysis for each mutant that no case notices; 200,000 when absent. */
  readonly maxSteps?: number;
}

/** A mutant that no case notices. */
export interface Survivor extends Pick<Mutant, 'operator' | 'ruleId' | 'change'> {
  /** A case that the bundle passes and the mutant fails, where one could be found. */
  readonly suggestion?: PolicyCase;
}

/** How well the cases of a bundle would notice that it changed. */
export interface MutationReport {
  readonly mutants: number;
  readonly killed: number;
  /** Those that do not load: loading notices them. */
  readonly invalid: number;
  /** Those that are proven to give the same outcomes and redactions to every request. */
  readonly equivalent: number;
  readonly survivors: readonly Survivor[];
  /** Killed out of killed and survived, 0 to 1; absent where there is nothing to notice. */
  readonly score?: number;
}

/**
 * Changes a bundle in one place after the other, and counts how often some case fails.
 *
 * A mutant that no case notices is compared with the bundle: it is equivalent only where that is
 * proven, both ways. Only cases that the bundle itself passes are asked.
 */
export function testMutants(
  bundle: PolicyBundle,
  suite: PolicyCases,
  options: MutationOptions = {},
): MutationReport {
  const original = stagedBundle(bundle, suite.stages);
  const passing = runCases(bundle, suite).map(({ passed }) => passed);
  const cases = { ...suite, cases: suite.cases.filter((_case, at) => passing[at]) };
  const mutants = mutantsOf(bundle);
  const counts = { killed: 0, invalid: 0, equivalent: 0 };
  const survivors: Survivor[] = [];
  for (const mutant of mutants) {
    const loaded = load(mutant, options);
    if (loaded === undefined) counts.invalid += 1;
    else if (runCases(loaded, cases).some(({ passed }) => !passed)) counts.killed += 1;
    else {
      const found = judge(original, stagedBundle(loaded, suite.stages), mutant, options);
      if (found === 'equivalent') counts.equivalent += 1;
      else survivors.push(found);
    }
  }
  const judged = counts.killed + survivors.length;
  const score = judged === 0 ? {} : { score: counts.killed / judged };
  return { mutants: mutants.length, ...counts, survivors, ...score };
}

function load({ written }: Mutant, { controls }: MutationOptions): PolicyBundle | undefined {
  try {
    return parseBundle(written, controls === undefined ? {} : { controls });
  } catch (cause) {
    if (PolicyError.is(cause)) return undefined;
    throw cause;
  }
}

function judge(
  original: PolicyBundle,
  mutated: PolicyBundle,
  mutant: Mutant,
  { maxSteps = 200_000 }: MutationOptions,
): Survivor | 'equivalent' {
  const looser = compareBundles(original, mutated, { maxSteps });
  const stricter = compareBundles(mutated, original, { maxSteps });
  const proven = (side: BundleComparison): boolean => side.verdict === 'never_looser';
  if (proven(looser) && proven(stricter)) return 'equivalent';
  const witness = looser.witness ?? stricter.witness;
  const { operator, ruleId, change } = mutant;
  return {
    operator,
    change,
    ...(ruleId === undefined ? {} : { ruleId }),
    ...(witness === undefined
      ? {}
      : { suggestion: caseFor(original, witness, `${ruleId ?? 'bundle'}: unless ${change}`) }),
  };
}

/** The case that says of a request what a bundle says to it. */
export function caseFor(bundle: PolicyBundle, request: PolicyRequest, name: string): PolicyCase {
  const { outcome, obligations } = compileBundle(bundle).decide(request);
  const expect = { outcome, ...(obligations.length === 0 ? {} : { obligations }) };
  const { callId: _callId, ...asked } = request;
  return { name: name.slice(0, 512), request: asked, expect };
}
