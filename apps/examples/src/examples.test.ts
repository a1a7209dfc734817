import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const FINAL = ' This is final: do not make this call again.';

const run = (name: string, ...argv: readonly string[]): readonly string[] => {
  const path = fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url));
  const output = execFileSync(process.execPath, [path, ...argv], { encoding: 'utf8' });
  return output.trimEnd().split('\n');
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

  it('answer as a decision point of AuthZEN', () => {
    expect(run('authzen-decision-point')).toEqual([
      '20: true, can be asked for: false',
      '50000: false, can be asked for: false',
      '500: false, can be asked for: true',
      'asked for: 202, pending',
      'bob: approved, reevaluate',
      '501 with it: false, approval_unverifiable',
      '500 with it: true',
      '500 with it: false, approval_expired',
    ]);
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

const CLI = join(
  dirname(createRequire(import.meta.url).resolve('spanforge/package.json')),
  'bin/spanforge.js',
);

describe('the demos', () => {
  let below = '';
  beforeAll(() => {
    below = mkdtempSync(join(tmpdir(), 'demos-'));
  });
  afterAll(() => rmSync(below, { recursive: true, force: true }));

  /** What a demo said, and how the commands it prints went, run as they are printed. */
  function demonstrate(name: string) {
    const [said = '', printed = ''] = run(name, below).join('\n').split('\n\n');
    const [place = '', ...lines] = printed.split('\n');
    const cwd = place.replace(/^Go on in |^The packages are in |:$/g, '');
    const commands = lines
      .join('\n')
      .replace(/ \\\n +/g, ' ')
      .trim()
      .split('\n');
    const went = commands.map((command) => {
      const [spanforge, ...argv] = command.trim().split(' ');
      expect(spanforge).toBe('spanforge');
      return spawnSync(process.execPath, [CLI, ...argv], { cwd, encoding: 'utf8', env: {} });
    });
    return { said: said.split('\n'), went };
  }

  it('take a trace from the request to the package of the operator', { timeout: 60_000 }, () => {
    const { said, went } = demonstrate('runtime-governance-demo');
    expect(said).toEqual([
      'scope: allow',
      'roles: allow',
      'grounding: partially_grounded, human_review',
      'lineage: handbook/refunds.md to answer-1',
      expect.stringMatching(/^explanation: It was held for a person\./),
      'outcome: human_review',
      expect.stringMatching(/^controls: .*sf_rag\/grounding_threshold human_review/),
      'evidence chain: whole',
      expect.stringMatching(/^package: valid, \d+ records$/),
    ]);
    expect(went.map(({ status }) => status)).toEqual([0, 0]);
    expect(went[0]?.stdout).toContain('rag-grounding-prod');
    expect(went[1]?.stdout).toMatch(/^VALID/);
  });

  it('put the same trace into the package of a deployment', { timeout: 60_000 }, () => {
    const { said, went } = demonstrate('enterprise-evidence-demo');
    expect(said).toEqual([
      'a tenant of the US: ENTERPRISE_RESIDENCY_VIOLATED',
      'every value in it: ENTERPRISE_EXPORT_DENIED',
      'around operator/: SHA256SUMS, VERIFY.md, architectures.json, controls.json, ' +
        'package.dsse.json, profile.json, status.json',
      expect.stringMatching(/^package: valid, human_review, \d+ records$/),
    ]);
    expect(went.map(({ status }) => status)).toEqual([0, 0]);
    expect(went[0]?.stdout).toMatch(/region +eu, air-gapped/);
  });

  it('catch a decision altered with every key in hand', { timeout: 60_000 }, () => {
    const { said, went } = demonstrate('altered-decision');
    expect(said).toEqual([
      'honest, signatures and proofs alone: valid',
      'honest, decisions taken again: valid',
      'honest, by verify.mjs: valid',
      'forged, signatures and proofs alone: valid',
      'forged, decisions taken again: invalid',
      '  record 2: decision_differs:outcome,matched,reason,reason_code,rules',
      'forged, by verify.mjs: invalid',
    ]);
    expect(went).toMatchObject([{ status: 1, stdout: expect.stringMatching(/^INVALID/) }]);
  });
});
