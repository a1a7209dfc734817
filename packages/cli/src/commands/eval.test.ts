import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';

const BUNDLE = `
policy_id: refunds
version: "1"
environment: prod
owner: payments
effective_at: "2026-01-01T00:00:00Z"
tools:
  refund:
    effect: write
    schema: { type: object, properties: { amount: { type: number } } }
rules:
  - rule_id: huge-refunds-never
    service: sf_govern
    control: tool_call
    target: { tools: [refund] }
    when: args.amount > 1000
    action: block
    rationale: Nobody refunds more than 1000.
`;

describe('policy eval', () => {
  const { path, run } = useFolder();
  const evaluate = (...flags: readonly string[]) => {
    writeFileSync(path('refunds.yaml'), BUNDLE);
    return run('policy', 'eval', 'refunds.yaml', ...flags);
  };

  it('decides one request and says what would change it', async () => {
    const blocked = await evaluate('--tool', 'refund', '--args', '{"amount": 5000}');
    expect(blocked.exitCode).toBe(0);
    expect(blocked.stdout).toContain('block: ');
    expect(blocked.stdout).toContain('huge-refunds-never applies: block.');
    expect(blocked.stdout).toMatch(/What would change it:\n {2}allowed if args\.amount <= 1000/);
    const allowed = await evaluate('--tool', 'refund', '--args', '{"amount": 5}');
    expect(allowed.stdout).toContain('\nallow: ');
    expect(allowed.stdout).toContain('One part away:');
  });

  it('reads a request from a file, which stands before the options', async () => {
    writeFileSync(path('request.json'), '{"tool": "refund", "args": {"amount": 2000}}');
    const { json } = await evaluate('--request', 'request.json', '--tool', 'other', '--json');
    expect(json()).toMatchObject({ policy: { id: 'refunds' }, verdict: { outcome: 'block' } });
  });

  it('says what is missing where a rule cannot be decided', async () => {
    const { stdout } = await evaluate('--tool', 'refund', '--args', '{}');
    expect(stdout).toContain('huge-refunds-never cannot be decided');
    expect(stdout).toContain('\nblock: ');
  });

  it.each([
    [['--args', '{'], '--args: expected JSON'],
    [['--args', '{"a":1,"a":2}'], '--args: expected JSON'],
    [['--observed', 'much'], '--observed: expected a number'],
    [['--fact', 'amount'], '--fact: expected name=value'],
    [['--at', 'today'], 'cases[0].time'],
  ])('refuses %j', async (flags, message) => {
    const { exitCode, stderr } = await evaluate('--tool', 'refund', ...flags);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });

  it('refuses a request with a key it does not know', async () => {
    writeFileSync(path('request.json'), '{"tool": "refund", "amount": 2000}');
    const { exitCode, stderr } = await evaluate('--request', 'request.json');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('amount');
  });
});
