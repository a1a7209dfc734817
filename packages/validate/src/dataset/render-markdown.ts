import {
  CLAUSE_TITLES,
  clauseRows,
  FINDING_TITLES,
  factsOf,
  findingRows,
  HOW_TO_VERIFY,
  NOTE,
} from './render.js';
import type { DatasetComplianceReport } from './report.js';

/** Characters that steer text or hide in it. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;
const MARKS = /[\\`*_{}[\]()#+!|<>~&]/g;

/** Foreign text as one table cell: no mark-up, no line break, no hidden characters. */
function cell(text: string): string {
  const shown = text.replace(HIDDEN, (hidden) => `U+${hidden.codePointAt(0)?.toString(16) ?? ''}`);
  // An entity stays a character in every dialect, also where a backslash would not.
  return shown.replace(MARKS, (mark) => `&#${mark.charCodeAt(0)};`);
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(titles), `|${titles.map(() => '---').join('|')}|`, ...rows.map(line)];
}

/** A report as Markdown, with its envelope at the end. */
export function renderMarkdown(report: DatasetComplianceReport, envelope: string): string {
  const findings = findingRows(report);
  return [
    '# Data set report, EU AI Act Article 10',
    '',
    ...table(['Fact', 'Value'], factsOf(report)),
    '',
    '## Clauses',
    '',
    ...table(CLAUSE_TITLES, clauseRows(report)),
    '',
    '## Found',
    '',
    ...(findings.length === 0 ? ['Nothing.'] : table(FINDING_TITLES, findings)),
    '',
    NOTE,
    '',
    `Signed. Verify with \`${HOW_TO_VERIFY}\`; one changed byte fails.`,
    '',
    '```json',
    envelope,
    '```',
    '',
  ].join('\n');
}
