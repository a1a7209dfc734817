import type { GateArtifact, GateRun } from '../model/artifact.js';
import { compareFindings, type GateFinding, type Severity } from '../model/finding.js';

/** The limits of GitHub for one file. */
const MAX_RUNS = 20;
const MAX_RESULTS = 25_000;

const LEVELS: Readonly<Record<Severity, string>> = {
  ...{ critical: 'error', high: 'error', medium: 'warning', low: 'note', unknown: 'warning' },
};
const SCORES: Readonly<Record<Severity, string>> = {
  ...{ critical: '9.5', high: '8.0', medium: '5.5', low: '2.0', unknown: '5.0' },
};

/** A gate that did not pass, as a finding. */
function verdictFinding({
  verdict,
  reasonCode,
  reason,
  gateId,
  blocking,
}: GateArtifact): readonly GateFinding[] {
  if (verdict === 'PASS' || verdict === 'SKIPPED') return [];
  return [
    {
      ...{ rule: `gate.${reasonCode}`, severity: blocking ? 'high' : 'medium' },
      ...{
        message: `${gateId}: ${verdict}: ${reason}`,
        fingerprint: `${gateId}:${reasonCode}`,
        engines: [],
      },
    },
  ];
}

function resultOf(finding: GateFinding) {
  const { rule, severity, message, file, line, column, fingerprint, suppressed } = finding;
  const region =
    line === undefined
      ? {}
      : { region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) } };
  // A verdict is placed at the pipeline file: code scanning shows only results that have a place.
  const uri = (file ?? 'gates').split('/').map(encodeURIComponent).join('/');
  return {
    ruleId: rule,
    level: LEVELS[severity],
    message: { text: message },
    locations: [{ physicalLocation: { artifactLocation: { uri }, ...region } }],
    partialFingerprints: { 'spanforge/v1': fingerprint },
    ...(suppressed === true ? { suppressions: [{ kind: 'external', status: 'accepted' }] } : {}),
  };
}

function sarifRun(
  artifacts: readonly GateArtifact[],
  findings: readonly GateFinding[],
  id: string,
) {
  const rules = new Map(findings.map((finding) => [finding.rule, finding]));
  return {
    tool: {
      driver: {
        name: 'SpanForge gate',
        informationUri: 'https://spanforge.dev/gate',
        rules: [...rules.values()].map(({ rule, severity }) => ({
          id: rule,
          shortDescription: { text: rule },
          properties: { 'security-severity': SCORES[severity], tags: ['security'] },
        })),
      },
    },
    automationDetails: { id: `spanforge-gate/${id}/` },
    invocations: [
      {
        executionSuccessful: artifacts.every(
          ({ reasonCode }) => !/failed$|timeout/.test(reasonCode),
        ),
      },
    ],
    results: findings.map(resultOf),
  };
}

/**
 * A run as SARIF 2.1.0: one SARIF run for each gate. Limited to 20 runs and 25,000 results; the
 * worst come first.
 */
export function formatRunSarif(run: GateRun): string {
  const named = run.artifacts.map((artifact) => [artifact] as const);
  const grouped: (readonly GateArtifact[])[] =
    named.length <= MAX_RUNS
      ? [...named]
      : [...named.slice(0, MAX_RUNS - 1), run.artifacts.slice(MAX_RUNS - 1)];
  const all = grouped.map((artifacts) =>
    artifacts.flatMap((artifact) => [...verdictFinding(artifact), ...artifact.findings]),
  );
  const kept = new Set(all.flat().sort(compareFindings).slice(0, MAX_RESULTS));
  const runs = grouped.map((artifacts, at) => {
    const findings = (all[at] ?? []).filter((finding) => kept.has(finding)).sort(compareFindings);
    return sarifRun(
      artifacts,
      findings,
      artifacts.length === 1 ? (artifacts[0]?.gateId ?? '') : 'more',
    );
  });
  return `${JSON.stringify({ $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs }, null, 2)}\n`;
}
