import { type Obligation, OUTCOMES, type Outcome, strictness } from '@spanforge/core-events';
import type { Breakdown, ChangeCounts, OutcomeCounts, ReplayVerdict } from '../counts.js';
import type { DecidedSide, NotReplayableReason } from '../recorded.js';
import type { ReplayedDecision } from '../report.js';
import { escapeHtml, escapeJson } from './escape.js';

/** The verdicts in display order, with their titles. */
export const VERDICTS: readonly (readonly [ReplayVerdict, string])[] = [
  ['looser', 'looser'],
  ['stricter', 'stricter'],
  ['not_replayable', 'not replayable'],
  ['same', 'same'],
];

const REASONS: Readonly<Record<NotReplayableReason, string>> = {
  withheld: 'its request was withheld or erased',
  not_recorded: 'what was asked or decided is not on record',
  altered: 'what is disclosed is not what the record commits to',
  unreadable: 'the record or its request cannot be read',
  not_decided: 'the service answered without a policy',
  other_environment: 'it was asked in another environment',
  unknown_control: 'its control is not registered here',
  facts_missing: 'facts the rules read cannot be known any more',
  counted: 'counters the rules read were not counted then',
};

/** The text of a reason. */
export const reasonText = (reason: NotReplayableReason): string => REASONS[reason];

export const number = (value: number): string =>
  String(value).replace(/\B(?=(\d{3})+(?!\d))/g, '\u00a0');

const WIDTH = 1000;

/** Rectangles side by side, as wide as their share. */
function stack(
  parts: readonly (readonly [name: string, count: number])[],
  total: number,
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
): string {
  let at = x;
  return parts
    .filter(([, count]) => count > 0)
    .map(([name, count]) => {
      const wide = (width * count) / total;
      const rect = `<rect class="${name}" x="${at.toFixed(2)}" y="${y}" width="${wide.toFixed(2)}" height="${height}"/>`;
      at += wide;
      return rect;
    })
    .join('');
}

const barOf = (label: string, counts: OutcomeCounts, total: number, y: number): string => {
  const parts = OUTCOMES.map((outcome, at) => [`o${at}`, counts[outcome] ?? 0] as const);
  const place = { x: 70, y, width: WIDTH - 70, height: 34 };
  return `<text x="0" y="${y + 22}">${label}</text>${stack(parts, total, place)}`;
};

/** Two bars, one above the other: the recorded outcomes and the new ones. */
export function outcomeBars(before: OutcomeCounts, after: OutcomeCounts): string {
  const total = Object.values(before).reduce((sum, count) => sum + count, 0);
  if (total === 0) return '';
  const legend = OUTCOMES.map((outcome, at) => {
    const x = 70 + at * 186;
    const counts = `${number(before[outcome] ?? 0)} → ${number(after[outcome] ?? 0)}`;
    return `<rect class="o${at}" x="${x}" y="104" width="12" height="12" rx="2"/><text x="${x + 18}" y="115">${outcome}</text><text class="n" x="${x + 18}" y="134">${counts}</text>`;
  }).join('');
  return `<div class="card"><svg viewBox="0 0 ${WIDTH} 142" role="img" aria-label="Outcomes before and after">${barOf('before', before, total, 4)}${barOf('after', after, total, 50)}${legend}</svg></div>`;
}

function countCells(counts: ChangeCounts): string {
  return VERDICTS.map(([verdict]) => {
    const count = counts[verdict];
    return `<td class="n ${count === 0 ? 'zero' : verdict}">${number(count)}</td>`;
  }).join('');
}

function shareBar(counts: ChangeCounts): string {
  const total = VERDICTS.reduce((sum, [verdict]) => sum + counts[verdict], 0);
  const parts = VERDICTS.map(([verdict]) => [`c-${verdict}`, counts[verdict]] as const);
  const place = { x: 0, y: 0, width: 100, height: 8 };
  return `<svg viewBox="0 0 100 8" preserveAspectRatio="none" height="8" aria-hidden="true">${stack(parts, total, place)}</svg>`;
}

/** The number of rows of a breakdown on the page; the report has all. */
const MAX_ROWS = 50;

const weight = (counts: ChangeCounts): number =>
  counts.looser * 1e9 + counts.stricter * 1e4 + counts.not_replayable;

