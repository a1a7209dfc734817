import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterEach, describe, expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';

const BIN = fileURLToPath(new URL('../../bin/spanforge.js', import.meta.url));
const SERVER = createRequire(import.meta.url).resolve(
  '@modelcontextprotocol/server-filesystem/dist/index.js',
);
const folder = useFolder();

const POLICY = `
policy_id: files
version: "1.0"
environment: prod
owner: tests
effective_at: 2026-01-01T00:00:00Z
tools:
  read_text_file: { effect: read }
  write_file: { effect: write }
rules:
  - rule_id: no-moves
    service: sf_govern
    control: tool_call
    target: { tools: [move_file, "edit_*"] }
    action: block
  - rule_id: secrets-stay
    service: sf_govern
    control: tool_call
    target: { tools: [write_file] }
    when: request.args.path.endsWith(".env")
    action: block
  - rule_id: ask-first
    service: sf_govern
    control: tool_call
    target: { tools: [write_file] }
    when: request.args.path.endsWith(".sh")
    action: human_review
`;

async function lay(): Promise<void> {
  mkdirSync(folder.path('files'));
  writeFileSync(folder.path('files/a.txt'), 'hello');
  writeFileSync(folder.path('policy.yaml'), POLICY);
  expect((await folder.run('init')).exitCode).toBe(0);
}

const argv = (...more: readonly string[]): string[] => [
  BIN,
  'mcp-proxy',
  ...more,
  '--',
  process.execPath,
  SERVER,
  folder.path('files'),
];

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function connect(...more: readonly string[]): Promise<Client> {
  const client = new Client({ name: 'test', version: '1.0.0' });
  const args = argv(...more);
  const options = { command: process.execPath, args, cwd: folder.path(), stderr: 'pipe' as const };
  await client.connect(new StdioClientTransport(options));
  closing.push(() => client.close());
  return client;
}

const call = async (client: Client, name: string, args: Record<string, unknown>) => {
  const { isError, content, _meta } = await client.callTool({ name, arguments: args });
  return { isError: isError === true, text: JSON.stringify(content), meta: _meta?.spanforge };
};

