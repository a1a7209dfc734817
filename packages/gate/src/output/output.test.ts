import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import type { GateArtifact, GateRun } from '../model/artifact.js';
import type { GateFinding } from '../model/finding.js';
import { formatRunGithub, formatRunSummary } from './github.js';
import { formatRunGitlab } from './gitlab.js';
import { formatRunJunit } from './junit.js';
import { formatRunSarif } from './sarif.js';
import { formatRunText } from './text.js';

const finding = (at: number): GateFinding => ({
  ...{
    rule: 'npm_token',
    severity: at % 2 === 0 ? 'critical' : 'low',
    message: `a <b> & "c"\n::error::x\u001b[0m`,
  },
  ...{
    file: 'src/a b.ts',
    line: at + 1,
    fingerprint: String(at).padStart(64, '0'),
    engines: ['builtin'],
  },
});
const artifact = (gateId: string, count: number): GateArtifact => ({
  ...{
    gateId,
    name: gateId,
    type: 'secrets_scan',
    verdict: 'FAIL',
    onFail: 'block',
    blocking: true,
  },
  ...{ reason: 'r\n::error::injected', reasonCode: 'secrets_detected', metrics: {} },
  ...{ timestamp: '2026-11-21T10:00:00.000Z', durationMs: 5 },
  ...{ findings: Array.from({ length: count }, (_, at) => finding(at)), findingCount: count },
});
const runOf = (artifacts: readonly GateArtifact[]): GateRun => ({
  ...{ runId: 'r', pipeline: 'p', verdict: 'FAIL', passed: 0, failed: artifacts.length, warned: 0 },
  ...{
    skipped: 0,
    reported: 0,
    artifacts,
    failedGates: artifacts.map(({ gateId }) => gateId),
    durationMs: 9,
  },
});
const data = process.env.SPANFORGE_DATA ?? join(import.meta.dirname, '../../../../../shared/data');
const schemaFile = join(data, 'specs/sarif/sarif-schema-2.1.0.json');

describe('SARIF', () => {
  it.skipIf(!existsSync(schemaFile))('is what its schema says', () => {
    const { $schema: _, id: __, ...schema } = JSON.parse(readFileSync(schemaFile, 'utf8'));
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const validate = ajv.compile(schema);
    const log = JSON.parse(formatRunSarif(runOf([artifact('a', 3), artifact('b', 0)])));
    expect(validate(log), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
  });

  it('keeps to 20 runs and 25,000 results, the worst first', () => {
    const many = Array.from({ length: 30 }, (_, at) => artifact(`g${at}`, 1000));
    const { runs } = JSON.parse(formatRunSarif(runOf(many)));
    expect(runs).toHaveLength(20);
    const results = runs.flatMap((one: { results: { level: string }[] }) => one.results);
    expect(results).toHaveLength(25_000);
    expect(results.filter(({ level }: { level: string }) => level === 'error')).toHaveLength(
      15_030,
    );
  });
});

describe('the other forms', () => {
  const run = runOf([artifact('a', 2)]);
  it('cannot be broken out of', () => {
    expect(
      formatRunGithub(run)
        .split('\n')
        .every((line) => line.startsWith('::error title=') || line.startsWith('::error file=')),
    ).toBe(true);
    expect(formatRunGithub(run).split('\n')).toHaveLength(3);
    const xml = formatRunJunit(run);
    expect(xml).not.toContain('\u001b');
    expect(xml).toContain('a &lt;b&gt; &amp; &quot;c&quot;');
    expect(xml).toContain('tests="1" failures="1" errors="0"');
    expect(
      formatRunSummary(run)
        .split('\n')
        .filter((line) => line.startsWith('| ')),
    ).toHaveLength(2);
    expect(JSON.parse(formatRunGitlab(run))).toHaveLength(3);
    expect(formatRunText(run)).toContain('blocked by gates: a');
  });
});