/** A table of counts by name, largest changes first. */
export function breakdownTable(
  title: string,
  { byName, others }: Breakdown<ChangeCounts>,
  none: string,
): string {
  const rows = Object.entries(byName).sort(([, a], [, b]) => weight(b) - weight(a));
  if (rows.length === 0) return '';
  const row = (name: string, counts: ChangeCounts): string =>
    `<tr><td>${name}</td>${countCells(counts)}<td class="bar">${shareBar(counts)}</td></tr>`;
  const named = rows
    .slice(0, MAX_ROWS)
    .map(([name, counts]) =>
      row(
        name === '' ? `<span class="dim">${none}</span>` : `<code>${escapeHtml(name, 120)}</code>`,
        counts,
      ),
    );
  const hidden = rows.length - MAX_ROWS;
  const more =
    hidden > 0 ? `<p class="dim">${number(hidden)} more are in the report file.</p>` : '';
  const rest = others === undefined ? '' : row('<span class="dim">all others</span>', others);
  const heads = VERDICTS.map(([, label]) => `<th class="n">${label}</th>`).join('');
  return `<h2>By ${title}</h2><div class="card wide"><table><thead><tr><th>${title}</th>${heads}<th></th></tr></thead><tbody>${named.join('')}${rest}</tbody></table>${more}</div>`;
}

export const tag = (outcome: Outcome): string =>
  `<span class="tag t${strictness(outcome)}">${outcome}</span>`;

function obligationText(obligation: Obligation): string {
  if (obligation.kind === 'notice')
    return `notice <code class="quoted">${escapeHtml(obligation.text)}</code>`;
  const { target, path, types } = obligation;
  const place = escapeHtml(path === '' ? target : `${target}.${path}`);
  const only = types === undefined ? '' : `, only ${escapeHtml(types.join(', '))}`;
  return `redacts <code>${place}</code>${only}`;
}

function sideHtml(title: string, side: DecidedSide | undefined): string {
  if (side === undefined) return `<section><h3>${title}</h3><p class="dim">not known</p></section>`;
  const rules = side.rules.map(({ ruleId, action, finding, observed, comparator, threshold }) => {
    const compared =
      threshold === undefined
        ? ''
        : ` <span class="dim">${escapeHtml(`${observed ?? 'nothing'} ${comparator ?? ''} ${threshold}`)}</span>`;
    const how = finding === 'triggered' ? '' : ` <span class="dim">(${finding})</span>`;
    return `<li><code>${escapeHtml(ruleId)}</code> ${tag(action)}${how}${compared}</li>`;
  });
  const owed = side.obligations.map((one) => `<li>${obligationText(one)}</li>`);
  const list = (items: readonly string[], none: string): string =>
    items.length === 0 ? `<p class="dim">${none}</p>` : `<ul>${items.join('')}</ul>`;
  return `<section><h3>${title}</h3><p>${tag(side.outcome)} ${escapeHtml(side.reason)}</p>${list(rules, 'No rule applied.')}${list(owed, 'Nothing is redacted.')}</section>`;
}

function valuesHtml(side: DecidedSide | undefined): string {
  const values = Object.assign({}, ...(side?.rules ?? []).map((rule) => rule.values ?? {}));
  const rows = Object.entries(values).map(
    ([path, value]) =>
      `<tr><td><code>${escapeHtml(path)}</code></td><td><code class="quoted">${escapeJson(value)}</code></td></tr>`,
  );
  if (rows.length === 0) return '';
  return `<div class="values"><table><thead><tr><th>value compared</th><th>as recorded</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

/** One decision: its subject in one line, and both sides when it is opened. */
export function differenceHtml(decision: ReplayedDecision): string {
  const { id, traceId, tenant, service, control, tool, before, after, missing } = decision;
  const about = tool === undefined ? `${service} ${control}` : tool;
  const outcomes =
    missing === undefined
      ? `${before ? tag(before.outcome) : ''} → ${after ? tag(after.outcome) : ''}`
      : `<span class="dim">${reasonText(missing.reason)}</span>`;
  const lacking =
    missing === undefined || missing.missing.length === 0
      ? ''
      : `<p>Missing: ${missing.missing.map((name) => `<code>${escapeHtml(name)}</code>`).join(', ')}</p>`;
  const where = `<p class="dim">${escapeHtml(service)} / ${escapeHtml(control)}, trace <code>${escapeHtml(traceId)}</code>, tenant <code>${escapeHtml(tenant)}</code></p>`;
  return `<details><summary><code>${escapeHtml(about, 80)}</code>${outcomes}<span class="id">${escapeHtml(id, 80)}</span></summary><div class="values">${where}${lacking}</div><div class="sides">${sideHtml('before', before)}${sideHtml('after', after)}</div>${valuesHtml(after)}</details>`;
}