describe('spanforge mcp-proxy', () => {
  it('lists what may be called, lets it through, and blocks the rest', async () => {
    await lay();
    const client = await connect('--policy', 'policy.yaml', '--agent', 'bot', '--actor', 'ann');
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names).toContain('write_file');
    expect(names.filter((name) => /^(move_file|edit_file)$/.test(name))).toEqual([]);
    const read = await call(client, 'read_text_file', { path: folder.path('files/a.txt') });
    expect(read).toMatchObject({ isError: false, text: expect.stringContaining('hello') });
    const env = folder.path('files/x.env');
    const refused = await call(client, 'write_file', { path: env, content: 'x' });
    expect(refused).toMatchObject({ isError: true, meta: { status: 'blocked' } });
    expect(existsSync(env)).toBe(false);
    const moved = { source: folder.path('files/a.txt'), destination: folder.path('files/b.txt') };
    expect((await call(client, 'move_file', moved)).isError).toBe(true);
  });

  it('holds a call until somebody else approves it, across a restart', async () => {
    await lay();
    const script = folder.path('files/run.sh');
    const write = { path: script, content: 'echo' };
    const first = await connect('--policy', 'policy.yaml', '--agent', 'bot', '--actor', 'ann');
    const held = await call(first, 'write_file', write);
    const { review_id: review } = held.meta as { review_id: string };
    await first.close();
    expect(existsSync(script)).toBe(false);
    const approve = await folder.run('operator', 'approve', review, '--reviewer', 'ann');
    expect(approve.exitCode).toBe(1);
    const other = await folder.run('operator', 'approve', review, '--reviewer', 'bob');
    expect(other.stderr).toBe('');
    const second = await connect('--policy', 'policy.yaml', '--agent', 'bot', '--actor', 'ann');
    expect((await call(second, 'write_file', write)).isError).toBe(false);
    expect(readFileSync(script, 'utf8')).toBe('echo');
    expect((await call(second, 'write_file', write)).meta).toMatchObject({ status: 'held' });
  });

  it('tells in few lines that a client vanished under a flood', async () => {
    await lay();
    const proxy = spawn(process.execPath, argv('--policy', 'policy.yaml'), { cwd: folder.path() });
    closing.push(async () => void proxy.kill('SIGKILL'));
    let told = '';
    proxy.stderr.on('data', (chunk: Buffer) => {
      told += String(chunk);
    });
    proxy.stdin.on('error', () => undefined);
    const send = (message: object) => proxy.stdin.write(`${JSON.stringify(message)}\n`);
    const params = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 't', version: '1' },
    };
    send({ jsonrpc: '2.0', id: 'init', method: 'initialize', params });
    await new Promise((resolve) => proxy.stdout.once('data', resolve));
    send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    const path = folder.path('files/a.txt');
    for (let id = 0; id < 600; id += 1) {
      const call = { name: 'read_text_file', arguments: { path } };
      send({ jsonrpc: '2.0', id, method: 'tools/call', params: call });
    }
    await new Promise((resolve) => proxy.stdout.once('data', resolve));
    // Answers go on coming to a client that no longer reads.
    proxy.stdout.destroy();
    await new Promise((resolve) => proxy.once('close', resolve));
    const lines = told.split('\n').filter((line) => line.startsWith('spanforge:'));
    expect(lines).toContain('spanforge: write EPIPE');
    expect(lines.length).toBeLessThan(8);
  }, 60_000);

  it('learns, and leaves a draft', async () => {
    await lay();
    const client = await connect('--learn', 'learned', '--agent', 'bot');
    await client.listTools();
    for (let n = 0; n < 6; n += 1) {
      await call(client, 'read_text_file', { path: folder.path('files/a.txt') });
    }
    await client.close();
    closing.length = 0;
    const runs = JSON.parse(readFileSync(folder.path('learned.jsonl'), 'utf8'));
    expect(runs.tool_calls).toHaveLength(6);
    expect(runs.tool_calls[0].name).toBe('read_text_file');
    expect(readFileSync(folder.path('learned/bundle.yaml'), 'utf8')).toContain('read_text_file');
    expect((await folder.run('policy', 'lint', 'learned/bundle.yaml')).exitCode).toBe(0);
  });

  it('learns into nothing that is there already, and says so before it begins', async () => {
    await lay();
    mkdirSync(folder.path('learned'));
    const child = start('--learn', 'learned');
    let stderr = '';
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
    });
    expect(await child.exited).toBe(2);
    expect(stderr).toContain('CLI_FILE_UNWRITABLE');
    expect(stderr).toContain('give --learn another name');
  });

  it('pins tools, and shows them', async () => {
    await lay();
    const client = await connect('--policy', 'policy.yaml', '--first-sight', 'block');
    expect((await client.listTools()).tools).toEqual([]);
    const seen = await folder.run('mcp-tools', '--json');
    const { not_pinned: open } = seen.json() as {
      not_pinned: readonly { tool: string; digest: string }[];
    };
    const read = open.find(({ tool }) => tool === 'read_text_file');
    const approval = ['--approve', 'read_text_file', '--digest', read?.digest ?? '', '--as', 'bob'];
    const { stdout } = await folder.run('mcp-tools');
    expect(stdout).toContain(read?.digest);
    expect(stdout).toContain('+   "name": "read_text_file"');
    expect((await folder.run('mcp-tools', ...approval)).exitCode).toBe(0);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['read_text_file']);
  });
});

function start(...more: readonly string[]): ChildProcess & { exited: Promise<number | null> } {
  const child = spawn(process.execPath, argv(...more), { cwd: folder.path() });
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve));
  return Object.assign(child, { exited });
}

