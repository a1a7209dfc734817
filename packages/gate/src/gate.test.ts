import { execFileSync, spawnSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createMemoryStore, openEvidenceLog } from '@spanforge/core-events/log';
import { detectionPiiV1, groundingV1, spanV1 } from '@spanforge/core-events/records';
import {
  fromBase64Url,
  generateSigningKey,
  pae,
  type SigningKey,
  toVerificationKey,
} from '@spanforge/core-signing';
import { beforeAll, describe, expect, it } from 'vitest';
import { verifyGateStatement } from './attest/verify-statement.js';
import { defineGateExecutor } from './custom.js';
import { SFGatePipelineError, SFGateSchemaError, SFGateTrustFailedError } from './error.js';
import { createGate } from './gate.js';
import { createRunCommand } from './process/run-command.js';
import { useFolder } from './testing/folder.js';
import type { GateOptions } from './types.js';

const folder = useFolder();
const EVENT = { schema_version: '2.0', source: 'my-app@1.0.0', payload: {} };
const context = {
  ...{ tenant: 'acme', project: 'my-agent', env: 'ci', run: 'run-1', traceId: 'trace-1' },
  ...{ agent: 'ci', actor: 'ci', source: 'tests@1.0.0' },
};
let keys: SigningKey[] = [];
beforeAll(async () => {
  keys = [
    await generateSigningKey({ alg: 'Ed25519', role: 'package' }),
    await generateSigningKey({ alg: 'ES256', role: 'package' }),
  ];
});

const openLog = () =>
  openEvidenceLog({
    store: createMemoryStore(),
    origin: 'example.org/gate',
    writer: 'tests',
    hmac: false,
  });

const gateWith = (options: Partial<GateOptions> = {}) =>
  createGate({ root: folder.root, runCommand: createRunCommand(process.env), ...options });

const DOCUMENTED = `gates:
  - id: schema-validation
    name: "Schema Validation"
    type: schema_validation
    on_fail: block
    artifact: true

  - id: secrets-scan
    name: "Secrets Scan"
    type: secrets_scan
    on_fail: block
    artifact: true

  - id: dependency-audit
    name: "Dependency Security Audit"
    type: dependency_security
    on_fail: warn
    artifact: true

  - id: perf-regression
    name: "Performance Regression"
    type: performance_regression
    pass_condition: "p99_latency_ms < 2000"
    on_fail: warn
    artifact: true

  - id: prri-check
    name: "Pre-Release Readiness Index"
    type: halluccheck_prri
    framework: default
    on_fail: block
    artifact: true

  - id: trust-gate
    name: "Trust Gate"
    type: halluccheck_trust
    on_fail: block
    artifact: true
`;

async function blocked(work: Promise<unknown>): Promise<SFGatePipelineError> {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (error instanceof SFGatePipelineError) return error;
  throw error ?? new Error('it passed');
}

describe('the documented pipeline', () => {
  it('loads as it stands, runs every gate, and fails closed where nothing was measured', async () => {
    folder.write('gates/ci-pipeline.yaml', DOCUMENTED);
    folder.write('events.jsonl', `${JSON.stringify(EVENT)}\n`);
    const log = await openLog();
    const gate = gateWith({ reader: log, recorder: log, context, keys });
    const error = await blocked(gate.runPipeline('gates/ci-pipeline.yaml'));
    expect(error).toBeInstanceOf(SFGateTrustFailedError);
    expect(error.failedGates).toEqual(['prri-check', 'trust-gate']);
    const byId = Object.fromEntries(error.run.artifacts.map((one) => [one.gateId, one.verdict]));
    expect(byId).toEqual({
      'schema-validation': 'PASS',
      'secrets-scan': 'PASS',
      'dependency-audit': 'WARN',
      'perf-regression': 'INCONCLUSIVE',
      'prri-check': 'INCONCLUSIVE',
      'trust-gate': 'INCONCLUSIVE',
    });
    expect(await gate.listArtifacts({ projectId: 'my-agent' })).toHaveLength(6);
    const types = (await log.query({ types: ['spanforge.gate.v1'] })).records.map(
      ({ body }) => body.kind,
    );
    expect(types).toEqual([...Array.from({ length: 6 }, () => 'verdict'), 'run']);
    await log.close();
  });
});

