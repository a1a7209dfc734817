import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GateError, type GateErrorCode } from './error.js';
import { builtinExecutors } from './executors.js';
import * as gate from './index.js';
import * as statistics from './statistics.js';

describe('what users rely on', () => {
  it('exports exactly this', () => {
    expect(Object.keys(gate).sort()).toEqual([
      'DEFAULT_GATE_SETTINGS',
      'GateError',
      'GateVerdict',
      'PRRIVerdict',
      'SFGatePipelineError',
      'SFGateSchemaError',
      'SFGateTrustFailedError',
      'VSA_PREDICATE_TYPE',
      'artifactToWire',
      'calibrateResults',
      'concludeGate',
      'concludeRun',
      'createGate',
      'createRunCommand',
      'defineGateExecutor',
      'formatRunGithub',
      'formatRunGitlab',
      'formatRunJunit',
      'formatRunSarif',
      'formatRunSummary',
      'formatRunText',
      'gateOptionsFromEnv',
      'prriBand',
      'readResults',
      'runToWire',
      'verifyGateStatement',
    ]);
    expect(Object.keys(statistics)).toContain('createSequentialPairs');
    expect([...builtinExecutors().keys()].sort()).toEqual([
      'dependency_security',
      'eval_promotion',
      'golden_drift',
      'halluccheck_prri',
      'halluccheck_trust',
      'performance_regression',
      'schema_validation',
      'secrets_scan',
      'suppressions',
    ]);
  });

  it('has these error codes, all documented', () => {
    const codes: Record<GateErrorCode, true> = {
      GATE_OPTIONS_INVALID: true,
      GATE_PIPELINE_INVALID: true,
      GATE_PIPELINE_FAILED: true,
      GATE_TRUST_FAILED: true,
      GATE_ARTIFACT_INVALID: true,
      GATE_ARTIFACT_UNWRITABLE: true,
      GATE_BASELINE_INVALID: true,
      GATE_INPUT_UNREADABLE: true,
      GATE_INPUT_INVALID: true,
      GATE_EVIDENCE_UNAVAILABLE: true,
    };
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    for (const code of Object.keys(codes)) expect(readme).toContain(`\`${code}\``);
    expect(Object.keys(codes)).toHaveLength(10);
  });

  it('reads the six documented variables, and refuses what they cannot hold', () => {
    expect(gate.gateOptionsFromEnv({})).toEqual({
      artifactDir: '.sf-gate/artifacts',
      artifactRetentionDays: 90,
      prriRedThreshold: 70,
      hriCriticalThreshold: 0.05,
      piiWindowHours: 24,
      secretsWindowHours: 24,
    });
    const env = {
      SPANFORGE_GATE_ARTIFACT_DIR: '/ci/gate',
      SPANFORGE_GATE_ARTIFACT_RETENTION_DAYS: '30',
      SPANFORGE_GATE_PRRI_RED_THRESHOLD: '65',
      SPANFORGE_GATE_HRI_CRITICAL_THRESHOLD: '0.03',
      SPANFORGE_GATE_PII_WINDOW_HOURS: '12',
      SPANFORGE_GATE_SECRETS_WINDOW_HOURS: '6',
    };
    expect(Object.values(gate.gateOptionsFromEnv(env))).toEqual(['/ci/gate', 30, 65, 0.03, 12, 6]);
    for (const text of ['x', '-1', 'NaN', '1e9']) {
      expect(() => gate.gateOptionsFromEnv({ SPANFORGE_GATE_PII_WINDOW_HOURS: text })).toThrow(
        GateError,
      );
    }
  });

  it('has the documented bands', () => {
    expect([0, 29.99, 30, 69.5, 70, 100].map((score) => gate.prriBand(score, 70))).toEqual([
      ...['GREEN', 'GREEN', 'AMBER', 'AMBER', 'RED', 'RED'],
    ]);
    expect([-1, 101, Number.NaN].map((score) => gate.prriBand(score, 70))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
