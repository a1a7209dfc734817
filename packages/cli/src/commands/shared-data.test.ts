import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const DATA = resolve(ROOT, process.env.SPANFORGE_DATA ?? '../shared/data');
const RUNS = join(DATA, 'taubench/airline_runs_public.jsonl');
const BOMB = join(DATA, 'vectors/yaml/billion_laughs.yaml');
if (!existsSync(RUNS)) {
  console.warn(`skipped: ${RUNS} is not there; set SPANFORGE_DATA`);
}

const POLICY = `policy_id: airline
version: "1"
environment: prod
owner: tests
effective_at: "2026-01-01T00:00:00Z"
rationale: For tests.
rules:
  - rule_id: cancellations-wait
    service: sf_govern
    control: tool_call
    target: { tools: [cancel_reservation] }
    action: human_review
    rationale: A cancellation cannot be undone.
  - rule_id: no-certificates
    service: sf_govern
    control: tool_call
    target: { tools: [send_certificate] }
    action: block
    rationale: Certificates are money.
`;

const folder = useFolder();

interface SharedRun {
  readonly id: string;
  readonly tool_calls: readonly { readonly name: string }[];
}

describe.skipIf(!existsSync(RUNS))('recorded runs of a real model', () => {
  it('are replayed with the counts that can be counted in them, and the same twice', async () => {
    writeFileSync(folder.path('policy.yaml'), POLICY);
    const runs: SharedRun[] = readFileSync(RUNS, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const calls = runs.flatMap(({ id, tool_calls }) =>
      tool_calls.map(({ name }, call) => ({ run: id, call, tool: name })),
    );
    const count = (tool: string): number => calls.filter((call) => call.tool === tool).length;
    const [held, blocked] = [count('cancel_reservation'), count('send_certificate')];
    expect(held * blocked).toBeGreaterThan(0);

    const replay = (report: string) =>
      folder.run(
        'policy',
        'replay',
        '--runs',
        RUNS,
        '--policy',
        'policy.yaml',
        '--report',
        report,
        '--json',
      );
    const result = await replay('first.jsonl');
    const text = readFileSync(folder.path('first.jsonl'), 'utf8');
    expect(result.json()).toMatchObject({
      runs: 60,
      calls: calls.length,
      indeterminate: 0,
      outcomes: { human_review: held, block: blocked, allow: calls.length - held - blocked },
      report_sha256: createHash('sha256').update(text).digest('hex'),
    });
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ run, call, tool }) => ({ run, call, tool }))).toEqual(calls);
    await replay('second.jsonl');
    expect(readFileSync(folder.path('second.jsonl'), 'utf8')).toBe(text);
  });
});

describe.skipIf(!existsSync(BOMB))('a YAML bomb', () => {
  it('Y-01: is refused, naming the place', async () => {
    writeFileSync(folder.path('runs.jsonl'), '');
    const { exitCode, json } = await folder.run(
      'policy',
      'replay',
      '--runs',
      'runs.jsonl',
      '--policy',
      BOMB,
      '--json',
    );
    expect([exitCode, json()]).toMatchObject([
      2,
      {
        error: {
          code: 'POLICY_BUNDLE_INVALID',
          problems: [{ file: BOMB, line: expect.any(Number), column: expect.any(Number) }],
        },
      },
    ]);
  });
});