describe('fails closed', () => {
  const broken = defineGateExecutor({
    ...{ type: 'broken', metrics: {} },
    run: () => Promise.reject(new Error('secret text')),
  });
  const slow = defineGateExecutor({ type: 'slow', metrics: {}, run: () => new Promise(() => {}) });
  const failingReader = {
    size: () => Promise.reject(new Error('down')),
    query: () => Promise.reject(new Error('down')),
    disclosures: () => Promise.reject(new Error('down')),
  };
  const cases: readonly (readonly [string, string, Partial<GateOptions>?])[] = [
    ['unknown type', 'type: invented'],
    ['crashed executor', 'type: broken'],
    ['timeout', 'type: slow, timeout_seconds: 0.05'],
    ['missing events', 'type: schema_validation, command: none.jsonl'],
    ['empty events', 'type: schema_validation, command: empty.jsonl'],
    ['missing folder', 'type: secrets_scan, command: none'],
    ['empty folder', 'type: secrets_scan, command: void'],
    ['path outside', 'type: secrets_scan, command: ../..'],
    ['no lock file', 'type: dependency_security'],
    ['no advisories', 'type: dependency_security, command: package-lock.json'],
    [
      'empty advisories',
      'type: dependency_security, command: package-lock.json, with: {advisories: void}',
    ],
    [
      'broken advisories',
      'type: dependency_security, command: package-lock.json, with: {advisories: broken.json}',
    ],
    ['missing tool', 'type: secrets_scan, engine: gitleaks'],
    ['unknown engine', 'type: secrets_scan, engine: invented'],
    ['missing report', 'type: secrets_scan, engine: report, report: none.sarif'],
    ['empty report', 'type: secrets_scan, engine: report, report: empty.jsonl'],
    ['broken report', 'type: secrets_scan, engine: report, report: broken.json'],
    ['no log', 'type: halluccheck_trust'],
    ['log down', 'type: halluccheck_trust', { reader: failingReader }],
    ['log down for spans', 'type: performance_regression', { reader: failingReader }],
    [
      'unreadable baseline',
      'type: performance_regression, with: {traces: traces.json, baseline: broken.json}',
    ],
    [
      'missing baseline',
      'type: performance_regression, with: {traces: traces.json, baseline: none.json}',
    ],
    [
      'too few spans',
      'type: performance_regression, with: {traces: few.json}, pass_condition: "p99_latency_ms < 9"',
    ],
    [
      'zero variance',
      'type: performance_regression, with: {traces: same.json}, pass_condition: "p99_latency_ms < 9"',
    ],
    [
      'condition on what is missing',
      'type: performance_regression, with: {traces: traces.json}, pass_condition: "regression_pct < 5"',
    ],
    ['prri without evidence', 'type: halluccheck_prri'],
    ['prri red', 'type: halluccheck_prri, with: {score: 70}'],
  ];
  it.each(cases.map(([name, gate, more = {}]) => [name, gate, more] as const))(
    '%s',
    async (_name, gate, more) => {
      folder.write('empty.jsonl', '');
      folder.write('broken.json', '{');
      folder.write('void/.keep/x/../../.x', '');
      execFileSync('rm', ['-rf', folder.path('void')]);
      execFileSync('mkdir', [folder.path('void')]);
      folder.write(
        'package-lock.json',
        '{"lockfileVersion":3,"packages":{"node_modules/a":{"version":"1.0.0"}}}',
      );
      if (gate.includes('type: dependency_security') && !gate.includes('command')) {
        execFileSync('rm', [folder.path('package-lock.json')]);
      }
      const spans = (count: number, step: number) =>
        JSON.stringify({
          spans: Array.from({ length: count }, (_, at) => ({ duration_ms: 5 + at * step })),
        });
      folder.write('traces.json', spans(50, 0.01));
      folder.write('few.json', spans(5, 0.01));
      folder.write('same.json', spans(50, 0));
      const service = gateWith({ executors: [broken, slow], ...more });
      for (const [mode, verdicts] of [
        ['block', ['FAIL', 'INCONCLUSIVE']],
        ['warn', ['WARN', 'INCONCLUSIVE']],
        ['report', ['FAIL', 'INCONCLUSIVE']],
      ] as const) {
        folder.write(
          'p.yaml',
          `gates:\n  - {id: it, ${gate}, on_fail: ${mode}}\n  - {id: other, type: halluccheck_prri, with: {score: 1}}\n`,
        );
        const run = await service.runPipeline('p.yaml').catch((error) => {
          if (error instanceof SFGatePipelineError) return error.run;
          throw error;
        });
        const [artifact, other] = run.artifacts;
        expect(verdicts).toContain(artifact?.verdict);
        expect(artifact?.blocking).toBe(mode === 'block');
        expect([run.failed, run.warned, run.reported]).toEqual(
          mode === 'block' ? [1, 0, 0] : mode === 'warn' ? [0, 1, 0] : [0, 0, 1],
        );
        expect(other?.verdict).toBe('PASS');
        expect(JSON.stringify(run)).not.toContain('secret text');
      }
    },
  );

  it('when every gate is skipped', async () => {
    folder.write(
      'p.yaml',
      'vars: {ref: main}\ngates:\n  - {id: it, type: halluccheck_prri, skip_if: "vars.ref == \'main\'"}\n',
    );
    const error = await blocked(gateWith().runPipeline('p.yaml'));
    expect([error.run.skipped, error.run.verdict]).toEqual([1, 'INCONCLUSIVE']);
  });

  it('when what a gate needs did not pass', async () => {
    folder.write(
      'p.yaml',
      'gates:\n  - {id: a, type: halluccheck_prri, needs: [b], with: {score: 1}}\n  - {id: b, type: invented}\n',
    );
    const error = await blocked(gateWith().runPipeline('p.yaml'));
    expect(error.failedGates).toEqual(['a', 'b']);
  });
});

