import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const FINAL = ' This is final: do not make this call again.';

const run = (name: string): readonly string[] => {
  const path = fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url));
  return execFileSync(process.execPath, [path], { encoding: 'utf8' }).trimEnd().split('\n');
};

describe('the examples', () => {
  it('wrap a tool', () => {
    expect(run('wrap-a-tool')).toEqual([
      '20: allow+log, 20 back for A-1',
      '50000: block, Nobody refunds that much through an agent.',
      '20 for mallory: block, no roles are registered for this actor',
      '500: human_review, held',
      '500 again: 500 back for A-3',
    ]);
  });

  it('export and verify', () => {
    const [whole, forged, stranger] = run('export-and-verify');
    expect(whole).toMatch(/^as exported: valid, \d records, L1$/);
    expect(forged).toMatch(/^one bit later: invalid, /);
    expect(stranger).toBe('without keys: untrusted');
  });

  it('put the AI SDK behind a governor', () => {
    expect(run('ai-sdk-quick-start')).toEqual([
      'ran: 20 back for A-20',
      `told the model: The tool was not run. Nobody refunds that much through an agent.${FINAL}`,
      'asks a person: {"order":"A-500","amount":500}',
      'alice says yes: GOVERN_REVIEW_SELF_APPROVAL',
      'bob says yes: approved',
      'ran: 500 back for A-500',
      'All done.',
    ]);
  });

  it('put a LangChain agent behind a governor', () => {
    expect(run('langchain-quick-start')).toEqual([
      'asks a person: {"order":"A-500","amount":500}',
      'alice says yes: GOVERN_REVIEW_SELF_APPROVAL',
      'bob says yes: approved',
      'the model was told: 20 back for A-20',
      `the model was told: Not done: Nobody refunds that much through an agent.${FINAL}`,
      'the model was told: 500 back for A-500',
    ]);
  });

  it('put the OpenAI Agents SDK behind a governor', () => {
    expect(run('openai-agents-quick-start')).toEqual([
      'handed to: billing',
      'answered: 20 back for A-20',
      `answered: The tool was not run. Nobody refunds that much through an agent.${FINAL}`,
      'asks a person: {"order":"A-500","amount":500}',
      'alice says yes: GOVERN_REVIEW_SELF_APPROVAL',
      'bob says yes: approved',
      'answered: 500 back for A-500',
      'All done.',
    ]);
  });

  it('put an MCP server behind a policy, and learn one', () => {
    expect(run('mcp-quick-start')).toEqual([
      'read note.txt   the quarter was good',
      `read key.pem    Blocked: Rule no-keys applies. (rule_triggered)${FINAL}`,
      'write run.sh    Held for a person to decide: Rule scripts applies. (rule_triggered) ' +
        'Review: <review>. Once it is approved, make the same call again.',
      'write run.sh    Successfully wrote to <folder>/run.sh',
      'learned a draft 0 errors, 0 warnings',
    ]);
  });
});
