import {
  type CaseCoverage,
  type CaseResult,
  formatCases,
  type MutationReport,
  type Survivor,
} from '@spanforge/policy-workbench/testing';
import { formatTable } from '../output/table.js';

/** The cases that failed, and their differences. */
export function resultsText(results: readonly CaseResult[]): string {
  const failed = results.filter(({ passed }) => !passed);
  const lines = failed.flatMap(({ name, differences, verdict }) => [
    `FAILED  ${name}`,
    ...differences.map(
      ({ part, expected, actual }) =>
        `        ${part}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`,
    ),
    `        ${verdict.reason}`,
  ]);
  return [...lines, `${results.length} cases, ${failed.length} failed`].join('\n');
}

const number = { align: 'right' } as const;

/** The coverage of the cases, as three tables. */
export function coverageText({ rules, numbers, targets }: CaseCoverage): string {
  const triggered = rules.filter(({ status }) => status === 'triggered').length;
  const enabled = rules.filter(({ status }) => status !== 'disabled').length;
  const open = targets.filter(({ met }) => met === 0);
  return [
    formatTable(
      [
        { title: 'rule' },
        { title: 'coverage' },
        { title: 'triggered', ...number },
        { title: 'indeterminate', ...number },
        { title: 'not triggered', ...number },
      ],
      rules.map((one) => [
        one.ruleId,
        one.status,
        String(one.triggered),
        String(one.indeterminate),
        String(one.notTriggered),
      ]),
    ),
    `${triggered} of ${enabled} rules triggered`,
    ...(numbers.length === 0 ? [] : ['', numbersText(numbers)]),
    ...open.map(
      ({ ruleId, part, pattern }) => `${ruleId}: no case meets "${pattern}" of its ${part}`,
    ),
  ].join('\n');
}

function numbersText(numbers: CaseCoverage['numbers']): string {
  return formatTable(
    [
      { title: 'rule' },
      { title: 'comparison' },
      { title: 'below', ...number },
      { title: 'at', ...number },
      { title: 'above', ...number },
    ],
    numbers.map(({ ruleId, comparison, below, at, above, notAssessed }) => [
      ruleId,
      comparison,
      ...(notAssessed ? ['?', '?', '?'] : [below, at, above].map(String)),
    ]),
  );
}

/**
 * How many mutants were noticed, and those that were not, each with a case that would notice it.
 */
export function mutationText(report: MutationReport): string {
  const { mutants, killed, invalid, equivalent, survivors, score } = report;
  const cases = survivors.flatMap(({ suggestion }) => suggestion ?? []);
  const share = score === undefined ? 'no score' : `score ${(score * 100).toFixed(1)} %`;
  return [
    `${mutants} mutants: ${killed} killed, ${survivors.length} survived, ${equivalent} equivalent, ${invalid} invalid; ${share}`,
    ...(survivors.length === 0 ? [] : ['', survivorsText(survivors)]),
    ...(cases.length === 0
      ? []
      : ['', 'Cases that would notice:', formatCases({ stages: 'as_written', cases }).trimEnd()]),
  ].join('\n');
}

function survivorsText(survivors: readonly Survivor[]): string {
  return formatTable(
    [{ title: 'survivor' }, { title: 'rule' }, { title: 'change', maxWidth: 100 }],
    survivors.map(({ operator, ruleId = '', change }) => [operator, ruleId, change]),
  );
}