const ROLES = `
permissions:
  reader: { read_text_file: [read] }
  writer: { "*": ["*"] }
actors:
  - { actor_id: ann, roles: [reader] }
  - { actor_id: eve, roles: [writer] }
`;

describe('roles', () => {
  it('say who may call what; an actor who is not named may call nothing', async () => {
    await lay();
    writeFileSync(folder.path('roles.yaml'), ROLES);
    const path = folder.path('files/a.txt');
    const read = async (actor: string) => {
      const client = await connect(
        '--policy',
        'policy.yaml',
        '--roles',
        'roles.yaml',
        '--actor',
        actor,
      );
      const result = await call(client, 'read_text_file', { path });
      const write = await call(client, 'write_file', {
        path: folder.path(`files/${actor}.txt`),
        content: 'x',
      });
      return [result.isError, write.isError];
    };
    expect(await read('ann')).toEqual([false, true]);
    expect(await read('eve')).toEqual([false, false]);
    expect(await read('zoe')).toEqual([true, true]);
    expect(existsSync(folder.path('files/ann.txt'))).toBe(false);
  });
});

describe('several servers in one client configuration', () => {
  /** What a client reads from its own configuration file: a name, a command and its arguments. */
  const configuration = (servers: Readonly<Record<string, string>>) => ({
    mcpServers: Object.fromEntries(
      Object.entries(servers).map(([name, policy]) => [
        name,
        { command: process.execPath, args: argv('--server-name', name, '--policy', policy) },
      ]),
    ),
  });

  async function connectAll(servers: Readonly<Record<string, string>>) {
    const clients: Record<string, Client> = {};
    for (const [name, options] of Object.entries(configuration(servers).mcpServers)) {
      const client = new Client({ name: 'test', version: '1.0.0' });
      const cwd = folder.path();
      await client.connect(new StdioClientTransport({ ...options, cwd, stderr: 'pipe' }));
      closing.push(() => client.close());
      clients[name] = client;
    }
    return clients;
  }

  const bundle = (id: string, environment: string, blocked: string) => `
policy_id: ${id}
version: "1"
environment: ${environment}
owner: tests
effective_at: 2026-01-01T00:00:00Z
rules:
  - rule_id: blocked
    service: sf_govern
    control: tool_call
    target: { tools: [${blocked}] }
    when: request.args.path != ""
    action: block
`;

  it.each([
    ['in one environment', 'prod', 'prod', 'desk', 'vault'],
    ['in one environment, under one policy id', 'prod', 'prod', 'files', 'files'],
    ['in environments of their own', 'prod-desk', 'prod-vault', 'desk', 'vault'],
  ])('each keep the policy of their own %s, whichever was started last', async (...given) => {
    const [, deskEnv, vaultEnv, deskId, vaultId] = given;
    await lay();
    writeFileSync(folder.path('desk.yaml'), bundle(deskId, deskEnv, 'write_file'));
    writeFileSync(folder.path('vault.yaml'), bundle(vaultId, vaultEnv, 'read_text_file'));
    const { desk, vault } = await connectAll({ desk: 'desk.yaml', vault: 'vault.yaml' });
    if (desk === undefined || vault === undefined) throw new Error('not connected');
    for (let round = 0; round < 2; round += 1) {
      const path = folder.path('files/a.txt');
      const write = { path: folder.path('files/b.txt'), content: 'x' };
      expect((await call(desk, 'read_text_file', { path })).isError).toBe(false);
      expect((await call(desk, 'write_file', write)).isError).toBe(true);
      expect((await call(vault, 'read_text_file', { path })).isError).toBe(true);
      expect((await call(vault, 'write_file', write)).isError).toBe(false);
    }
  });

  it('without names do not take each other out of force: the second is refused', async () => {
    await lay();
    writeFileSync(folder.path('other.yaml'), bundle('other', 'prod', 'read_text_file'));
    const first = await connect('--policy', 'policy.yaml', '--agent', 'bot');
    const child = start('--policy', 'other.yaml');
    let stderr = '';
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
    });
    expect(await child.exited).toBe(2);
    expect(stderr).toContain('CLI_POLICY_CONFLICT');
    expect(stderr).toContain('policy files is in force in environment prod');
    const read = await call(first, 'read_text_file', { path: folder.path('files/a.txt') });
    expect(read.isError).toBe(false);
  });
});

