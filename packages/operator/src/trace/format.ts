import { visible } from '../visible.js';
import { isViolation } from './completeness.js';
import type { CompletenessFinding } from './finding.js';
import { formatServices } from './format-services.js';
import type { TimelineEntry, TraceReport } from './report.js';

const findingLine = ({ code, message }: CompletenessFinding): string => `  ${code}: ${message}`;

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', title, ...lines];

function entryLine(entry: TimelineEntry): string {
  const { index, time, type, mode, agent, actor, subject, outcome, reason, state } = entry;
  const what = [type.replace(/^spanforge\./, ''), subject].filter((part) => part !== '').join(' ');
  const said = outcome === undefined ? '' : ` -> ${outcome}`;
  const why = reason === '' ? '' : `: ${reason}`;
  const aside = [
    ...(mode === 'live' ? [] : [mode.toUpperCase()]),
    ...(state === 'published' ? [] : [state]),
  ];
  const marks = aside.length === 0 ? '' : ` [${aside.join(', ')}]`;
  return `  ${String(index).padStart(6)}  ${time}  ${what}${said}${why}  (${agent} for ${actor})${marks}`;
}

/** The strictest decision, when it differs from the trace's outcome. */
function aside({ outcome, strictest }: TraceReport): string {
  return strictest === outcome ? '' : ` (the strictest decision was ${strictest})`;
}

/**
 * A trace report as plain text for a terminal. Everything that came from agents is escaped
 * ({@link visible}); each fact has a line of its own.
 */
export function formatTrace(report: TraceReport): string {
  const { summary, completeness } = report;
  const lines = [
    `Trace ${report.traceId} in ${report.origin}`,
    `Outcome: ${report.outcome}${aside(report)}`,
    '',
    `Why allowed?      ${summary.allowed}`,
    `Why blocked?      ${summary.blocked}`,
    `Which controls?   ${summary.controls}`,
    `Evidence valid?   ${summary.chain}`,
    ...(report.timeline.length === 0 ? [] : ['', 'Timeline', ...report.timeline.map(entryLine)]),
    ...formatServices(report.services),
    ...(report.chain.broken.length === 0 ? [] : ['', 'Broken']),
    ...report.chain.broken.map(({ index, reason }) => `  ${index ?? 'checkpoint'}: ${reason}`),
    ...section('Violations', completeness.filter(isViolation).map(findingLine)),
    ...section(
      'To look at',
      completeness.filter((finding) => !isViolation(finding)).map(findingLine),
    ),
    '',
    report.boundary,
  ];
  return `${lines.map(visible).join('\n')}\n`;
}