describe('a pipeline file that is invalid', () => {
  it.each([
    'gates: []',
    'gates:\n  - {id: ../x, type: secrets_scan}',
    'gates:\n  - {id: CON, type: secrets_scan}',
    'gates:\n  - {id: a, type: secrets_scan, on_fial: block}',
    'gates:\n  - {id: a, type: secrets_scan}\n  - {id: a, type: secrets_scan}',
    'gates:\n  - {id: a, type: secrets_scan, needs: [b]}',
    'gates:\n  - {id: a, type: secrets_scan, needs: [b]}\n  - {id: b, type: secrets_scan, needs: [a]}',
    `gates:\n  - {id: a, type: secrets_scan, command: "\${nobody}"}`,
    'gates:\n  - {id: a, type: secrets_scan, pass_condition: "process.exit()"}',
    'gates:\n  - {id: suppressions, type: secrets_scan}',
    `suppressions: "\${gone}"\ngates:\n  - {id: a, type: secrets_scan}`,
    `project_id: "\${gone}"\ngates:\n  - {id: a, type: secrets_scan}`,
    'gates:\n  - {id: a, type: secrets_scan, pass_condition: "hits < 1"}',
    'gates:\n  - {id: a, type: secrets_scan, with: {tresholt: 1}}',
    'gates: !!js/function x',
    ': : :',
  ])('%s runs nothing', async (text) => {
    folder.write('p.yaml', text);
    await expect(gateWith().runPipeline('p.yaml')).rejects.toBeInstanceOf(SFGateSchemaError);
    expect(readdirSync(folder.root)).toEqual(['p.yaml']);
  });
});

