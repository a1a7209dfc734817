import { execFileSync } from 'node:child_process';
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

  it('refuses a line beyond the limit also inside a chunk', async () => {
    const path = await write(`ok\n${'x'.repeat(11)}\n`);
    await expect(collect(readLines(path, { maxLineBytes: 10 }))).rejects.toMatchObject({
      code: 'CLI_INPUT_INVALID',
      details: { line: 2, column: 11 },
    });
  });

  it('P-04: does not wait for a pipe', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    await expect(collect(readLines(path))).rejects.toMatchObject({ code: 'CLI_FILE_UNREADABLE' });
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
    [`{"id":"r1","tool_calls":[]}\n{"id":"r1","tool_calls":[]}`, 2, 2],
    ['[]', 1, 1],
  ])('refuses %s with its place', async (text, line, column) => {
    const path = await write(text);
    await expect(collect(readRuns(path))).rejects.toMatchObject({
      code: 'CLI_INPUT_INVALID',
      details: { file: path, line, column },
    });
  });

  it('reads no further than the run it gives needs', async () => {
    const runs = Array.from({ length: 2_000 }, (_, at) => {
      const args = JSON.stringify({ text: 'y'.repeat(1_000) });
      return `{"id":"r${at}","tool_calls":[{"id":"c","name":"t","args":${args}}]}`;
    });
    const path = await write(runs.join('\n'));
    let seen = 0;
    let given = 0;
    const reading = readRuns(path, {
      onChunk: (chunk) => {
        seen += chunk.length;
      },
    });
    for await (const { offset } of reading) {
      given += 1;
      expect(seen - offset).toBeLessThanOrEqual(256 * 1024);
    }
    expect(given).toBe(2_000);
  });

  it('keeps arguments as they were parsed', async () => {
    const args = '{"__proto__":{"a":1},"constructor":2}';
    const path = await write(`{"id":"r","tool_calls":[{"id":"c","name":"t","args":${args}}]}`);
    const [run] = await collect(readRuns(path));
    expect(JSON.stringify(run?.calls[0]?.args)).toBe(args);
    expect(({} as { a?: number }).a).toBeUndefined();
  });

  it('refuses bytes that are not UTF-8', async () => {
    const path = await write(Uint8Array.of(0x7b, 0xff, 0x7d));
    await expect(collect(readRuns(path))).rejects.toMatchObject({ code: 'CLI_INPUT_INVALID' });
  });
});
