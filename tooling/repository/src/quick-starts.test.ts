import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { firstCodeBlock, repositoryRoot } from '@spanforge-tooling/workspace';
import { describe, expect, it } from 'vitest';
import { spanforgeLines } from './quick-starts.js';

const MOST = 10;
const root = repositoryRoot();
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** The whole programs of a page: blocks that import something. */
function programsOf(page: string): readonly string[] {
  const blocks = [...read(page).matchAll(/^```(?:ts|js)\n([\s\S]*?)^```$/gm)];
  return blocks.map(([, code = '']) => code).filter((code) => code.includes('openGovernor('));
}

const READMES = ['ai-sdk', 'langchain', 'openai-agents', 'mcp'].map(
  (name) => `packages/${name}/README.md`,
);
const GUIDES = [
  'first-steps',
  'use-with-the-ai-sdk',
  'use-with-langchain',
  'use-with-openai-agents',
].map((name) => `docs/guides/${name}.md`);
const EXAMPLES = readdirSync(join(root, 'apps/examples/src'))
  .filter((name) => name.endsWith('-quick-start.ts'))
  .map((name) => `apps/examples/src/${name}`);

const starts: readonly (readonly [string, string])[] = [
  ...READMES.map((page) => [page, firstCodeBlock(read(page))?.code ?? ''] as const),
  ...GUIDES.flatMap((page) => programsOf(page).map((code) => [page, code] as const)),
  ...EXAMPLES.map((file) => [file, read(file)] as const),
];

describe('the lines of a quick start', () => {
  it('are those of calls, whole, and of imports', () => {
    const code = `import { openGovernor } from 'spanforge';
import { tool } from 'ai';
const refund = tool({ name: 'refund' });
const shop = await openGovernor({
  policy: 'p.yaml',
});
const tools = [shop.govern(refund, { name: 'refund' })];
run({ tools });
const done = shop.close();
await done;
`;
    expect(spanforgeLines(code).text).toEqual([
      "import { openGovernor } from 'spanforge';",
      'const shop = await openGovernor({',
      "policy: 'p.yaml',",
      '});',
      "const tools = [shop.govern(refund, { name: 'refund' })];",
      'const done = shop.close();',
    ]);
  });
});

describe('each quick start', () => {
  it('is printed with its lines of SpanForge', () => {
    const rows = starts.map(
      ([file, code]) => `${String(spanforgeLines(code).lines).padStart(3)}  ${file}`,
    );
    console.log(['Lines of SpanForge in each quick start:', ...rows].join('\n'));
    expect(starts.length).toBeGreaterThanOrEqual(READMES.length + GUIDES.length + 3);
  });

  it.each(starts)(`has at most ${MOST}: %s`, (file, code) => {
    const { lines, text } = spanforgeLines(code);
    // An MCP server is put behind its policy by a command, with no line of a program.
    const isCommand = file.includes('mcp-quick-start');
    expect(lines, text.join('\n')).toBeLessThanOrEqual(MOST);
    expect(code.includes('openGovernor(')).toBe(!isCommand);
  });
});
