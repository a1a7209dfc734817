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

  it('decides without labels as a governor does, which always has a list of them', async () => {
    const tainted = BUNDLE.replace('args.amount > 1000', '\'"untrusted" in labels\'');
    writeFileSync(path('tainted.yaml'), tainted);
    const refund = ['policy', 'eval', 'tainted.yaml', '--tool', 'refund', '--args', '{}'];
    expect((await run(...refund)).stdout).toContain('\nallow: ');
    expect((await run(...refund, '--label', 'untrusted')).stdout).toContain('\nblock: ');
  });

  it('says what is missing where a rule cannot be decided', async () => {
    const { stdout } = await evaluate('--tool', 'refund', '--args', '{}');
    expect(stdout).toContain('huge-refunds-never cannot be decided');
    expect(stdout).toContain('\nblock: ');
  });

  it.each([
    [['--args', '{'], '--args: expected JSON'],
    [['--args', '{"a":1,"a":2}'], '--args: expected JSON'],
    [['--args', '{"amount":9007199254740993}'], '--args: expected whole numbers up to 2^53-1'],
    [['--fact', 'sum=9007199254740993'], '--fact: expected whole numbers up to 2^53-1'],
    [['--observed', 'much'], '--observed: expected a number'],
    [['--fact', 'amount'], '--fact: expected name=value'],
    [['--fact', 'amout=1'], '--fact: expected a fact that the bundle declares, not amout'],
    [['--fact', '__proto__=1'], '--fact: expected a fact that the bundle declares, not __proto__'],
    [['--at', 'today'], '--at: expected an instant such as'],
    [['--actor', ''], '--actor: '],
    [['--actor', 'ann', '--role', ''], '--role: '],
    [['--label', ''], '--label: '],
    [['--env', ''], '--env: '],
  ])('refuses %j', async (flags, message) => {
    const { exitCode, stderr } = await evaluate('--tool', 'refund', ...flags);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });

  it.each([
    ['{"tool": "refund",\n "amount": 2000}', ':2:2: $.amount: '],
    ['{"tool": "refund",\n "time": "today"}', ':2:10: $.time: expected an instant'],
    ['{"tool": "refund",\n "actor": {"id": 5}}', ':2:18: $.actor.id: '],
    ['[]', ':1:1: $: '],
    ['{"tool": "refund", "tool": "x"}', ':1:20: '],
    ['{', 'request.json:'],
  ])('names file and place of what is wrong in %s', async (text, place) => {
    writeFileSync(path('request.json'), text);
    const { exitCode, stderr } = await evaluate('--request', 'request.json');
    expect(exitCode).toBe(2);
    expect(stderr).toContain(place);
    expect(stderr).toContain('--request: ');
    expect(stderr).toContain('request.json:');
    expect(stderr).not.toContain('cases');
  });

  it('counts with the sums in the file', async () => {
    writeFileSync(path('request.json'), '{"tool": "refund", "counted": {"x": 1}, "args": {}}');
    expect((await evaluate('--request', 'request.json')).exitCode).toBe(0);
  });

  it.each([
    [['--tool', 'refnd'], 'unknown_tool', 'Did you mean "refund"?'],
    [['--tool', 'anything'], 'unknown_tool', 'does not know the tool "anything"'],
    [
      ['--tool', 'refund', '--env', 'Prod', '--args', '{"amount":1}'],
      'no_active_bundle',
      'Did you mean "prod"?',
    ],
    [
      ['--tool', 'refund', '--control', 'tool_cal', '--args', '{}'],
      'unknown_control',
      '"sf_govern/tool_call"',
    ],
    [['--service', 'sf_gov', '--control', 'tool_call'], 'unknown_control', 'sf_govern/tool_call'],
  ])('blocks what a governor would not ask it about: %j', async (flags, code, text) => {
    const { exitCode, stdout } = await evaluate(...flags);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('\nblock: ');
    expect(stdout).toContain(text);
    expect(stdout).toMatch(/If it were asked all the same:\n {2}allow: /);
    const { json } = await evaluate(...flags, '--json');
    expect(json()).toMatchObject({
      verdict: { outcome: 'block', reason_code: code },
      strangers: [{ reason_code: code }],
      if_asked: { outcome: 'allow' },
    });
  });

  it('asks a bundle that declares no tools about any', async () => {
    const bare = BUNDLE.replace(/tools:\n(?: {2}.*\n)+/, '');
    writeFileSync(path('bare.yaml'), bare);
    const { stdout } = await run('policy', 'eval', 'bare.yaml', '--tool', 'anything');
    expect(stdout).toContain('\nallow: ');
  });
});
