import { sha256, toHex, utf8 } from '@spanforge/core-signing';
import type { GateRun } from '../model/artifact.js';
import type { Severity } from '../model/finding.js';

const LEVELS: Readonly<Record<Severity, string>> = {
  ...{ critical: 'blocker', high: 'critical', medium: 'major', low: 'minor', unknown: 'major' },
};

/** A run as a GitLab code quality report. */
export function formatRunGitlab(run: GateRun): string {
  const issues = run.artifacts.flatMap((artifact) => {
    const { gateId, verdict, reason, reasonCode, blocking, findings } = artifact;
    if (verdict === 'PASS' || verdict === 'SKIPPED') return [];
    const issue = (
      rule: string,
      text: string,
      severity: Severity,
      print: string,
      path = '.',
      line = 1,
    ) => ({
      description: text,
      check_name: rule,
      fingerprint: toHex(sha256(utf8(`${gateId}:${print}:${line}`))),
      severity: LEVELS[severity],
      location: { path, lines: { begin: line } },
    });
    return [
      issue(
        `gate.${reasonCode}`,
        `${gateId}: ${verdict}: ${reason}`,
        blocking ? 'high' : 'medium',
        reasonCode,
      ),
      ...findings
        .filter(({ suppressed }) => suppressed !== true)
        .map(({ rule, message, severity, fingerprint, file, line }) =>
          issue(rule, message, severity, fingerprint, file, line),
        ),
    ];
  });
  return `${JSON.stringify(issues, null, 2)}\n`;
}
