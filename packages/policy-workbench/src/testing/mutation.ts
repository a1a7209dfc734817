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

/** Options of mutation testing. */
export interface MutationOptions extends Pick<ParseOptions, 'controls'> {
  /** Steps of analysis for each mutant that no case notices; default 200,000. */
  readonly maxSteps?: number;
}

/** A mutant that no case notices. */
export interface Survivor extends Pick<Mutant, 'operator' | 'ruleId' | 'change'> {
  /** A case that the bundle passes and the mutant fails, if one was found. */
  readonly suggestion?: PolicyCase;
}

/** How well the cases of a bundle notice changes to it. */
export interface MutationReport {
  readonly mutants: number;
  readonly killed: number;
  /** Mutants that do not load, and so are noticed when they are loaded. */
  readonly invalid: number;
  /** Mutants that are proven to give the same outcomes and redactions for every request. */
  readonly equivalent: number;
  readonly survivors: readonly Survivor[];
  /** Killed mutants out of killed and survived ones, 0 to 1; absent if there are neither. */
  readonly score?: number;
}

/**
 * Changes a bundle in one place at a time, and counts the changes for which a case fails.
 *
 * A mutant that no case notices is compared with the bundle; it counts as equivalent only if that
 * is proven in both directions. Only cases that the bundle itself passes are used.
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

/** The case that expects of a request the verdict of a bundle. */
export function caseFor(bundle: PolicyBundle, request: PolicyRequest, name: string): PolicyCase {
  const { outcome, obligations } = compileBundle(bundle).decide(request);
  const expect = { outcome, ...(obligations.length === 0 ? {} : { obligations }) };
  const { callId: _callId, ...asked } = request;
  return { name: name.slice(0, 512), request: asked, expect };
}