describe('secrets', () => {
  const TOKEN = `ghp_${'aB3dE5gH7jK9mN1pQ3sT5vW7xY9zA1cD3eF5'}`;
  it('are found and never shown, whatever else lies in the tree', async () => {
    folder.write('src/a.ts', `const x = 1;\nconst token = '${TOKEN}';\n`);
    folder.write('src/binary.bin', new Uint8Array([0, 1, 2, 255]));
    symlinkSync('/etc', folder.path('src/link'));
    symlinkSync('/dev/zero', folder.path('src/zero'));
    execFileSync('mkfifo', [folder.path('src/pipe')]);
    const artifact = await gateWith().evaluate('secrets-scan', undefined, { command: 'src/' });
    expect(artifact).toMatchObject({
      verdict: 'FAIL',
      metrics: { detected: true, auto_blocked: true, hit_count: 1 },
    });
    expect(artifact.findings).toMatchObject([{ file: 'a.ts', line: 2 }]);
    const written = readdirSync(folder.path('.sf-gate/artifacts')).map((name) =>
      readFileSync(folder.path(`.sf-gate/artifacts/${name}`), 'utf8'),
    );
    expect(JSON.stringify(artifact) + written.join('')).not.toContain(TOKEN.slice(4));
    const free = await gateWith().evaluate('secrets-scan', undefined, {
      command: 'src/',
      passCondition: 'hit_count < 5',
    });
    expect(free.verdict).toBe('FAIL');
  });

  it('are suppressed by fingerprint, until a day, and no entry idles', async () => {
    folder.write('src/a.ts', `const token = '${TOKEN}';\n`);
    const [finding] = (await gateWith().evaluate('secrets-scan', undefined, { command: 'src/' }))
      .findings;
    const entry = (expires: string) =>
      `suppressions:\n  - {fingerprint: ${finding?.fingerprint}, reason: revoked, owner: me, expires: ${expires}}\n`;
    folder.write(
      'p.yaml',
      'suppressions: s.yaml\ngates:\n  - {id: it, type: secrets_scan, command: src/}\n',
    );
    folder.write('s.yaml', entry('2999-01-01'));
    const run = await gateWith({ keys }).runPipeline('p.yaml');
    expect(run.verdict).toBe('PASS');
    expect(Buffer.from(JSON.parse(run.statement ?? '').payload, 'base64').toString()).toContain(
      '"owner":"me"',
    );
    const alone = (more: object) =>
      gateWith().evaluate('secrets-scan', undefined, { command: 'src/', ...more });
    expect(await alone({ suppressions: 's.yaml' })).toMatchObject({ verdict: 'PASS' });
    expect(await alone({})).toMatchObject({ verdict: 'FAIL' });
    await expect(alone({ suppressions: 'gone.yaml' })).rejects.toThrow('cannot be read');
    folder.write('s.yaml', entry('2020-01-01'));
    expect(await alone({ suppressions: 's.yaml' })).toMatchObject({ verdict: 'FAIL' });
    expect((await blocked(gateWith().runPipeline('p.yaml'))).failedGates).toEqual([
      'it',
      'suppressions',
    ]);
    folder.write('s.yaml', entry('2999-01-01'));
    folder.write('src/a.ts', 'clean\n');
    expect((await blocked(gateWith().runPipeline('p.yaml'))).failedGates).toEqual(['suppressions']);
  });
});

