import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Client } from '@modelcontextprotocol/client';
import type { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AnyClient,
  bodiesOf,
  CONTEXT,
  connectDirect,
  connectProxied,
  GENERATIONS,
  openLog,
  SERVERS,
  serverTransport,
} from './testing/fixtures.js';

let folder = '';
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'mcp-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Step = readonly [method: string, params?: unknown];

async function perform({ request }: AnyClient, steps: readonly Step[]): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const [method, params] of steps) {
    results.push(
      await request(method, params).catch((error: { code?: unknown; message: string }) => ({
        error: { code: error.code, message: error.message },
      })),
    );
  }
  return results;
}

const call = (name: string, args?: object): Step => [
  'callTool',
  args === undefined ? { name } : { name, arguments: args },
];

/** Times of day are another one each time. */
const timeless = (results: readonly unknown[]): unknown =>
  JSON.parse(JSON.stringify(results).replace(/\d+:\d\d:\d\d [AP]M/g, 'TIME'));

/** What a client of the tests answers when a server asks it something. */
function prepare(raw: Client | Client1): void {
  const client = raw as unknown as {
    setRequestHandler(method: unknown, handler: () => Promise<unknown>): void;
  };
  const set = (method: string, result: unknown): void => {
    const handler = async () => result;
    try {
      client.setRequestHandler(method, handler);
    } catch {
      client.setRequestHandler(schemaOf(method), handler);
    }
  };
  set('sampling/createMessage', {
    model: 'fake',
    role: 'assistant',
    content: { type: 'text', text: 'sampled' },
  });
  set('elicitation/create', { action: 'accept', content: { name: 'Ada', check: true } });
  set('roots/list', { roots: [{ uri: pathToFileURL(folder).href, name: 'work' }] });
}

function schemaOf(method: string): unknown {
  if (method === 'roots/list') return ListRootsRequestSchema;
  return method === 'elicitation/create' ? ElicitRequestSchema : CreateMessageRequestSchema;
}

async function both(
  generation: (typeof GENERATIONS)[number],
  args: readonly string[],
  steps: readonly Step[],
  between: () => void = () => undefined,
  env: Readonly<Record<string, string>> = {},
) {
  const bare = await connectDirect(generation, args, env, prepare);
  const without = await perform(bare, steps);
  await bare.close();
  between();
  const log = await openLog();
  const server = serverTransport(args, env);
  const client = await connectProxied(
    generation,
    { governor: { log }, context: CONTEXT, server },
    { prepare },
  );
  const within = await perform(client, steps);
  await client.close();
  await client.proxy.closed;
  return { without, within, log };
}

describe.each(GENERATIONS)('a client of SDK %s gets the same', (generation) => {
  it('from the filesystem server', async () => {
    const lay = (): void => {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
      writeFileSync(join(folder, 'a.txt'), 'hello\nworld');
      writeFileSync(join(folder, 'n.json'), '{"n":1}');
      writeFileSync(join(folder, 'p.png'), Buffer.from('89504e470d0a1a0a', 'hex'));
    };
    lay();
    const at = (name: string): string => join(folder, name);
    const steps: Step[] = [
      ['listTools'],
      call('list_allowed_directories'),
      call('list_directory', { path: folder }),
      call('read_text_file', { path: at('a.txt') }),
      call('read_text_file', { path: at('n.json') }),
      call('read_text_file', { path: at('missing.txt') }),
      call('read_text_file', { path: '/etc/passwd' }),
      call('read_text_file', { wrong: 1 }),
      call('read_media_file', { path: at('p.png') }),
      call('read_multiple_files', { paths: [at('a.txt'), at('n.json'), at('missing.txt')] }),
      call('write_file', { path: at('b.txt'), content: 'new' }),
      call('edit_file', { path: at('b.txt'), edits: [{ oldText: 'new', newText: 'old' }] }),
      call('create_directory', { path: at('d') }),
      call('move_file', { source: at('b.txt'), destination: at('d/b.txt') }),
      call('directory_tree', { path: folder }),
      call('search_files', { path: folder, pattern: '*.txt' }),
    ];
    const { without, within, log } = await both(generation, SERVERS.filesystem(folder), steps, lay);
    expect(timeless(within)).toEqual(timeless(without));
    const ended = await bodiesOf(log, 'execution.ended');
    expect(ended).toHaveLength(15);
    // An answer that says isError is a result like any other: it passes the controls of results.
    expect(ended.filter(({ status }) => status === 'completed')).toHaveLength(15);
  });

  it('from the memory server', async () => {
    const file = join(folder, 'memory.jsonl');
    const entity = { name: 'Ada', entityType: 'person', observations: ['writes'] };
    const steps: Step[] = [
      ['listTools'],
      call('create_entities', { entities: [entity] }),
      call('create_entities', { entities: [entity] }),
      call('add_observations', { observations: [{ entityName: 'Ada', contents: ['reads'] }] }),
      call('add_observations', { observations: [{ entityName: 'Nobody', contents: ['x'] }] }),
      call('read_graph', {}),
      call('search_nodes', { query: 'ada' }),
      call('open_nodes', { names: ['Ada'] }),
      call('delete_entities', { entityNames: ['Ada'] }),
      call('read_graph'),
    ];
    const clear = (): void => rmSync(file, { force: true });
    const env = { MEMORY_FILE_PATH: file };
    const { without, within } = await both(generation, SERVERS.memory(), steps, clear, env);
    expect(timeless(within)).toEqual(timeless(without));
  });

  it('from the server that has everything', async () => {
    const steps: Step[] = [
      ['listTools'],
      ['listResources'],
      ['listResourceTemplates'],
      ['listPrompts'],
      ['ping'],
      call('echo', { message: 'hi' }),
      call('echo', {}),
      call('get-sum', { a: 1, b: 2 }),
      call('get-tiny-image', {}),
      call('get-structured-content', { location: 'New York' }),
      call('get-annotated-message', { messageType: 'error', includeImage: true }),
      call('get-resource-links', { count: 2 }),
      call('get-resource-reference', { resourceType: 'Text', resourceId: 1 }),
      call('trigger-long-running-operation', { duration: 0.2, steps: 2 }),
      call('trigger-sampling-request', { prompt: 'hi', maxTokens: 5 }),
      call('trigger-elicitation-request', {}),
      call('get-roots-list', {}),
      ['getPrompt', { name: 'simple-prompt' }],
      ['getPrompt', { name: 'args-prompt', arguments: { city: 'Paris' } }],
      ['getPrompt', { name: 'no such prompt' }],
      ['readResource', { uri: 'demo://resource/static/document/architecture.md' }],
      ['readResource', { uri: 'demo://resource/nowhere' }],
      [
        'complete',
        {
          ref: { type: 'ref/prompt', name: 'completable-prompt' },
          argument: { name: 'department', value: 'E' },
        },
      ],
      ['setLoggingLevel', 'debug'],
    ];
    const { without, within } = await both(generation, SERVERS.everything(), steps);
    expect(timeless(within)).toEqual(timeless(without));
  });
});
