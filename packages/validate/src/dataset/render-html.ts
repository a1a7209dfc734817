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

const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes foreign text, and makes control and invisible characters visible. */
function text(foreign: string): string {
  return foreign
    .replace(HIDDEN, (hidden) => `U+${hidden.codePointAt(0)?.toString(16) ?? ''}`)
    .replace(/[&<>"']/g, (mark) => ENTITIES[mark] ?? '');
}

const STYLE = [
  'body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}',
  'table{border-collapse:collapse;width:100%;margin:1rem 0}',
  'th,td{border:1px solid #8886;padding:.35rem .6rem;text-align:left;vertical-align:top}',
  'pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.75rem}',
  'td{overflow-wrap:anywhere}',
].join('');

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = titles.map((title) => `<th scope="col">${text(title)}</th>`).join('');
  const line = (cells: readonly string[]) =>
    `<tr>${cells.map((one) => `<td>${text(one)}</td>`).join('')}</tr>`;
  return `<table><thead><tr>${head}</tr></thead><tbody>${rows.map(line).join('\n')}</tbody></table>`;
}

/** A report as one HTML file that loads nothing and runs nothing, with its envelope at the end. */
export function renderHtml(report: DatasetComplianceReport, envelope: string): string {
  const findings = findingRows(report);
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="referrer" content="no-referrer">',
    `<title>${text(`Article 10 report: ${report.dataset.name}`)}</title>`,
    `<style>${STYLE}</style></head><body>`,
    '<h1>Data set report, EU AI Act Article 10</h1>',
    table(['Fact', 'Value'], factsOf(report)),
    '<h2>Clauses</h2>',
    table(CLAUSE_TITLES, clauseRows(report)),
    '<h2>Found</h2>',
    findings.length === 0 ? '<p>Nothing.</p>' : table(FINDING_TITLES, findings),
    `<p>${text(NOTE)}</p>`,
    `<p>Signed. Verify with <code>${text(HOW_TO_VERIFY)}</code>; one changed byte fails.</p>`,
    `<pre id="envelope">${text(envelope)}</pre>`,
    '</body></html>',
    '',
  ].join('\n');
}