describe('commands', () => {
  it('P-09: reach no shell, and a value adds no argument', async () => {
    folder.write(
      'p.yaml',
      `vars: {x: "a; touch owned", y: "--output=owned"}\ngates:\n  - {id: a, type: dependency_security, command: "pip \${x}"}\n`,
    );
    await blocked(gateWith().runPipeline('p.yaml'));
    expect(readdirSync(folder.root)).not.toContain('owned');
    folder.write(
      'p.yaml',
      `vars: {y: "--output=owned"}\ngates:\n  - {id: a, type: dependency_security, command: "pip \${y}"}\n`,
    );
    await expect(gateWith().runPipeline('p.yaml')).rejects.toBeInstanceOf(SFGateSchemaError);
    const run = createRunCommand({ ...process.env, TOKEN: 'abc' });
    const where = { cwd: folder.root, signal: new AbortController().signal };
    const { stdout } = await run(
      ['node', '-p', 'JSON.stringify([process.argv[1], process.env.TOKEN ?? null])', '$(id)'],
      where,
    );
    expect(JSON.parse(Buffer.from(stdout).toString())).toEqual(['$(id)', null]);
    await expect(run(['yes'], { ...where, maxBytes: 1000 })).rejects.toMatchObject({
      details: { reason: 'said more than 1000 bytes' },
    });
    await expect(
      run(['sleep', '60'], { ...where, signal: AbortSignal.timeout(50) }),
    ).rejects.toMatchObject({ details: { reason: 'took too long' } });
  });
});

describe('artifacts', () => {
  it('are signed, found, purged; a changed one is refused', async () => {
    const gate = gateWith({ keys, projectId: 'my-agent' });
    const artifact = await gate.evaluate('schema-validation', EVENT);
    expect(artifact.artifactPath).toMatch(
      /^\.sf-gate\/artifacts\/schema-validation-[0-9A-Z]{26}\.json$/,
    );
    expect(lstatSync(folder.path(artifact.artifactPath ?? '')).mode & 0o777).toBe(0o600);
    expect(await gate.getArtifact('schema-validation')).toMatchObject({
      verdict: 'PASS',
      projectId: 'my-agent',
    });
    expect(await gate.getStatus()).toMatchObject({
      status: 'ok',
      healthy: true,
      artifactCount: 1,
      retentionDays: 90,
    });
    folder.write('.sf-gate/artifacts/mine.json', '{}');
    expect(await gate.purgeArtifacts({ olderThanDays: 1 })).toBe(0);
    const path = folder.path(artifact.artifactPath ?? '');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('"PASS"', '"FAIL"'));
    await expect(gate.getArtifact('schema-validation')).rejects.toMatchObject({
      code: 'GATE_ARTIFACT_INVALID',
    });
    writeFileSync(path, text);
    expect(await gate.purgeArtifacts({ olderThanDays: 0 })).toBe(1);
    expect(readdirSync(folder.path('.sf-gate/artifacts'))).toEqual(['mine.json']);
  });

  it.each(['../../x', 'a/b', '..%2f', 'a\u0000b', '.', '', 'x'.repeat(300)])(
    'P-01: stay in their folder, and %j is no name of a gate',
    async (id) => {
      await expect(gateWith().evaluate(id, EVENT)).rejects.toBeInstanceOf(SFGateSchemaError);
      expect(readdirSync(folder.root)).toEqual([]);
      expect(await gateWith().getArtifact(id)).toBeUndefined();
    },
  );

  it('P-03: are not written through a link', async () => {
    execFileSync('mkdir', ['-p', folder.path('elsewhere'), folder.path('.sf-gate')]);
    symlinkSync(folder.path('elsewhere'), folder.path('.sf-gate/artifacts'));
    await expect(gateWith().evaluate('schema-validation', EVENT)).rejects.toMatchObject({
      code: 'GATE_ARTIFACT_UNWRITABLE',
    });
    expect(readdirSync(folder.path('elsewhere'))).toEqual([]);
  });
});

