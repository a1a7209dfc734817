import type { GateArtifact, GateRun } from '../model/artifact.js';

const MAX_ANNOTATIONS = 50;

/** Escapes the data of a workflow command: a line break would begin another command. */
const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

function annotate(
  level: string,
  message: string,
  properties: Readonly<Record<string, string>>,
): string {
  const shown = Object.entries(properties).map(
    ([name, value]) => `${name}=${escapeProperty(value)}`,
  );
  return `::${level}${shown.length > 0 ? ` ${shown.join(',')}` : ''}::${escapeData(message)}`;
}

/** A run as annotations of GitHub Actions, one line each, for standard output. */
export function formatRunGithub(run: GateRun): string {
  const lines = run.artifacts.flatMap((artifact) => {
    const { gateId, verdict, reason, blocking, findings } = artifact;
    if (verdict === 'PASS' || verdict === 'SKIPPED') return [];
    const level = blocking ? 'error' : verdict === 'FAIL' ? 'notice' : 'warning';
    return [
      annotate(level, `${verdict}: ${reason}`, { title: `gate ${gateId}` }),
      ...findings
        .filter(({ suppressed }) => suppressed !== true)
        .map(({ message, rule, file, line }) =>
          annotate(level, message, {
            ...(file === undefined ? {} : { file }),
            ...(line === undefined ? {} : { line: String(line) }),
            title: rule,
          }),
        ),
    ];
  });
  return lines.slice(0, MAX_ANNOTATIONS).join('\n');
}

/** Escapes text for a cell of a Markdown table: no markup, no line break, no column. */
const cell = (text: string): string =>
  text
    .replace(/[\r\n]+/g, ' ')
    .replace(/[\\`*_{}[\]<>()#+!|~&@:]/g, (mark) => `&#${mark.charCodeAt(0)};`);

const row = ({ gateId, verdict, blocking, reason, durationMs }: GateArtifact): string =>
  `| ${cell(gateId)} | ${verdict}${blocking ? ' (blocks)' : ''} | ${cell(reason)} | ${Math.round(durationMs)} ms |`;

/** A run as a step summary of GitHub Actions, in Markdown. */
export function formatRunSummary(run: GateRun): string {
  return [
    `## Gates: ${run.verdict}`,
    '',
    `${run.passed} passed, ${run.failed} failed, ${run.warned} warned, ${run.skipped} skipped`,
    '',
    '| gate | verdict | reason | time |',
    '|---|---|---|---|',
    ...run.artifacts.map(row),
    '',
  ].join('\n');
}
