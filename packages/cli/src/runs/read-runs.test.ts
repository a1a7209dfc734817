import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLines } from './read-lines.js';
import { readRuns } from './read-runs.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spanforge-runs-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(content: string | Uint8Array): Promise<string> {
  const path = join(folder, 'runs.jsonl');
  await writeFile(path, content);
  return path;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const call = '{"id":"c","name":"t","args":{}}';

describe('reading lines', () => {
  it('gives back any file, line by line, with numbers and offsets', async () => {
    const lines = fc.array(
      fc.string({ unit: 'grapheme' }).map((line) => line.replaceAll('\n', '')),
    );
    await fc.assert(
      fc.asyncProperty(lines, async (content) => {
        const text = content.join('\n');
        const read = await collect(readLines(await write(text)));
        const expected = text.endsWith('\n') || text === '' ? content.slice(0, -1) : content;
        expect(read.map((line) => Buffer.from(line.bytes).toString())).toEqual(expected);
        expect(read.map((line) => line.number)).toEqual(expected.map((_, at) => at + 1));
        if (read.length > 0) expect(read.at(-1)?.offset).toBe(Buffer.byteLength(text));
      }),
      { numRuns: 60 },
    );
  });

  it('reads lines longer than a chunk, and refuses those beyond the limit', async () => {
    const path = await write(`${'x'.repeat(600_000)}\ny`);
    expect((await collect(readLines(path))).map((line) => line.bytes.length)).toEqual([600_000, 1]);
    const bounded = collect(readLines(path, { maxLineBytes: 1000 }));
    await expect(bounded).rejects.toMatchObject({
      code: 'CLI_INPUT_INVALID',
      details: { line: 1 },
    });
  });

  it('refuses what is not a regular file', async () => {
    await expect(collect(readLines(folder))).rejects.toMatchObject({ code: 'CLI_FILE_UNREADABLE' });
    await expect(collect(readLines(join(folder, 'none')))).rejects.toMatchObject({
      code: 'CLI_FILE_UNREADABLE',
    });
  });
});

describe('reading runs', () => {
  it('takes what is named and ignores the rest', async () => {
    const path = await write(
      `{"id":"r1","tool_calls":[${call}],"model":"m","reward":1}\n\n{"id":"r2","tool_calls":[]}`,
    );
    const runs = await collect(readRuns(path));
    expect(runs.map(({ id, calls, line }) => [id, calls.length, line])).toEqual([
      ['r1', 1, 1],
      ['r2', 0, 3],
    ]);
  });

  it.each([
    ['{"id":"r1","tool_calls":[]', 1, 27],
    ['{"id":"r1","id":"r2","tool_calls":[]}', 1, 12],
    ['{"id":"r1","tool_calls":[{"id":"c","name":"","args":{}}]}', 1, 36],
    ['{"id":"r1","tool_calls":[{"id":"c","name":"t"}]}', 1, 1],
    [`{"id":"r1","tool_calls":[]}\n{"id":"r1","tool_calls":[]}`, 2, 1],
    ['[]', 1, 1],
  ])('refuses %s with its place', async (text, line, column) => {
    const path = await write(text);
    await expect(collect(readRuns(path))).rejects.toMatchObject({
      code: 'CLI_INPUT_INVALID',
      details: { file: path, line, column },
    });
  });

  it('refuses bytes that are not UTF-8', async () => {
    const path = await write(Uint8Array.of(0x7b, 0xff, 0x7d));
    await expect(collect(readRuns(path))).rejects.toMatchObject({ code: 'CLI_INPUT_INVALID' });
  });
});