describe('the process', () => {
  it('says nothing but the protocol, and ends when its client or a signal ends it', async () => {
    await lay();
    const byClient = start('--policy', 'policy.yaml');
    let stdout = '';
    byClient.stdout?.on('data', (chunk) => {
      stdout += chunk;
    });
    byClient.stdin?.write('{"jsonrpc":"2.0","id":1,"method":"ping"}\nnot json\n');
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (stdout.split('\n').length > 2) resolve();
      };
      byClient.stdout?.on('data', look);
    });
    byClient.stdin?.end();
    expect(await byClient.exited).toBe(0);
    const lines = stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).jsonrpc)).toEqual(['2.0', '2.0']);
    const bySignal = start('--policy', 'policy.yaml');
    bySignal.stdin?.write('{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
    await new Promise((resolve) => bySignal.stdout?.once('data', resolve));
    bySignal.kill('SIGTERM');
    expect(await bySignal.exited).toBe(0);
  });

  it.each([
    [['--policy', 'policy.yaml', '--unpinned', 'maybe'], 'CLI_USAGE'],
    [['--policy', 'nowhere.yaml'], 'CLI_FILE_UNREADABLE'],
    [['--policy', 'policy.yaml', '--roles', 'policy.yaml'], 'CLI_INPUT_INVALID'],
    [[], 'CLI_USAGE'],
    [['--policy', 'policy.yaml', '--http', '0'], 'CLI_USAGE'],
    [['--policy', 'policy.yaml', '--actor', 'ann', '--approver', 'ann'], 'MCP_OPTIONS_INVALID'],
  ])('refuses %j', async (options, code) => {
    await lay();
    const child = start(...options);
    let stderr = '';
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
    });
    expect(await child.exited).toBe(2);
    expect(stderr).toContain(code);
  });

  it('says so when the server cannot be started, or ends', async () => {
    await lay();
    let stderr = '';
    const run = (command: readonly string[]): Promise<number | null> => {
      const args = [BIN, 'mcp-proxy', '--policy', 'policy.yaml', '--', ...command];
      const child = spawn(process.execPath, args, { cwd: folder.path() });
      child.stderr.on('data', (chunk) => {
        stderr += chunk;
      });
      return new Promise((resolve) => child.on('exit', resolve));
    };
    expect(await run(['./no such program'])).toBe(2);
    expect(stderr).toContain('cannot start the server ./no such program: no such command');
    expect(await run([process.execPath, '-e', 'process.exit(3)'])).toBe(1);
  });

  it('serves over HTTP to whoever has the token', async () => {
    await lay();
    const token = 't'.repeat(40);
    writeFileSync(folder.path('token'), token, { mode: 0o600 });
    const options = ['--policy', 'policy.yaml', '--http', '0', '--token-file', 'token'];
    const child = start(...options);
    const url = await new Promise<string>((resolve) => {
      child.stderr?.on('data', (chunk) => {
        const found = /http:\S+/.exec(String(chunk));
        if (found) resolve(found[0]);
      });
    });
    expect((await fetch(url, { method: 'POST' })).status).toBe(401);
    const client = new Client({ name: 'test', version: '1.0.0' });
    const requestInit = { headers: { authorization: `bearer ${token}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
    const read = await call(client, 'read_text_file', { path: folder.path('files/a.txt') });
    expect(read.text).toContain('hello');
    await client.close();
    child.kill('SIGTERM');
    expect(await child.exited).toBe(0);
  });
});
