import { mkdirSync, writeFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../program.js';
import { useFolder } from '../test-cli.js';

const folder = useFolder();

const bundle = (id: string, environment: string, blocked: string): string => `
policy_id: ${id}
version: "1"
environment: ${environment}
owner: tests
effective_at: 2026-01-01T00:00:00Z
tools:
  look: { effect: read }
  pay: { effect: write }
rules:
  - rule_id: blocked
    service: sf_govern
    control: tool_call
    target: { tools: [${blocked}] }
    when: context.server != ""
    action: block
`;

const ROLES = `
permissions:
  reader: { look: [read] }
  writer: { "*": ["*"] }
actors:
  - { actor_id: ann, roles: [reader] }
  - { actor_id: eve, roles: [writer] }
`;

/** A server of a few lines; what its tools say of themselves is read from a file. */
const SERVER = `
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const description = require('node:fs').readFileSync('says.txt', 'utf8');
  const inputSchema = { type: 'object' };
  const tools = ['look', 'pay'].map((name) => ({ name, description, inputSchema }));
  const content = [{ type: 'text', text: 'did ' + params?.name }];
  const result = method === 'tools/list' ? { tools } : { content };
  console.log(JSON.stringify({ jsonrpc: '2.0', id, result }));
});`;

type Json = Readonly<Record<string, unknown>>;

async function lay(): Promise<void> {
  expect((await folder.run('init')).exitCode).toBe(0);
  writeFileSync(folder.path('says.txt'), 'Looks.');
  writeFileSync(folder.path('server.cjs'), SERVER);
  writeFileSync(folder.path('desk.yaml'), bundle('desk', 'prod-desk', 'pay'));
  writeFileSync(folder.path('vault.yaml'), bundle('vault', 'prod-desk', 'look'));
  writeFileSync(folder.path('other.yaml'), bundle('other', 'prod-desk', 'look'));
  writeFileSync(folder.path('roles.yaml'), ROLES);
}

/** The command in this process, with a client at its standard input and output. */
function startProxy(options: readonly string[], command = [process.execPath, 'server.cjs']) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  let said = '';
  stderr.on('data', (chunk) => {
    said += chunk;
  });
  const answers = new Map<unknown, Json>();
  stdout.on('data', (chunk) => {
    for (const line of String(chunk).split('\n').filter(Boolean)) {
      const message = JSON.parse(line) as Json;
      answers.set(message.id, message);
    }
  });
  const exit = createProgram({
    cwd: folder.path(),
    version: '1.2.3',
    stdout,
    stderr,
    live: { stdin, stdout, env: { PATH: process.env.PATH }, onStop: () => undefined },
  })(['mcp-proxy', ...options, '--', ...command]);
  let next = 0;
  return {
    stderr: () => said,
    answer: (id: number): Json => answers.get(id) ?? {},
    async call(name: string): Promise<boolean> {
      const id = ++next;
      stdin.write(
        `${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: {} } })}\n`,
      );
      while (!answers.has(id)) await new Promise((resolve) => setTimeout(resolve, 5));
      const { result } = answers.get(id) ?? {};
      return (result as Json).isError !== true;
    },
    async end(): Promise<number> {
      stdin.end();
      return exit;
    },
    exit,
  };
}

describe('two proxies over one workspace', () => {
  it('each keep the policy of their own, whichever was started last', async () => {
    await lay();
    const desk = startProxy(['--policy', 'desk.yaml', '--server-name', 'desk']);
    expect(await desk.call('look')).toBe(true);
    const vault = startProxy(['--policy', 'vault.yaml', '--server-name', 'vault']);
    for (let round = 0; round < 2; round += 1) {
      expect([await desk.call('look'), await desk.call('pay')]).toEqual([true, false]);
      expect([await vault.call('look'), await vault.call('pay')]).toEqual([false, true]);
    }
    expect([await desk.end(), await vault.end()]).toEqual([0, 0]);
  });

  it('do not take each other out of force: the second is refused', async () => {
    await lay();
    const desk = startProxy(['--policy', 'desk.yaml']);
    expect(await desk.call('look')).toBe(true);
    const other = startProxy(['--policy', 'other.yaml']);
    expect(await other.exit).toBe(2);
    expect(other.stderr()).toContain('CLI_POLICY_CONFLICT');
    expect(other.stderr()).toContain('policy desk is in force in environment prod-desk');
    expect([await desk.call('look'), await desk.call('pay')]).toEqual([true, false]);
    expect(await desk.end()).toBe(0);
  });
});

