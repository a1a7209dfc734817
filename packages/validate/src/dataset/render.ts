import type { DatasetComplianceReport } from './report.js';

const STATUS = { passed: 'passed', failed: 'FAILED', not_assessed: 'not assessed' } as const;

/** The rows that both renderings show, in their order. */
export function factsOf(report: DatasetComplianceReport): readonly (readonly [string, string])[] {
  const { dataset, reportId, generatedAt, status, limits, searched } = report;
  return [
    ['Data set', dataset.name],
    ['SHA-256', dataset.sha256 ?? 'not known'],
    ['Format', dataset.format],
    ['Bytes', String(dataset.bytes)],
    ['Records', `${dataset.records} (${dataset.unreadable} unreadable)`],
    ['Words', String(dataset.tokens)],
    ...(dataset.formulaCells === undefined
      ? []
      : [['Cells that begin like a formula', String(dataset.formulaCells)] as const]),
    ['Personal data searched for in texts', searched?.text.join(', ') ?? 'not said'],
    ['By the name of a field only', searched?.fieldNames.join(', ') ?? 'not said'],
    ['Result', STATUS[status]],
    [
      'Limits',
      `personal data under ${limits.maxPiiPer1000Tokens} per 1,000 words; consent at least ` +
        `${limits.minConsent}; origin at least ${limits.minProvenance}`,
    ],
    ['Report', reportId],
    ['Made at', generatedAt],
  ];
}

/** Rows of the clauses. */
export function clauseRows(report: DatasetComplianceReport): readonly (readonly string[])[] {
  return report.clauses.map(({ article, title, status, detail }) => [
    ...[article, title],
    ...[STATUS[status], detail],
  ]);
}

/** Rows of what was found. */
export function findingRows(report: DatasetComplianceReport): readonly (readonly string[])[] {
  return report.findings.map(({ family, type, count, confidence, alwaysBlocking }) => [
    ...[family === 'pii' ? 'personal data' : 'secret', type, String(count), confidence.toFixed(2)],
    alwaysBlocking ? 'yes' : '',
  ]);
}

export const CLAUSE_TITLES = ['Article', 'Clause', 'Result', 'Figures'] as const;
export const FINDING_TITLES = ['Family', 'Type', 'Count', 'Confidence', 'Always blocks'] as const;
export const NOTE =
  'What a scan of the data shows. It is evidence for an assessment under Article 10, not the assessment.';
export const HOW_TO_VERIFY =
  'spanforge audit check-health --report <this file> --key <a trusted key>';