describe('the trust gate', () => {
  const span = (n: number, critical?: boolean) => ({
    type: spanV1.key,
    context: { ...context, spanId: `span-${n}` },
    body: spanV1.toWire({
      kind: 'model',
      name: 'm',
      durationMs: n,
      status: 'ok',
      hriCritical: critical,
    }),
  });
  it('passes, warns of nothing, and blocks with its result and an alert', async () => {
    const log = await openLog();
    const alerts: unknown[] = [];
    const gate = gateWith({
      reader: log,
      recorder: log,
      context,
      onAlert: (alert) => void alerts.push(alert),
    });
    await log.append(Array.from({ length: 40 }, (_, n) => span(n, n === 0)));
    expect(await gate.trustGate()).toMatchObject({
      verdict: 'PASS',
      metrics: { hri_critical_rate: 0.025, pii_detections_24h: 0 },
    });
    await log.append([
      {
        type: detectionPiiV1.key,
        context,
        body: detectionPiiV1.toWire({
          subject: 'dataset',
          findings: [],
          findingCount: 9,
          alwaysBlocking: 0,
        }),
      },
    ]);
    expect((await gate.trustGate()).verdict).toBe('PASS');
    await log.append([
      {
        type: detectionPiiV1.key,
        context,
        body: detectionPiiV1.toWire({
          subject: 'output',
          findings: [],
          findingCount: 2,
          alwaysBlocking: 0,
        }),
      },
    ]);
    const error = await blocked(gate.trustGate());
    expect(error).toBeInstanceOf(SFGateTrustFailedError);
    expect((error as SFGateTrustFailedError).trustResult).toMatchObject({
      piiDetections24h: 2,
      failures: ['2 PII detections in 24 h'],
    });
    expect(alerts).toMatchObject([{ level: 'CRITICAL' }]);
    await log.close();
  });
});

describe('the readiness index', () => {
  const costing = (cost: number) => ({
    type: spanV1.key,
    context,
    body: spanV1.toWire({
      ...{ kind: 'model', name: 'm', durationMs: 5, status: 'ok', cost, costCurrency: 'EUR' },
    }),
  });
  const grounding = (verdict: 'grounded' | 'ungrounded' | 'not_assessed', claimCount = 1) => ({
    type: groundingV1.key,
    context,
    body: groundingV1.toWire({
      ...{ average: 1, status: 'grounded', threshold: 0.5, claimThreshold: 0.5 },
      scorer: { name: 's', version: '1' },
      claims: [{ claim: 0, score: 1, verdict, support: [] }],
      ...{ claimCount, sourceCount: 1, withheldCount: 0 },
      ...{ outcome: 'allow', reason: 'r', reasonCode: 'c' },
    }),
  });

  it('finds the golden set and the stored cost baseline by itself, and believes a signed one only', async () => {
    const log = await openLog();
    const gate = gateWith({ reader: log, recorder: log, context, keys });
    await log.append([costing(0.5), costing(0.5), grounding('grounded')]);
    const missing = await gate.evaluate('prri-check');
    expect(missing).toMatchObject({
      verdict: 'INCONCLUSIVE',
      reason: 'nothing was measured of: refusal_accuracy, cost_drift',
    });
    folder.write('.sf-gate/golden.jsonl', '{"expected_refusal":true,"refused":true}\n');
    expect(await gate.updateBaseline('prri-check')).toEqual({
      ...{ path: '.sf-gate/baselines/prri-check.json', spans: 2, meanCost: 0.5 },
    });
    await log.append([costing(2), costing(2)]);
    expect(await gate.evaluate('prri-check')).toMatchObject({
      verdict: 'PASS',
      metrics: { prri_score: 10, band: 'GREEN', cost_drift: 1, refusal_accuracy: 0 },
    });
    await log.append([grounding('not_assessed'), grounding('ungrounded', 8)]);
    expect((await gate.evaluate('prri-check')).metrics.hallucination).toBe(0.9);
    const path = folder.path('.sf-gate/baselines/prri-check.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"payload":"ey', '"payload":"eZ'));
    expect(await gate.evaluate('prri-check')).toMatchObject({
      verdict: 'FAIL',
      reasonCode: 'gate_baseline_invalid',
    });
    await expect(gate.updateBaseline('perf-regression')).rejects.toMatchObject({
      code: 'GATE_BASELINE_INVALID',
    });
    await log.close();
  });
});

