import type { GateArtifact, GateRun } from '../model/artifact.js';

/** Characters that XML 1.0 allows: tab, line breaks, and almost everything from the space on. */
function isXmlCharacter(character: string): boolean {
  const point = character.codePointAt(0) ?? 0;
  if (point < 0x20) return point === 0x09 || point === 0x0a || point === 0x0d;
  if (point >= 0x7f && point < 0xa0) return false;
  return !(point >= 0xd800 && point < 0xe000) && point !== 0xfffe && point !== 0xffff;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Escapes text for XML 1.0; characters that XML cannot hold are shown as escapes. */
export function escapeXml(text: string): string {
  return [...text]
    .map((character) =>
      isXmlCharacter(character)
        ? (ENTITIES[character] ?? character)
        : `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
    )
    .join('');
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

/** A run as JUnit XML: each gate is a test case, and a blocking gate is a failure or an error. */
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