it('roles say who may call what; an actor who is not named may call nothing', async () => {
  await lay();
  writeFileSync(folder.path('open.yaml'), bundle('open', 'prod', 'nothing'));
  const may = async (actor: string): Promise<readonly boolean[]> => {
    const proxy = startProxy(['--policy', 'open.yaml', '--roles', 'roles.yaml', '--actor', actor]);
    const answers = [await proxy.call('look'), await proxy.call('pay')];
    await proxy.end();
    return answers;
  };
  expect(await may('ann')).toEqual([true, false]);
  expect(await may('eve')).toEqual([true, true]);
  expect(await may('zoe')).toEqual([false, false]);
});

it('a rule about roles counts, beside the roles', async () => {
  await lay();
  const rule =
    '  - { rule_id: roles, service: sf_rbac, control: role_enforcement, action: block }\n';
  writeFileSync(folder.path('closed.yaml'), bundle('closed', 'prod', 'nothing') + rule);
  const named = ['--roles', 'roles.yaml', '--actor', 'eve'];
  const proxy = startProxy(['--policy', 'closed.yaml', ...named]);
  expect([await proxy.call('look'), await proxy.call('pay')]).toEqual([false, false]);
  await proxy.end();
});

it('learning is refused before it begins where something would be written over', async () => {
  await lay();
  mkdirSync(folder.path('learned'));
  const proxy = startProxy(['--learn', 'learned']);
  expect(await proxy.exit).toBe(2);
  expect(proxy.stderr()).toContain('give --learn another name');
});

it('a command that is not there is named', async () => {
  await lay();
  const proxy = startProxy(['--policy', 'desk.yaml'], ['no-such-mcp-server']);
  expect(await proxy.exit).toBe(2);
  expect(proxy.stderr()).toContain('cannot start the server no-such-mcp-server: no such command');
});

it('a definition that changed is shown whole, with what changed in it', async () => {
  await lay();
  const first = startProxy(['--policy', 'desk.yaml']);
  expect(await first.call('look')).toBe(true);
  await first.end();
  writeFileSync(folder.path('says.txt'), 'Looks, and sends it away.');
  const second = startProxy(['--policy', 'desk.yaml']);
  expect(await second.call('look')).toBe(false);
  await second.end();
  const { stdout } = await folder.run('mcp-tools');
  expect(stdout).toContain('-   "description": "Looks."');
  expect(stdout).toContain('+   "description": "Looks, and sends it away."');
  expect(stdout.match(/\b[0-9a-f]{64}\b/g)?.length).toBeGreaterThanOrEqual(4);
});

it('the definitions of all servers are listed, and those of one where it is named', async () => {
  await lay();
  for (const name of ['desk', 'vault']) {
    const proxy = startProxy(['--policy', `${name}.yaml`, '--server-name', name]);
    await proxy.call('look');
    await proxy.end();
  }
  const serversOf = async (...argv: readonly string[]): Promise<readonly string[]> => {
    const { pinned } = (await folder.run('mcp-tools', '--json', ...argv)).json() as {
      readonly pinned: readonly { readonly server: string; readonly tool: string }[];
    };
    return pinned.map(({ server, tool }) => `${server} ${tool}`);
  };
  expect(await serversOf()).toEqual(['desk look', 'desk pay', 'vault look', 'vault pay']);
  expect(await serversOf('--server-name', 'vault')).toEqual(['vault look', 'vault pay']);
  const { stdout } = await folder.run('mcp-tools', '--server-name', 'nobody');
  expect(stdout.trim()).toBe('no tools on record');
});

