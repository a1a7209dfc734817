import type { GateArtifact, GateRun } from '../model/artifact.js';

/** Text as XML 1.0 takes it: what it cannot hold is shown as an escape. */
export function escapeXml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML 1.0 has no way to write
      .replace(
        /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]|[\ud800-\udfff](?![\udc00-\udfff])/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  );
}

function testCase(artifact: GateArtifact): string {
  const { gateId, name, type, durationMs, verdict, reason, reasonCode, findings, blocking } =
    artifact;
  const head = `    <testcase name="${escapeXml(gateId)}" classname="gates.${escapeXml(type)}" time="${(durationMs / 1000).toFixed(3)}"`;
  if (verdict === 'SKIPPED')
    return `${head}>\n      <skipped message="${escapeXml(reason)}"/>\n    </testcase>`;
  const details = findings
    .slice(0, 100)
    .map(({ message, file = '', line = '' }) => `${file}:${line} ${message}`);
  const body = escapeXml([`${name}: ${verdict}`, reason, ...details].join('\n'));
  if (!blocking) return `${head}>\n      <system-out>${body}</system-out>\n    </testcase>`;
  const kind = /^(executor_failed|timeout|unknown_type|gate_)/.test(reasonCode)
    ? 'error'
    : 'failure';
  return `${head}>\n      <${kind} message="${escapeXml(reason)}" type="${escapeXml(reasonCode)}">${body}</${kind}>\n    </testcase>`;
}

/** A run as JUnit XML: a gate is a test case, and one that blocks is a failure or an error. */
export function formatRunJunit(run: GateRun): string {
  const cases = run.artifacts.map(testCase);
  const errors = cases.filter((one) => one.includes('<error ')).length;
  const attributes = [
    `name="${escapeXml(run.pipeline)}"`,
    `tests="${run.artifacts.length}"`,
    `failures="${run.failed - errors}"`,
    `errors="${errors}"`,
    `skipped="${run.skipped}"`,
    `time="${(run.durationMs / 1000).toFixed(3)}"`,
  ].join(' ');
  const suite = `  <testsuite ${attributes}>\n${cases.join('\n')}\n  </testsuite>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${attributes.replace(/ skipped="\d+"/, '')}>\n${suite}\n</testsuites>\n`;
}