describe('the statement', () => {
  const makeRun = async () => {
    folder.write(
      'p.yaml',
      'gates:\n  - {id: prri, type: halluccheck_prri, with: {score: 42.5}}\n  - {id: secrets, type: secrets_scan, command: p.yaml}\n',
    );
    const { statement = '' } = await gateWith({ keys }).runPipeline('p.yaml');
    return statement;
  };
  const trusted = () => ({ keys: keys.map(toVerificationKey) });

  it('verifies, and recomputes every verdict', async () => {
    const report = await verifyGateStatement(await makeRun(), trusted());
    expect(report).toMatchObject({ status: 'valid', exitCode: 0, verdict: 'WARN', problems: [] });
    expect(report.gates.map(({ check }) => check)).toEqual(['recomputed', 'recomputed']);
    expect(await verifyGateStatement(await makeRun(), { keys: [] })).toMatchObject({
      status: 'untrusted',
      exitCode: 3,
    });
  });

  it('is refused when its facts do not entail its verdict, whoever signs it', async () => {
    const { createStatement: _, ...core } = await import('@spanforge/core-signing');
    const statement = core.parseStatement(
      Buffer.from(JSON.parse(await makeRun()).payload, 'base64'),
    );
    for (const [from, to] of [
      ['"score":42.5', '"score":92.5'],
      ['"scanned":1', '"scanned":0'],
      ['"passed":1', '"passed":2'],
      ['"verificationResult":"PASSED"', '"verificationResult":"FAILED"'],
      ['"hit_count":0,"incomplete"', '"hit_count":3,"incomplete"'],
      ['"red_threshold":70', '"red_threshold":40'],
    ] as const) {
      const text = core.canonicalize(statement);
      expect(text).toContain(from);
      const payload = Buffer.from(text.replace(from, to));
      const envelope = await core.signEnvelope({
        payloadType: core.STATEMENT_PAYLOAD_TYPE,
        payload,
        keys,
      });
      const report = await verifyGateStatement(core.formatEnvelope(envelope), trusted());
      expect([from, report.status]).toEqual([from, 'invalid']);
    }
  });

  it('is refused when a byte of it changes', async () => {
    const text = await makeRun();
    const envelope = JSON.parse(text);
    envelope.payload = `${envelope.payload.slice(0, 40)}${envelope.payload[40] === 'A' ? 'B' : 'A'}${envelope.payload.slice(41)}`;
    expect(await verifyGateStatement(JSON.stringify(envelope), trusted())).toMatchObject({
      status: 'invalid',
    });
  });

  const openssl = spawnSync('openssl', ['version']).status === 0;
  it.skipIf(!openssl)('is checked with openssl alone', async () => {
    const envelope = JSON.parse(await makeRun());
    const [key] = keys;
    if (key?.publicJwk.kty !== 'OKP') throw new Error('no Ed25519 key');
    const der = Buffer.concat([
      Buffer.from('302a300506032b6570032100', 'hex'),
      fromBase64Url(key.publicJwk.x),
    ]);
    folder.write('key.der', der);
    folder.write('pae', pae(envelope.payloadType, Buffer.from(envelope.payload, 'base64')));
    folder.write('sig', Buffer.from(envelope.signatures[0].sig, 'base64'));
    const args = [
      'pkeyutl',
      '-verify',
      '-pubin',
      '-keyform',
      'DER',
      '-inkey',
      'key.der',
      '-rawin',
      '-in',
      'pae',
      '-sigfile',
      'sig',
    ];
    expect(spawnSync('openssl', args, { cwd: folder.root }).status).toBe(0);
    folder.write('pae', `${readFileSync(folder.path('pae'), 'utf8')} `);
    expect(spawnSync('openssl', args, { cwd: folder.root }).status).not.toBe(0);
  });
});
