import type { GateRun } from '../model/artifact.js';

const MAX_SHOWN = 10;

/** A run as text for people. */
export function formatRunText(run: GateRun): string {
  const lines = run.artifacts.flatMap((artifact) => {
    const { gateId, verdict, reason, durationMs, blocking, findings, findingCount } = artifact;
    const shown = findings.filter(({ suppressed }) => suppressed !== true).slice(0, MAX_SHOWN);
    const hidden = Math.max(0, findingCount - shown.length);
    return [
      `${verdict.padEnd(12)} ${gateId}  ${reason}${blocking ? '  [blocks]' : ''}  (${Math.round(durationMs)} ms)`,
      ...(verdict === 'PASS'
        ? []
        : shown.map((one) => `             ${placeOf(one)}${one.message}`)),
      ...(verdict === 'PASS' || hidden === 0 || shown.length === 0
        ? []
        : [`             and ${hidden} more`]),
    ];
  });
  const counts = [
    `${run.passed} passed`,
    `${run.failed} failed`,
    `${run.warned} warned`,
    ...(run.reported > 0 ? [`${run.reported} reported`] : []),
    ...(run.skipped > 0 ? [`${run.skipped} skipped`] : []),
  ].join(', ');
  const end =
    run.failed > 0
      ? `blocked by gates: ${run.failedGates.join(', ')}`
      : run.verdict === 'INCONCLUSIVE'
        ? 'blocked: every gate was skipped'
        : 'the release may go on';
  const signed = run.statement === undefined ? ' (not signed)' : '';
  const where = run.statementPath === undefined ? [] : [`statement  ${run.statementPath}${signed}`];
  return [...lines, '', `${run.pipeline}: ${counts}; ${end}`, ...where].join('\n');
}

function placeOf({ file, line }: { readonly file?: string; readonly line?: number }): string {
  if (file === undefined) return '';
  return line === undefined ? `${file}: ` : `${file}:${line}: `;
}
