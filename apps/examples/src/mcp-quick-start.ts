// An MCP client in front of the filesystem server, with the proxy between them. The client starts
// the proxy where it would have started the server; nothing else of it is changed.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const require = createRequire(import.meta.url);
const cli = join(dirname(require.resolve('spanforge/package.json')), 'bin/spanforge.js');
const server = require.resolve('@modelcontextprotocol/server-filesystem/dist/index.js');
const folder = mkdtempSync(join(tmpdir(), 'mcp-quick-start-'));
const spanforge = (...argv: readonly string[]): string =>
  execFileSync(process.execPath, [cli, ...argv], { cwd: folder, encoding: 'utf8' });

const rule = (id: string, tool: string, action: string, when: string): string => `
  - rule_id: ${id}
    service: sf_govern
    control: tool_call
    target: { tools: [${tool}] }
    when: ${when}
    action: ${action}`;
writeFileSync(
  join(folder, 'policy.yaml'),
  `policy_id: files
version: "1.0"
environment: prod
owner: platform team
effective_at: 2026-01-01T00:00:00Z
rules:${rule('no-keys', 'read_text_file', 'block', 'request.args.path.endsWith(".pem")')}
${rule('scripts', 'write_file', 'human_review', 'request.args.path.endsWith(".sh")')}
`,
);
writeFileSync(join(folder, 'note.txt'), 'the quarter was good');
writeFileSync(join(folder, 'key.pem'), 'not for agents');

async function withClient(
  options: readonly string[],
  use: (call: (tool: string, args: Record<string, unknown>) => Promise<string>) => Promise<void>,
): Promise<void> {
  const client = new Client({ name: 'quick-start', version: '1.0.0' });
  const args = [cli, 'mcp-proxy', ...options, '--', process.execPath, server, folder];
  const transport = { command: process.execPath, args, cwd: folder, stderr: 'ignore' as const };
  await client.connect(new StdioClientTransport(transport));
  await use(async (name, given) => {
    const { content } = await client.callTool({ name, arguments: given });
    const [first] = content as readonly { readonly text?: string }[];
    return first?.text ?? '';
  });
  await client.close();
}

try {
  spanforge('init');
  const at = (name: string): string => join(folder, name);
  const governed = ['--policy', 'policy.yaml', '--agent', 'desk', '--actor', 'ann'];
  await withClient(governed, async (call) => {
    console.log(`read note.txt   ${await call('read_text_file', { path: at('note.txt') })}`);
    console.log(`read key.pem    ${await call('read_text_file', { path: at('key.pem') })}`);
    const script = { path: at('run.sh'), content: 'echo hello' };
    const held = await call('write_file', script);
    const review = /Review: (\S+)\./.exec(held)?.[1] ?? '';
    console.log(`write run.sh    ${held.replaceAll(review, '<review>')}`);
    spanforge('operator', 'approve', review, '--reviewer', 'bob');
    const written = await call('write_file', script);
    console.log(`write run.sh    ${written.replaceAll(folder, '<folder>')}`);
  });

  await withClient(['--learn', 'learned', '--agent', 'desk'], async (call) => {
    for (let count = 0; count < 5; count += 1)
      await call('read_text_file', { path: at('note.txt') });
  });
  const problems = spanforge('policy', 'lint', 'learned/bundle.yaml').trim().split('\n').at(-1);
  console.log(`learned a draft ${problems}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
