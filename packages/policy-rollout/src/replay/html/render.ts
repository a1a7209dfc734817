import type { PolicyReference } from '@spanforge/core-events';
import { sha256, toBase64 } from '@spanforge/core-signing';
import type { ReplayReport } from '../report.js';
import { escapeHtml } from './escape.js';
import {
  breakdownTable,
  differenceHtml,
  number,
  outcomeBars,
  reasonText,
  VERDICTS,
} from './parts.js';
import { STYLE } from './style.js';

const nameOf = ({ id, version }: PolicyReference): string =>
  `<strong>${escapeHtml(id, 120)} ${escapeHtml(version, 60)}</strong>`;

const digestOf = ({ digest }: PolicyReference): string => `<code>${escapeHtml(digest, 64)}</code>`;

function plural(count: number, one: string, many: string): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** The result in one sentence, and the class for its colour. */
function verdictHtml({ counts, decisions }: ReplayReport): string {
  const open = counts.not_replayable;
  const unknown =
    open === 0 ? '' : ` ${plural(open, 'decision', 'decisions')} could not be taken again.`;
  const [kind, text] =
    counts.looser > 0
      ? ['looser', `${plural(counts.looser, 'decision becomes', 'decisions become')} looser.`]
      : counts.stricter > 0
        ? [
            'stricter',
            `Nothing becomes looser; ${plural(counts.stricter, 'decision becomes', 'decisions become')} stricter.`,
          ]
        : decisions === open
          ? ['open', 'Nothing could be compared.']
          : ['same', 'Nothing changes in this traffic.'];
  return `<div class="card verdict ${open > 0 && kind === 'same' ? 'open' : kind}">${text}${unknown}</div>`;
}

function tilesHtml({ counts, decisions }: ReplayReport): string {
  const tile = (name: string, count: number, label: string): string =>
    `<li class="card ${name}"><b>${number(count)}</b><span class="dim">${label}</span></li>`;
  const tiles = VERDICTS.map(([verdict, label]) => tile(verdict, counts[verdict], label));
  return `<ul class="tiles">${tile('all', decisions, 'decisions')}${tiles.join('')}</ul>`;
}

function reasonsHtml({ reasons }: ReplayReport): string {
  const rows = Object.entries(reasons).map(
    ([reason, count]) =>
      `<tr><td>${reasonText(reason as keyof typeof reasons)}</td><td class="n">${number(count)}</td></tr>`,
  );
  if (rows.length === 0) return '';
  return `<h2>Why not replayable</h2><div class="card wide"><table><tbody>${rows.join('')}</tbody></table></div>`;
}

function differencesHtml({ differences, counts }: ReplayReport): string {
  return VERDICTS.filter(([verdict]) => verdict !== 'same')
    .map(([verdict, label]) => {
      const shown = differences.filter((one) => one.verdict === verdict);
      if (shown.length === 0) return '';
      const all = counts[verdict];
      const note =
        shown.length < all
          ? `<p class="dim">The first ${number(shown.length)} of ${number(all)}; the report file has all.</p>`
          : '';
      return `<h2>${label[0]?.toUpperCase()}${label.slice(1)}</h2>${note}${shown.map(differenceHtml).join('')}`;
    })
    .join('');
}

/**
 * A report as one HTML page without scripts, network access or other files. Text from agents,
 * bundles and records is escaped, hidden characters are shown as escapes, and a content security
 * policy forbids scripts. The page quotes recorded values, so protect it as you protect those.
 */
export function renderDiff(report: ReplayReport): string {
  const { candidate, baseline } = report;
  const csp = `default-src 'none'; style-src 'sha256-${toBase64(sha256(STYLE))}'; base-uri 'none'; form-action 'none'`;
  const than = baseline === undefined ? 'what was decided' : nameOf(baseline);
  const digests = [
    `candidate ${digestOf(candidate)}`,
    ...(baseline === undefined ? [] : [`baseline ${digestOf(baseline)}`]),
  ];
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${csp}">`,
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    '<meta name="referrer" content="no-referrer">',
    `<title>${escapeHtml(candidate.id, 120)} ${escapeHtml(candidate.version, 60)}: what it changes</title>`,
    `<style>${STYLE}</style></head><body><main>`,
    `<h1>What ${nameOf(candidate)} changes</h1><p>against ${than}</p>`,
    `<p class="dim">${digests.join('<br>')}</p>`,
    verdictHtml(report),
    tilesHtml(report),
    `<h2>Outcomes</h2>${outcomeBars(report.before, report.after)}`,
    breakdownTable('rule', report.byRule, 'no rule'),
    breakdownTable('tool', report.byTool, 'no tool'),
    breakdownTable('tenant', report.byTenant, 'no tenant'),
    reasonsHtml(report),
    differencesHtml(report),
    '<p class="dim">Names, reasons and values are quoted as they were recorded. Nothing was run to make this page.</p>',
    '</main></body></html>\n',
  ].join('\n');
}
