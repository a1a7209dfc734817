import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';

const folder = useFolder();
const write = (name: string, text: string): void => writeFileSync(folder.path(name), text);
const PIPELINE = `gates:
  - id: schema-validation
    type: schema_validation
  - id: secrets-scan
    type: secrets_scan
    with: { exclude: [.spanforge/] }
  - id: prri-check
    type: halluccheck_prri
    with: { score: 42.5 }
`;

it('runs, signs and verifies a pipeline; a changed count is refused', async () => {
  await folder.run('init');
  write('p.yaml', PIPELINE);
  write('events.jsonl', '{"schema_version":"2.0","source":"my-app@1.0.0","payload":{}}\n');
  const run = await folder.run('gate', 'run', 'p.yaml', '--report', 'sarif=g.sarif', '--json');
  expect([run.exitCode, run.json()]).toMatchObject([
    0,
    { verdict: 'WARN', passed: 2, signed: true },
  ]);
  expect(JSON.parse(readFileSync(folder.path('g.sarif'), 'utf8')).version).toBe('2.1.0');
  const [name = ''] = readdirSync(folder.path('.sf-gate/artifacts')).filter((one) =>
    /^run-/.test(one),
  );
  const statement = `.sf-gate/artifacts/${name}`;
  const key = ['--key', '.spanforge/keys/package.jwks.json'];
  const verified = await folder.run('gate', 'verify', statement, ...key, '--json');
  expect([verified.exitCode, verified.json()]).toMatchObject([
    0,
    { status: 'valid', verdict: 'WARN' },
  ]);
  const envelope = JSON.parse(readFileSync(folder.path(statement), 'utf8'));
  const payload = Buffer.from(envelope.payload, 'base64')
    .toString()
    .replace('"passed":2', '"passed":3');
  write(
    'changed.dsse',
    JSON.stringify({ ...envelope, payload: Buffer.from(payload).toString('base64') }),
  );
  expect((await folder.run('gate', 'verify', 'changed.dsse', ...key)).exitCode).toBe(1);
});

it('exits 1 where a gate blocks, 2 for a pipeline that is wrong, and says why', async () => {
  write('p.yaml', PIPELINE);
  write('events.jsonl', '{"source":7}\n');
  const run = await folder.run('gate', 'run', 'p.yaml');
  expect(run).toMatchObject({
    exitCode: 1,
    stdout: expect.stringContaining('blocked by gates: schema-validation'),
  });
  write('bad.yaml', 'gates:\n  - id: a\n    tipe: x\n');
  const bad = await folder.run('gate', 'run', 'bad.yaml');
  expect(bad).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/bad\.yaml:\d+:\d+/) });
  expect((await folder.run('gate', 'run', 'none.yaml')).exitCode).toBe(2);
});

it('evaluates one gate, the trust gate without a log, and calibrates', async () => {
  write('e.jsonl', '{"schema_version":"2.0","source":"my-app@1.0.0","payload":{}}\n');
  expect(
    await folder.run('gate', 'evaluate', 'schema-validation', '--payload', 'e.jsonl'),
  ).toMatchObject({ exitCode: 0 });
  expect(await folder.run('gate', 'evaluate', 'invented')).toMatchObject({
    exitCode: 1,
    stdout: expect.stringContaining('FAIL'),
  });
  const gone = ['--suppressions', 'gone.yaml'];
  expect(await folder.run('gate', 'evaluate', 'secrets-scan', ...gone)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('gone.yaml'),
  });
  expect((await folder.run('gate', 'trust-gate', '--project-id', 'p')).exitCode).toBe(1);
  write(
    'r.jsonl',
    Array.from(
      { length: 40 },
      (_, at) => `{"case_id":"c${at >> 1}","passed":${at % 5 !== 0}}\n`,
    ).join(''),
  );
  const calibrated = await folder.run('gate', 'calibrate', 'r.jsonl', '--rounds', '50', '--json');
  expect(calibrated.json()).toMatchObject({ cases: 20, rounds: 50 });
});