it('a redaction by type masks what it is about in a result, an error too, and nothing else', async () => {
  await lay();
  const redact = bundle('mask', 'prod', 'look')
    .replace('control: tool_call', 'control: tool_result')
    .replace(/ {4}when: .*\n {4}action: block/, '    action: redact')
    .concat('    redact: [{ path: result, types: [email] }]\n');
  writeFileSync(folder.path('mask.yaml'), redact);
  const said = "'ask ann@example.org, order 7'";
  writeFileSync(
    folder.path('server.cjs'),
    SERVER.replace("'did ' + params?.name }];", `${said} }], isError = true;`).replace(
      '{ content }',
      '{ content, isError }',
    ),
  );
  const proxy = startProxy(['--policy', 'mask.yaml']);
  expect(await proxy.call('look')).toBe(false);
  expect(proxy.answer(1).result).toEqual({
    content: [{ type: 'text', text: 'ask [redacted], order 7' }],
    isError: true,
  });
  expect(await proxy.end()).toBe(0);
});

describe('names of tools', () => {
  it('that the server does not list are told, with the one that was meant', async () => {
    await lay();
    writeFileSync(folder.path('slip.yaml'), bundle('slip', 'prod', 'lok, resource:read'));
    const proxy = startProxy(['--policy', 'slip.yaml']);
    await proxy.call('look');
    await proxy.call('pay');
    await proxy.end();
    expect(proxy.stderr().match(/rule blocked is about[^\n]*/g)).toEqual([
      'rule blocked is about the tool lok, which the server does not list; did you mean look?',
    ]);
  });

  it('are looked at when a policy is activated for a server that was seen, and promoted', async () => {
    await lay();
    const undeclared = (id: string, blocked: string, version = '1') =>
      bundle(id, 'prod', blocked)
        .replace(/tools:\n {2}look.*\n.*\n/, '')
        .replace('version: "1"', `version: "${version}"`);
    writeFileSync(folder.path('one.yaml'), undeclared('one', 'pay'));
    const proxy = startProxy(['--policy', 'one.yaml', '--server-name', 'shop']);
    await proxy.call('look');
    await proxy.end();
    const own = ['--application', 'shop', '--actor', 'ann', '--json'] as const;
    const steps = ['policy', 'activate', 'two.yaml', ...own] as const;
    writeFileSync(folder.path('two.yaml'), undeclared('one', 'pai', '2'));
    expect((await folder.run(...steps)).json()).toMatchObject({
      error: { code: 'POLICY_NAME_UNKNOWN', message: expect.stringContaining('"pay"') },
    });
    expect((await folder.run(...steps, '--allow-unknown-tools')).exitCode).toBe(0);
    const promote = ['policy', 'promote', '--from', 'prod', '--to', 'live', ...own] as const;
    expect((await folder.run(...promote)).json()).toMatchObject({
      error: { code: 'POLICY_NAME_UNKNOWN' },
    });
    expect((await folder.run(...promote, '--tools', 'pai')).exitCode).toBe(0);
    const { stdout } = await folder.run('doctor');
    expect(stdout).toContain('for shop: one 2 governs prod');
  });

  it('may stand in a manifest alone, where the bundle declares others', async () => {
    await lay();
    writeFileSync(folder.path('m.yaml'), 'agent_id: bot\nresource_actions: { ship: [write] }\n');
    writeFileSync(folder.path('ship.yaml'), bundle('ship', 'eu', 'ship'));
    const activate = ['policy', 'activate', 'ship.yaml', '--actor', 'ann'] as const;
    expect((await folder.run(...activate)).exitCode).toBe(2);
    const proxy = startProxy(['--policy', 'desk.yaml', '--manifest', 'm.yaml']);
    await proxy.call('look');
    await proxy.end();
    expect((await folder.run(...activate)).exitCode).toBe(0);
  });
});

it('a proxy does not change the manifest that the proxy of another server registered', async () => {
  await lay();
  const manifest = (actions: string) => `agent_id: bot\nresource_actions: { "*": [${actions}] }\n`;
  writeFileSync(folder.path('desk-m.yaml'), manifest('read'));
  writeFileSync(folder.path('vault-m.yaml'), manifest('read, write'));
  const start = (name: string, file: string) =>
    startProxy(['--policy', `${name}.yaml`, '--server-name', name, '--manifest', file]);
  const desk = start('desk', 'desk-m.yaml');
  await desk.call('look');
  const vault = start('vault', 'vault-m.yaml');
  expect(await vault.exit).toBe(2);
  expect(vault.stderr()).toContain('registered by the proxy of server desk');
  const same = start('vault', 'desk-m.yaml');
  expect(await same.call('pay')).toBe(false);
  expect([await same.end(), await desk.end()]).toEqual([0, 0]);
});
