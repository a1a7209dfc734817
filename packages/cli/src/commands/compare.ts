import { resolve } from 'node:path';
import type { PolicyBundle } from '@spanforge/policy';
import { compareBundles, type VerdictDifference } from '@spanforge/policy-workbench';
import { caseFor, formatCases, type PolicyCase } from '@spanforge/policy-workbench/testing';
import { CliError } from '../error.js';
import { readBundle } from '../files/read-bundle.js';
import { type CommandIo, type CommandResult, EXIT, type ExitCode } from '../io.js';
import { formatTable } from '../output/table.js';
import { toWire } from '../output/wire.js';

/** Options of `spanforge policy compare`. */
export interface CompareArguments {
  readonly candidate: string;
  readonly maxSteps?: string;
}

/** Reads an option that is a positive integer. @throws {CliError} `CLI_USAGE`. */
export function countOption(option: string, text: string): number {
  const count = Number(text);
  if (/^[0-9]{1,12}$/.test(text) && count > 0) return count;
  throw new CliError('CLI_USAGE', `${option}: expected a positive integer`);
}

type Comparison = ReturnType<typeof compareBundles>;

const EXIT_CODES: Readonly<Record<Comparison['verdict'], ExitCode>> = {
  never_looser: EXIT.ok,
  looser: EXIT.failed,
  unknown: EXIT.incomplete,
};

const SENTENCES: Readonly<Record<Comparison['verdict'], string>> = {
  never_looser: 'The candidate is never looser than the baseline.',
  looser: 'The candidate is looser than the baseline.',
  unknown:
    'No request was found for which the candidate is looser; that there is none is not proven.',
};

const ruleOf = ({ ruleId }: { readonly ruleId?: string }): string => ruleId ?? '(default)';

function rowOf(way: string) {
  return (one: VerdictDifference): readonly string[] => [
    way,
    `${one.service}/${one.control}`,
    ruleOf(one),
    one.baselineVerdict.outcome,
    one.candidateVerdict.outcome,
  ];
}

function tableOf({ looserOn, stricterOn, unknownOn }: Comparison): string {
  const rows = [
    ...looserOn.map(rowOf('looser')),
    ...stricterOn.map(rowOf('stricter')),
    ...unknownOn.map((one) => [
      'unknown',
      `${one.service}/${one.control}`,
      ruleOf(one),
      one.reason,
      '',
    ]),
  ];
  const titles = ['', 'control', 'rule', 'baseline', 'candidate'];
  return rows.length === 0
    ? ''
    : formatTable(
        titles.map((title) => ({ title })),
        rows,
      );
}

/**
 * The request that shows the difference, as a case that the baseline passes and the candidate
 * fails.
 */
function witnessCase(baseline: PolicyBundle, one: VerdictDifference): PolicyCase {
  const name = `the baseline is stricter: ${ruleOf(one)}`;
  return caseFor(baseline, one.witness, name);
}

/** `spanforge policy compare A B`: exits with 1 if B is looser, with 3 if it cannot be decided. */
export async function policyCompare(
  io: CommandIo,
  { candidate: candidateFile, maxSteps }: CompareArguments,
  baselineFile: string,
): Promise<CommandResult> {
  const limits = maxSteps === undefined ? {} : { maxSteps: countOption('--max-steps', maxSteps) };
  const baseline = await readBundle(resolve(io.cwd, baselineFile));
  const candidate = await readBundle(resolve(io.cwd, candidateFile));
  const comparison = compareBundles(baseline, candidate, limits);
  const cases = comparison.looserOn.map((one) => witnessCase(baseline, one));
  const { verdict, looserOn, stricterOn, unknownOn } = comparison;
  return {
    exitCode: EXIT_CODES[verdict],
    text: [
      SENTENCES[verdict],
      tableOf(comparison),
      cases.length === 0 ? '' : formatCases({ stages: 'as_written', cases }).trimEnd(),
    ]
      .filter((part) => part !== '')
      .join('\n\n'),
    json: {
      verdict,
      baseline: referenceOf(baseline),
      candidate: referenceOf(candidate),
      looser_on: looserOn.map(differenceJson),
      stricter_on: stricterOn.map(differenceJson),
      unknown_on: toWire(unknownOn),
    },
  };
}

const referenceOf = ({ policyId, version, digest }: PolicyBundle): object => ({
  policy_id: policyId,
  version,
  digest,
});

/** Names of arguments and facts are data: the witness keeps them as they are. */
function differenceJson(one: VerdictDifference): object {
  const { service, control, ruleId, witness, baselineVerdict, candidateVerdict } = one;
  return {
    service,
    control,
    ...(ruleId === undefined ? {} : { rule_id: ruleId }),
    baseline: baselineVerdict.outcome,
    candidate: candidateVerdict.outcome,
    witness,
  };
}
